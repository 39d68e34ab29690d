/// A moment: nanoseconds since 1970-01-01T00:00:00Z, from year 1678 to 2262.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Days since 1970-01-01 of a proleptic Gregorian date.
    ///
    /// - Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (method only).
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month, day, hour, minute, second in UTC.
    package var components: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let seconds = Int(nanoseconds.floorDivided(by: 1_000_000_000))
        let days = Int(Int64(seconds).floorDivided(by: 86_400))
        let secondOfDay = seconds - days * 86_400
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (
            year, month, day, secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60
        )
    }

    /// RFC 3339 in UTC; the fraction has 0, 3, 6 or 9 digits, as few as keep the value.
    package var text: String {
        let (year, month, day, hour, minute, second) = components
        // By remainder: near the earliest moment, whole seconds times 10⁹ leave the range.
        let remainder = Int(nanoseconds % 1_000_000_000)
        let fraction = remainder < 0 ? remainder + 1_000_000_000 : remainder
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        text += "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
        if fraction != 0 {
            if fraction % 1_000_000 == 0 {
                text += ".\(padded(fraction / 1_000_000, 3))"
            } else if fraction % 1000 == 0 {
                text += ".\(padded(fraction / 1000, 6))"
            } else {
                text += ".\(padded(fraction, 9))"
            }
        }
        return text + "Z"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return digits.utf8.count >= width
            ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
