/// What one line of text is, told by how it starts; what it carries in its message never decides.
enum LineShape {
    /// A line's format, and whether its form leaves no doubt. Pairs and a date occur in the rows of
    /// tables too.
    struct Vote {
        var format: RecordFormat
        var isSure: Bool
    }

    /// - Parameter line: without its end, not empty.
    static func of(_ line: Span<UInt8>) -> Vote? {
        let bytes = Bytes(line)
        // Where the first line is the end of a record that rotation cut off, the others still tell.
        if bytes[bytes.count - 1] == UInt8(ascii: "}"), JSONShape.of(line, from: 0) == .values {
            return Vote(format: .json, isSure: true)
        }
        if isAudit(bytes) { return Vote(format: .auditd, isSure: true) }
        if isAccess(bytes) { return Vote(format: .accessLog, isSure: true) }
        if let vendor = vendorFormat(bytes) { return Vote(format: vendor, isSure: true) }
        // Also where it carries CEF or LEEF: one file holds what several devices sent.
        if hasSyslogHeader(bytes) { return Vote(format: .syslog, isSure: true) }
        if pairCount(bytes) >= 2 { return Vote(format: .keyValue, isSure: false) }
        return timestampEnd(bytes, from: 0) != nil ? Vote(format: .syslog, isSure: false) : nil
    }

    /// Reads like an array that has no end: past it, every byte is zero.
    private struct Bytes: ~Escapable {
        let span: Span<UInt8>
        @_lifetime(copy span)
        init(_ span: Span<UInt8>) { self.span = span }
        var count: Int { span.count }
        subscript(index: Int) -> UInt8 {
            index >= 0 && index < span.count ? span[index] : 0
        }
        func has(_ text: StaticString, at start: Int) -> Bool {
            FormatRecogniser.starts(span, at: start, with: text)
        }
        func isDigits(_ count: Int, at start: Int) -> Bool {
            for index in 0..<count where !FormatRecogniser.isDigit(self[start + index]) {
                return false
            }
            return true
        }
        /// The first position of `byte` in `start..<limit`.
        func find(_ byte: UInt8, from start: Int, limit: Int) -> Int? {
            var index = start
            while index < min(limit, count) {
                if self[index] == byte { return index }
                index += 1
            }
            return nil
        }
    }

    // MARK: auditd

    /// `type=NAME msg=audit(…`, with `node=NAME` before it where records were forwarded.
    private static func isAudit(_ line: borrowing Bytes) -> Bool {
        var start = 0
        if line.has("node=", at: 0), let space = line.find(0x20, from: 5, limit: 300) {
            start = space + 1
        }
        guard line.has("type=", at: start),
            let space = line.find(0x20, from: start, limit: start + 64)
        else { return false }
        return line.has("msg=audit(", at: space + 1)
    }

    // MARK: web servers

    /// `host ident user [10/Oct/2000:13:55:36 -0700] "…`, with a virtual host before it at most.
    private static func isAccess(_ line: borrowing Bytes) -> Bool {
        guard let bracket = line.find(UInt8(ascii: "["), from: 0, limit: 512) else { return false }
        let time = bracket + 1
        guard line.isDigits(2, at: time), line[time + 2] == UInt8(ascii: "/"),
            month(line, at: time + 3), line[time + 6] == UInt8(ascii: "/"),
            line.isDigits(4, at: time + 7), line[time + 11] == UInt8(ascii: ":"),
            let close = line.find(UInt8(ascii: "]"), from: time, limit: time + 40)
        else { return false }
        var words = 0
        for index in 0..<bracket where line[index] == 0x20 && line[index - 1] != 0x20 { words += 1 }
        return (3...4).contains(words) && line[close + 1] == 0x20
            && line[close + 2] == UInt8(ascii: "\"")
    }

    // MARK: CEF and LEEF

    /// The format whose signature opens the line.
    private static func vendorFormat(_ line: borrowing Bytes) -> RecordFormat? {
        if line.has("CEF:", at: 0), FormatRecogniser.isDigit(line[4]),
            line[5] == UInt8(ascii: "|")
                || (line[5] == UInt8(ascii: ".") && line[7] == UInt8(ascii: "|"))
        {
            return .cef
        }
        return line.has("LEEF:1.0|", at: 0) || line.has("LEEF:2.0|", at: 0) ? .leef : nil
    }

    // MARK: syslog

