extension TimestampText {
    /// `2020-10-18T16:52:45.123+09:00` and its looser relatives; a date alone is its midnight.
    static func iso(_ text: inout TextScanner) -> Timestamp? {
        var calendar = CalendarTime()
        guard calendar.readDate(&text) else { return nil }
        let separator = text.current
        let isTime =
            separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t")
            || separator == Ascii.space || separator == UInt8(ascii: "_")
        guard isTime, Ascii.isDigit(text.peek(1)) else { return calendar.timestamp }
        text.advance()
        guard calendar.readClock(&text), readHalfOfDay(&text, into: &calendar) else { return nil }
        calendar.readZone(&text)
        return calendar.timestamp
    }

    /// `20201018`, `20201018T165245Z`, `20201018165245.000000+000`.
    static func compact(_ text: inout TextScanner) -> Timestamp? {
        var calendar = CalendarTime()
        guard let year = text.number(4, 4), let month = text.number(2, 2),
            let day = text.number(2, 2)
        else { return nil }
        (calendar.year, calendar.month, calendar.day) = (year, month, day)
        if text.atEnd { return calendar.timestamp }
        if text.current | 0x20 == UInt8(ascii: "t") { text.advance() }
        guard let hour = text.number(2, 2), let minute = text.number(2, 2),
            let second = text.number(2, 2)
        else { return nil }
        (calendar.hour, calendar.minute, calendar.second) = (hour, minute, second)
        calendar.readFraction(&text)
        calendar.readZone(&text)
        return calendar.timestamp
    }

    /// `10/18/2020 4:52:45 PM`, or with a 24-hour clock. The month stands first, always: a first
    /// part above 12 is refused, because a reader that guesses would mix up the days before it.
    static func american(_ text: inout TextScanner) -> Timestamp? {
        var calendar = CalendarTime()
        guard let month = text.number(1, 2), text.take(Ascii.slash), let day = text.number(1, 2),
            text.take(Ascii.slash), let year = text.number(4, 4)
        else { return nil }
        (calendar.year, calendar.month, calendar.day) = (year, month, day)
        if text.atEnd { return calendar.timestamp }
        _ = text.take(Ascii.comma)
        text.skipBlanks()
        guard calendar.readClock(&text) else { return nil }
        guard readHalfOfDay(&text, into: &calendar) else { return nil }
        calendar.readZone(&text)
        return calendar.timestamp
    }

    private static func readHalfOfDay(
        _ text: inout TextScanner, into calendar: inout CalendarTime
    ) -> Bool {
        let start = text.position
        text.skipBlanks()
        let half = Ascii.lower(text.current)
        guard half == UInt8(ascii: "a") || half == UInt8(ascii: "p"),
            Ascii.lower(text.peek(1)) == UInt8(ascii: "m"), !Ascii.isWord(text.peek(2))
        else {
            text.position = start
            return true
        }
        guard (1...12).contains(calendar.hour) else { return false }
        calendar.hour = calendar.hour % 12 + (half == UInt8(ascii: "p") ? 12 : 0)
        text.advance(2)
        return true
    }

    /// `10/Oct/2000:13:55:36 -0700`, `18-Oct-2020 16:52:45.123`, `10 Oct 2000 13:55:36 GMT`.
    static func dayFirst(_ text: inout TextScanner) -> Timestamp? {
        var calendar = CalendarTime()
        guard let day = text.number(1, 2) else { return nil }
        let separator = text.current
        text.advance()
        guard let month = CalendarTime.month(&text), text.take(separator),
            let year = text.number(4, 4)
        else { return nil }
        (calendar.year, calendar.month, calendar.day) = (year, month, day)
        if text.atEnd { return calendar.timestamp }
        guard text.take(Ascii.colon) || text.take(Ascii.space) || text.take("T"),
            calendar.readClock(&text), readHalfOfDay(&text, into: &calendar)
        else { return nil }
        calendar.readZone(&text)
        return calendar.timestamp
    }

