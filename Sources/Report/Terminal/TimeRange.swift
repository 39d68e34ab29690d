import Engine

/// When something happened, as short as it can be said in UTC.
struct TimeRange {
    var first: Timestamp?
    var last: Timestamp?

    /// `2026-11-20 10:01:02 – 10:14:40 UTC (13 min 38 s)`; nil when no time is known.
    var text: String? {
        guard let first = first ?? last else { return nil }
        guard let last, last != first else { return "\(Self.moment(first)) UTC" }
        let sameDay = Self.day(first) == Self.day(last)
        let end = sameDay ? Self.clock(last) : Self.moment(last)
        return "\(Self.moment(first)) – \(end) UTC (\(lengthText(first, last)))"
    }

    private func lengthText(_ first: Timestamp, _ last: Timestamp) -> String {
        let (length, overflow) = last.nanoseconds.subtractingReportingOverflow(first.nanoseconds)
        return overflow ? "over 292 years" : Figures.duration(seconds: Double(length) / 1e9)
    }

    static func day(_ time: Timestamp) -> String { String(time.text.prefix(10)) }
    static func clock(_ time: Timestamp) -> String { String(time.text.dropFirst(11).prefix(8)) }
    /// With milliseconds: `10:01:02.250`.
    static func fineClock(_ time: Timestamp) -> String {
        let remainder = time.nanoseconds % 1_000_000_000
        let milliseconds = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1_000_000
        return "\(clock(time)).\(String(1000 + milliseconds).dropFirst())"
    }

    static func moment(_ time: Timestamp) -> String { "\(day(time)) \(clock(time))" }
}