    /// Whether the line begins with a header: a priority, a time and a host, or both.
    private static func hasSyslogHeader(_ line: borrowing Bytes) -> Bool {
        // A length in front: RFC 6587 §3.4.1.
        var index = FramedSyslog.frame(line.span, at: 0, before: line.count)?.start ?? 0
        var hasPriority = false
        if line[index] == UInt8(ascii: "<") {
            let digits = index + 1
            index = digits
            while FormatRecogniser.isDigit(line[index]), index < digits + 4 { index += 1 }
            guard index > digits, line[index] == UInt8(ascii: ">") else { return false }
            index += 1
            hasPriority = true
            // RFC 5424: a version, then a time or `-`.
            if FormatRecogniser.isDigit(line[index]), line[index + 1] == 0x20 { return true }
        }
        if hasPriority { return true }
        guard let time = timestampEnd(line, from: index) else { return false }
        // Without a priority a host and a tag must follow, else any dated text would do.
        let host = FormatRecogniser.skipSpace(line.span, from: time)
        guard let space = line.find(0x20, from: host, limit: host + 256), space > host else {
            return false
        }
        return line.find(UInt8(ascii: ":"), from: space, limit: space + 128) != nil
    }

    /// Where a time at `start` ends: `Oct 11 22:14:15`, `2003 Oct 11 …`, or ISO 8601.
    private static func timestampEnd(_ line: borrowing Bytes, from start: Int) -> Int? {
        var start = start
        if line.isDigits(4, at: start), line[start + 4] == 0x20, month(line, at: start + 5) {
            start += 5
        }
        if month(line, at: start), line[start + 3] == 0x20 {
            var day = start + 4
            while line[day] == 0x20, day < start + 6 { day += 1 }
            guard FormatRecogniser.isDigit(line[day]) else { return nil }
            while FormatRecogniser.isDigit(line[day]), day < start + 8 { day += 1 }
            guard line[day] == 0x20 else { return nil }
            var clock = day + 1
            // Some devices add the year: `Oct 11 2003 22:14:15`.
            if line.isDigits(4, at: clock), line[clock + 4] == 0x20 { clock += 5 }
            return isClock(line, at: clock) ? clock + 8 : nil
        }
        guard line.isDigits(4, at: start), line[start + 4] == UInt8(ascii: "-"),
            line.isDigits(2, at: start + 5), line[start + 7] == UInt8(ascii: "-"),
            line.isDigits(2, at: start + 8),
            line[start + 10] == UInt8(ascii: "T") || line[start + 10] == 0x20,
            isClock(line, at: start + 11)
        else { return nil }
        return line.find(0x20, from: start + 19, limit: start + 40) ?? start + 19
    }

    private static func isClock(_ line: borrowing Bytes, at start: Int) -> Bool {
        line.isDigits(2, at: start) && line[start + 2] == UInt8(ascii: ":")
            && line.isDigits(2, at: start + 3) && line[start + 5] == UInt8(ascii: ":")
            && line.isDigits(2, at: start + 6)
    }

    private static func month(_ line: borrowing Bytes, at start: Int) -> Bool {
        switch (line[start], line[start + 1], line[start + 2]) {
        case (0x4a, 0x61, 0x6e), (0x46, 0x65, 0x62), (0x4d, 0x61, 0x72), (0x41, 0x70, 0x72),
            (0x4d, 0x61, 0x79), (0x4a, 0x75, 0x6e), (0x4a, 0x75, 0x6c), (0x41, 0x75, 0x67),
            (0x53, 0x65, 0x70), (0x4f, 0x63, 0x74), (0x4e, 0x6f, 0x76), (0x44, 0x65, 0x63):
            return true
        default:
            return false
        }
    }

    // MARK: key=value

    /// How many of the line's words are `name=value`, where they are most of what it holds.
    private static func pairCount(_ line: borrowing Bytes) -> Int {
        var pairs = 0
        var words = 0
        var index = 0
        while index < line.count {
            while line[index] == 0x20 || line[index] == 0x09 || line[index] == 0x2c { index += 1 }
            guard index < line.count else { break }
            let start = index
            while FormatRecogniser.isLetter(line[index]) || FormatRecogniser.isDigit(line[index])
                || line[index] == 0x5f || line[index] == 0x2e || line[index] == 0x2d
                || line[index] == 0x40
            {
                index += 1
            }
            words += 1
            if index > start, line[index] == UInt8(ascii: "="),
                FormatRecogniser.isLetter(line[start]) || line[start] == 0x5f || line[start] == 0x40
            {
                pairs += 1
                index += 1
                if line[index] == UInt8(ascii: "\"") {
                    index =
                        (line.find(UInt8(ascii: "\""), from: index + 1, limit: line.count)
                            ?? line.count - 1) + 1
                }
            }
            while index < line.count, line[index] != 0x20, line[index] != 0x09 { index += 1 }
        }
        // Values with spaces and no quotes break into words; a third in pairs is still such a line.
        return pairs * 3 >= words ? pairs : 0
    }
}