    /// `/Date(1600000000000)/`, `\/Date(1600000000000+0900)\/`: milliseconds; the zone only says
    /// how to show the moment.
    static func jsonDate(_ text: inout TextScanner) -> Timestamp? {
        _ = text.take(Ascii.backslash)
        guard text.take("/Date(") else { return nil }
        let negative = text.take(Ascii.dash)
        guard let milliseconds = text.number(1, 18) else { return nil }
        if text.current == UInt8(ascii: "+") || text.current == Ascii.dash {
            text.advance()
            guard text.number(4, 4) != nil else { return nil }
        }
        guard text.take(")") else { return nil }
        _ = text.take(Ascii.backslash)
        guard text.take(Ascii.slash), text.atEnd else { return nil }
        return scaled(negative ? -milliseconds : milliseconds, by: 1_000_000, plus: 0)
    }

    /// A date that begins with the name of a weekday or month: RFC 3164, `asctime`, RFC 9110.
    /// Passes over a zone abbreviation that is followed by a colon (Cisco's `Oct 11 22:14:15 CET:`).
    static func namedDate(_ text: inout TextScanner, reference: Timestamp?) -> Timestamp? {
        skipWeekday(&text)
        if Ascii.isDigit(text.current) { return dayFirst(&text) }
        var calendar = CalendarTime()
        guard let month = CalendarTime.month(&text), text.current == Ascii.space else { return nil }
        text.skipBlanks()
        guard let day = text.number(1, 2) else { return nil }
        (calendar.month, calendar.day) = (month, day)
        _ = text.take(Ascii.comma)
        guard text.current == Ascii.space else { return nil }
        text.skipBlanks()
        var hasYear = readYear(&text, into: &calendar)
        if hasYear {
            guard text.take(Ascii.space) || text.take(Ascii.colon) else { return nil }
            text.skipBlanks()
        }
        guard calendar.readClock(&text) else { return nil }
        // Without a year it is a syslog line, where `pm` would be a host.
        if hasYear, !readHalfOfDay(&text, into: &calendar) { return nil }
        calendar.readZone(&text)
        if !hasYear, text.current == Ascii.space, text.digitsAheadAfterSpace == 4 {
            text.advance()
            hasYear = readYear(&text, into: &calendar)
        }
        skipZoneName(&text)
        if hasYear { return calendar.timestamp }
        return reference.flatMap { newestYear(of: calendar, notAfter: $0) }
    }

    /// Four digits that are no clock.
    private static func readYear(
        _ text: inout TextScanner, into calendar: inout CalendarTime
    ) -> Bool {
        guard text.digitsAhead(5) == 4, let year = text.number(4, 4) else { return false }
        calendar.year = year
        return true
    }

    private static func skipWeekday(_ text: inout TextScanner) {
        let isName =
            Ascii.isLetter(text.current) && Ascii.isLetter(text.peek(1))
            && Ascii.isLetter(text.peek(2))
        let after = text.peek(3)
        guard isName else { return }
        if after == Ascii.comma {
            text.advance(4)
        } else if after == Ascii.space, Ascii.isLetter(text.peek(4)) {
            text.advance(3)
        } else {
            return
        }
        text.skipBlanks()
    }

    private static func skipZoneName(_ text: inout TextScanner) {
        guard text.current == Ascii.space else { return }
        var length = 1
        while length <= 5, Ascii.isLetter(text.peek(length)) { length += 1 }
        if length > 2, text.peek(length) == Ascii.colon { text.advance(length) }
    }

    /// See ``syslogPrefix(_:in:reference:)``.
    static func newestYear(of calendar: CalendarTime, notAfter reference: Timestamp) -> Timestamp? {
        let (limit, overflow) = reference.nanoseconds.addingReportingOverflow(86_400_000_000_000)
        let last = overflow ? Int64.max : limit
        var calendar = calendar
        let year = reference.components.year
        // Leap years are at most eight years apart.
        for back in -1...8 {
            calendar.year = year - back
            if let time = calendar.timestamp, time.nanoseconds <= last { return time }
        }
        return nil
    }
}

extension TextScanner {
    fileprivate var digitsAheadAfterSpace: Int {
        var count = 0
        while count < 5, Ascii.isDigit(peek(count + 1)) { count += 1 }
        return count
    }
}
