/// Windows' two forms of a moment.
enum EVTXTime {
    /// 100-nanosecond steps from 1601-01-01 to 1970-01-01.
    private static let epochSteps: Int64 = 116_444_736_000_000_000

    /// The moment of a FILETIME; nil outside of what a timestamp holds.
    static func timestamp(filetime: UInt64) -> Timestamp? {
        guard let steps = Int64(exactly: filetime) else { return nil }
        let (nanoseconds, overflow) = (steps - epochSteps).multipliedReportingOverflow(by: 100)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }

    /// Microseconds are cut, not rounded: 100-nanosecond steps stay in the event's time.
    static func put(filetime: UInt64, into event: inout EventBuffer) {
        let (allSeconds, steps) = filetime.quotientAndRemainder(dividingBy: 10_000_000)
        let (days, second) = allSeconds.quotientAndRemainder(dividingBy: 86_400)
        let date = civil(daysSince1601: Int(days))
        EVTXDigits.time(
            year: date.year, month: date.month, day: date.day, hour: Int(second / 3600),
            minute: Int(second / 60 % 60), second: Int(second % 60), microsecond: Int(steps / 10),
            into: &event)
    }

    /// A SYSTEMTIME of 16 bytes; all zero is unset and shown as FILETIME 0.
    static func putSystemTime(_ bytes: EVTXBytes, at: Int, into event: inout EventBuffer) {
        func part(_ index: Int) -> Int { Int(bytes.u16(orZero: at + index * 2)) }
        if bytes.isZero(at: at, size: 16) { return put(filetime: 0, into: &event) }
        EVTXDigits.time(
            year: part(0), month: part(1), day: part(3), hour: part(4), minute: part(5),
            second: part(6), microsecond: part(7) * 1000, into: &event)
    }

    private static func civil(daysSince1601: Int) -> (year: Int, month: Int, day: Int) {
        // The same algorithm as Timestamp.components, from another epoch and without its bounds.
        let z = daysSince1601 + 584_694
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// Reads `2021-06-03T13:05:59.8094582Z`, as forwarded events carry their time; also an offset
    /// such as `+02:00`. Nil for anything else.
    static func timestamp(text: borrowing Span<UInt8>) -> Timestamp? {
        var at = 0
        func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }
        func number(_ width: Int) -> Int? {
            var value = 0
            for index in at..<at + width {
                let digit = Int(byte(index)) - 0x30
                guard digit >= 0 && digit <= 9 else { return nil }
                value = value * 10 + digit
            }
            at += width
            return value
        }
        func separator(_ expected: UInt8) -> Bool {
            defer { at += 1 }
            return byte(at) == expected
        }
        guard let year = number(4), separator(0x2d), let month = number(2), separator(0x2d),
            let day = number(2), separator(0x54), let hour = number(2), separator(0x3a),
            let minute = number(2), separator(0x3a), let second = number(2),
            year >= 1678, year <= 2261, month >= 1, month <= 12, day >= 1, day <= 31,
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var nanoseconds = 0
        if byte(at) == 0x2e {
            at += 1
            var scale = 100_000_000
            while byte(at) >= 0x30 && byte(at) <= 0x39 {
                nanoseconds += Int(byte(at) - 0x30) * scale
                scale /= 10
                at += 1
            }
        }
        var offset = 0
        if byte(at) == 0x2b || byte(at) == 0x2d {
            let sign = byte(at) == 0x2b ? 1 : -1
            at += 1
            guard let hours = number(2), separator(0x3a), let minutes = number(2) else {
                return nil
            }
            offset = sign * (hours * 3600 + minutes * 60)
        } else if !separator(0x5a) {
            return nil
        }
        guard at == text.count else { return nil }
        let days = Timestamp.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(nanoseconds))
    }
}
