/// A date and a time of day as they were written, before they are known to be a moment.
struct CalendarTime {
    var year = 0
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var nanosecond = 0
    /// East of UTC.
    var offsetSeconds = 0

    /// Nil when a part is out of its range or the moment outside ``Timestamp``'s.
    var timestamp: Timestamp? {
        guard (1678...2262).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.daysIn(month: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Timestamp.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offsetSeconds
        let (scaled, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(Int64(nanosecond))
        return overflow || carry ? nil : Timestamp(nanoseconds: sum)
    }

    static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// `2020-10-18` or `2020/10/18`.
    mutating func readDate(_ text: inout TextScanner) -> Bool {
        guard let year = text.number(4, 4) else { return false }
        let separator = text.current
        guard separator == Ascii.dash || separator == Ascii.slash, text.take(separator),
            let month = text.number(1, 2), text.take(separator), let day = text.number(1, 2)
        else { return false }
        (self.year, self.month, self.day) = (year, month, day)
        return true
    }

    /// `16:52`, `16:52:45`, `16:52:45.123`, `16:52:45,123`.
    mutating func readClock(_ text: inout TextScanner) -> Bool {
        guard let hour = text.number(1, 2), text.take(Ascii.colon), let minute = text.number(2, 2)
        else { return false }
        (self.hour, self.minute) = (hour, minute)
        guard text.current == Ascii.colon else { return true }
        text.advance()
        guard let second = text.number(2, 2) else { return false }
        self.second = second
        readFraction(&text)
        return true
    }

    /// A fraction of a second, where one follows; digits beyond the ninth are passed over.
    mutating func readFraction(_ text: inout TextScanner) {
        guard text.current == Ascii.dot || text.current == Ascii.comma,
            Ascii.isDigit(text.peek(1))
        else { return }
        text.advance()
        var scale = 100_000_000
        while Ascii.isDigit(text.current) {
            nanosecond += Int(text.current - Ascii.zero) * scale
            scale /= 10
            text.advance()
        }
    }

    /// `Z`, `+09:00`, `+0900`, `+09`, `UTC`, `GMT`, the first three after a space too; the text
    /// is left alone when none follows.
    mutating func readZone(_ text: inout TextScanner) {
        let start = text.position
        text.skipBlanks()
        let first = text.current
        if first == UInt8(ascii: "Z") || first == UInt8(ascii: "z"), !Ascii.isWord(text.peek(1)) {
            text.advance()
            return
        }
        let isNamed =
            text.bytes.has("UTC", at: text.position, before: text.end)
            || text.bytes.has("GMT", at: text.position, before: text.end)
        if isNamed, !Ascii.isWord(text.peek(3)) {
            text.advance(3)
            return
        }
        guard first == UInt8(ascii: "+") || first == Ascii.dash, Ascii.isDigit(text.peek(1)) else {
            text.position = start
            return
        }
        text.advance()
        guard let seconds = Self.zoneSeconds(&text) else {
            text.position = start
            return
        }
        offsetSeconds = first == Ascii.dash ? -seconds : seconds
    }

    private static func zoneSeconds(_ text: inout TextScanner) -> Int? {
        let digits = text.digitsAhead(5)
        // CIM_DATETIME counts its offset in minutes, in three digits.
        if digits == 3, let minutes = text.number(3, 3) { return minutes * 60 }
        guard digits == 2 || digits == 4, let hours = text.number(2, 2), hours < 24 else {
            return nil
        }
        if digits == 2, text.current != Ascii.colon { return hours * 3600 }
        _ = text.take(Ascii.colon)
        guard let minutes = text.number(2, 2), minutes < 60 else { return nil }
        return hours * 3600 + minutes * 60
    }

    /// An English month name of three letters, any case.
    static func month(_ text: inout TextScanner) -> Int? {
        let letters =
            UInt32(Ascii.lower(text.current)) << 16 | UInt32(Ascii.lower(text.peek(1))) << 8
            | UInt32(Ascii.lower(text.peek(2)))
        let month: Int
        switch letters {
        case 0x6a_616e: month = 1
        case 0x66_6562: month = 2
        case 0x6d_6172: month = 3
        case 0x61_7072: month = 4
        case 0x6d_6179: month = 5
        case 0x6a_756e: month = 6
        case 0x6a_756c: month = 7
        case 0x61_7567: month = 8
        case 0x73_6570: month = 9
        case 0x6f_6374: month = 10
        case 0x6e_6f76: month = 11
        case 0x64_6563: month = 12
        default: return nil
        }
        text.advance(3)
        return month
    }
}
