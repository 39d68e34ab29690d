/// Times of the kernel as text: RFC 3339, UTC, nanoseconds.
package struct LineClock: Sendable {
    /// Wall clock minus time since boot, nanoseconds.
    package var offset: Int64
    private var second: Int64 = .min
    private var text: [UInt8] = []

    package init(offset: Int64) { self.offset = offset }

    /// - Parameter time: nanoseconds since boot.
    package mutating func write(_ time: UInt64, to writer: inout LineWriter) {
        let wall = Int64(truncatingIfNeeded: time) &+ offset
        let bounded = max(0, wall)
        if bounded / 1_000_000_000 != second {
            second = bounded / 1_000_000_000
            text = Self.text(second)
        }
        writer.key("time")
        writer.raw(UInt8(ascii: "\""))
        writer.raw(text)
        writer.digits(Int(bounded % 1_000_000_000), width: 9)
        writer.raw(UInt8(ascii: "Z"))
        writer.raw(UInt8(ascii: "\""))
        writer.endValue()
    }

    /// `2026-11-28T15:00:00.` of seconds since 1970, from 0 on.
    ///
    /// - Source: H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    static func text(_ second: Int64) -> [UInt8] {
        let days = second / 86_400
        let rest = Int(second % 86_400)
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var writer = LineWriter()
        writer.digits(Int(year), width: 4)
        for (mark, number) in [("-", Int(month)), ("-", Int(day)), ("T", rest / 3_600)] {
            writer.raw(Array(mark.utf8))
            writer.digits(number, width: 2)
        }
        for number in [rest / 60 % 60, rest % 60] {
            writer.raw(UInt8(ascii: ":"))
            writer.digits(number, width: 2)
        }
        writer.raw(UInt8(ascii: "."))
        return writer.bytes
    }
}
