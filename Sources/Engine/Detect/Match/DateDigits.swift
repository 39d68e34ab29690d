internal import Sigma

/// A part of a moment as its digits stand, without regard to zones: what `|hour` and its like ask.
enum DateDigits {
    /// - Input: `YYYY-MM-DD`, then `T` or one blank, `HH:MM` and anything; or the date alone, which
    ///   has no hour and minute. The date must exist.
    /// - Output: nil for other forms. The week is the ISO 8601 week, 1...53.
    static func part(_ part: TimePart, of value: UnsafeBufferPointer<UInt8>) -> Int? {
        guard value.count == 10 || value.count >= 16, let year = unsafe digits(value, 0, 4),
            unsafe value[4] == UInt8(ascii: "-"), let month = unsafe digits(value, 5, 2),
            unsafe value[7] == UInt8(ascii: "-"), let day = unsafe digits(value, 8, 2),
            year > 0, (1...12).contains(month), day >= 1, day <= days(in: month, of: year)
        else { return nil }
        var clock: (hour: Int, minute: Int)?
        if value.count > 10 {
            guard unsafe value[10] == UInt8(ascii: "T") || value[10] == UInt8(ascii: " "),
                let hour = unsafe digits(value, 11, 2), unsafe value[13] == UInt8(ascii: ":"),
                let minute = unsafe digits(value, 14, 2), hour < 24, minute < 60
            else { return nil }
            clock = (hour, minute)
        }
        switch part {
        case .minute: return clock?.minute
        case .hour: return clock?.hour
        case .day: return day
        case .month: return month
        case .year: return year
        case .week: return week(year, month, day)
        }
    }

    private static func digits(
        _ value: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int
    ) -> Int? {
        var number = 0
        for index in start..<start + count {
            let digit = unsafe value[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Timestamp.days(year: next.0, month: next.1, day: 1)
            - Timestamp.days(year: year, month: month, day: 1)
    }

    /// - Source: ISO 8601-1 §4.1.4: a week belongs to the year that holds its Thursday.
    private static func week(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let days = Timestamp.days(year: year, month: month, day: day)
        // 1970-01-01 was a Thursday; Monday counts 0.
        let weekday = ((days + 3) % 7 + 7) % 7
        let thursday = days - weekday + 3
        var first = Timestamp.days(year: year, month: 1, day: 1)
        if thursday < first {
            first = Timestamp.days(year: year - 1, month: 1, day: 1)
        } else if thursday >= Timestamp.days(year: year + 1, month: 1, day: 1) {
            first = Timestamp.days(year: year + 1, month: 1, day: 1)
        }
        return (thursday - first) / 7 + 1
    }
}
