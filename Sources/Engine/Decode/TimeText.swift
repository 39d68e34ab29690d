/// Reads a moment from text, without allocation.
///
/// - Input: UTF-8; blanks, brackets or quotes around the text are passed over. Known forms:
///   RFC 3339 and ISO 8601 (`T` or space, `-` or `/`, fraction after `.` or `,`, zone or none,
///   compact), `MM/dd/yyyy hh:mm:ss AM`, `10/Oct/2000:13:55:36 -0700`, `10 Oct 2000 13:55:36`,
///   `Wed Oct 11 14:32:52.1 2000`, `/Date(1600000000000)/`, and numbers as ``epoch(_:)`` reads them.
/// - Output: nil for anything else, and for moments outside 1678...2262. A fraction is cut after
///   nine digits. A second of 60 (leap) counts as the first of the next minute.
/// - No zone means UTC: a log does not say where it was written, and UTC is what servers are set to.
/// - Source: RFC 3339 §5.6, ISO 8601-1, RFC 9110 §5.6.7, Apache `mod_log_config` `%t`, MS-WMI
///   CIM_DATETIME.
package enum TimestampText {
    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        // The buffer is only read, within this call, which its caller keeps it alive for.
        unsafe parse(bytes.span)
    }

    package static func parse(_ bytes: Span<UInt8>) -> Timestamp? {
        parse(bytes, in: 0..<bytes.count)
    }

    /// Reads the whole of `range`, which must lie within `bytes`.
    package static func parse(_ bytes: Span<UInt8>, in range: Range<Int>) -> Timestamp? {
        var text = TextScanner(bytes, unwrapped(bytes, range))
        let first = text.current
        guard Ascii.isDigit(first) else {
            if Ascii.isLetter(first) { return whole(&text) { namedDate(&$0, reference: nil) } }
            if first == Ascii.slash || first == Ascii.backslash { return jsonDate(&text) }
            return nil
        }
        let digits = text.digitsAhead(20)
        let next = text.peek(digits)
        switch (digits, next) {
        case (4, Ascii.dash), (4, Ascii.slash):
            return whole(&text) { iso(&$0) }
        case (8, UInt8(ascii: "T")), (8, UInt8(ascii: "t")), (8, 0), (14, _):
            return whole(&text) { compact(&$0) }
        case (1...2, Ascii.slash) where Ascii.isDigit(text.peek(digits + 1)):
            return whole(&text) { american(&$0) }
        case (1...2, Ascii.slash), (1...2, Ascii.dash), (1...2, Ascii.space):
            return whole(&text) { dayFirst(&$0) }
        default:
            return epoch(bytes, in: text.rest)
        }
    }

    package static func parse(_ text: String) -> Timestamp? { parse(text.utf8Span.span) }

    /// A W3C extended log's `date` and `time` fields, in UTC.
    ///
    /// - Source: W3C Working Draft "Extended Log File Format" (WD-logfile-960323), Date and Time.
    package static func parse(
        _ bytes: Span<UInt8>, date: Range<Int>, time: Range<Int>
    ) -> Timestamp? {
        var calendar = CalendarTime()
        var dateText = TextScanner(bytes, date)
        guard calendar.readDate(&dateText), dateText.atEnd else { return nil }
        var timeText = TextScanner(bytes, time)
        guard calendar.readClock(&timeText), timeText.atEnd else { return nil }
        return calendar.timestamp
    }

    /// An ISO 8601 or RFC 3339 moment at the start of `range`, and how many bytes it takes.
    package static func isoPrefix(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) -> (time: Timestamp, count: Int)? {
        var text = TextScanner(bytes, range)
        guard text.digitsAhead(5) == 4, let time = iso(&text) else { return nil }
        return (time, text.position - range.lowerBound)
    }

    /// The date of RFC 3164 and its relatives at the start of `range`: `Oct 11 22:14:15`, with or
    /// without year, weekday, fraction and zone.
    ///
    /// - Parameter reference: About when the log was read. A date without a year is put in the
    ///   newest year that does not lie more than a day after it (a day, because the log's zone is
    ///   unknown); `Feb 29` in the newest leap year. Nil refuses dates without a year.
    package static func syslogPrefix(
        _ bytes: Span<UInt8>, in range: Range<Int>, reference: Timestamp?
    ) -> (time: Timestamp, count: Int)? {
        var text = TextScanner(bytes, range)
        guard let time = namedDate(&text, reference: reference) else { return nil }
        return (time, text.position - range.lowerBound)
    }

    private static func whole(
        _ text: inout TextScanner, _ read: (inout TextScanner) -> Timestamp?
    ) -> Timestamp? {
        guard let time = read(&text), text.atEnd else { return nil }
        return time
    }

    private static func unwrapped(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var range = bytes.trimmed(range)
        if range.count >= 2 {
            switch (bytes[range.lowerBound], bytes[range.upperBound - 1]) {
            case (UInt8(ascii: "["), UInt8(ascii: "]")), (Ascii.quote, Ascii.quote):
                range = bytes.trimmed(range.lowerBound + 1..<range.upperBound - 1)
            default: break
            }
        }
        return range
    }
}
