package import Sigma

extension Timestamp {
    /// A part of the moment in UTC; `week` is the ISO 8601 week number.
    package func part(_ part: TimePart) -> Int? {
        let parts = components
        switch part {
        case .minute: return parts.minute
        case .hour: return parts.hour
        case .day: return parts.day
        case .month: return parts.month
        case .year: return parts.year
        case .week: return isoWeek(parts.year, parts.month, parts.day)
        }
    }

    /// - Source: ISO 8601-1 §4.1.4: week 1 holds the year's first Thursday.
    private func isoWeek(_ year: Int, _ month: Int, _ day: Int) -> Int {
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
