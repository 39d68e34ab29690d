/// The parts of one syslog line before its message, as ranges of the line's bytes.
///
/// - Input: one line: RFC 5424, RFC 3164, or what a syslog daemon writes to its files (no priority;
///   RFC 3164 or ISO 8601 time). A count and a space in front (RFC 6587 framing) are passed over.
/// - Output: parts that are absent (`-` in RFC 5424) are nil; `severity` 0...7, 0 the most severe.
/// - Source: RFC 5424 §6, RFC 3164 §4 and §5, RFC 6587 §3.4.1, rsyslog `RSYSLOG_FileFormat`.
struct SyslogHeader {
    var priority: Int?
    var time: Timestamp?
    var host: Range<Int>?
    var program: Range<Int>?
    var pid: Range<Int>?
    var messageID: Range<Int>?
    /// Brackets included; checked to be well formed.
    var structuredData: Range<Int>?
    var message: Range<Int>

    init(
        _ bytes: Span<UInt8>, _ line: Range<Int>, reference: Timestamp?
    ) throws(DecodeFailure) {
        var text = TextScanner(bytes, line)
        message = line
        Self.skipFrameLength(&text)
        if text.current == UInt8(ascii: "<") { priority = try Self.priority(&text) }
        if priority != nil, text.current == UInt8(ascii: "1"), text.peek(1) == Ascii.space {
            text.advance(2)
            try readModern(&text)
        } else {
            try readClassic(&text, reference)
        }
    }

    private static func skipFrameLength(_ text: inout TextScanner) {
        let digits = text.digitsAhead(7)
        if digits > 0, digits < 7, text.peek(digits) == Ascii.space,
            text.peek(digits + 1) == UInt8(ascii: "<")
        {
            text.advance(digits + 1)
        }
    }

    private static func priority(_ text: inout TextScanner) throws(DecodeFailure) -> Int {
        let start = text.position
        text.advance()
        guard let value = text.number(1, 3), text.take(UInt8(ascii: ">")) else {
            throw SyslogDecoder.Failure.priority.at(start)
        }
        // Some firewalls send 192 and above. A guess would file their alarms under a wrong
        // facility, where no rule looks, so the line is refused and counted.
        guard value <= 191 else { throw SyslogDecoder.Failure.priorityRange.at(start) }
        return value
    }

    // MARK: RFC 5424

    private mutating func readModern(_ text: inout TextScanner) throws(DecodeFailure) {
        let stamp = text.word()
        if !Self.isNil(text.bytes, stamp) {
            guard let found = TimestampText.isoPrefix(text.bytes, in: stamp),
                found.count == stamp.count
            else { throw SyslogDecoder.Failure.timestamp.at(stamp.lowerBound) }
            time = found.time
        }
        host = try Self.part(&text)
        program = try Self.part(&text)
        pid = try Self.part(&text)
        messageID = try Self.part(&text)
        guard text.take(Ascii.space) else { throw SyslogDecoder.Failure.short.at(text.position) }
        if text.current == UInt8(ascii: "[") {
            let start = text.position
            guard Self.skipStructuredData(&text) else {
                throw SyslogDecoder.Failure.structuredData.at(start)
            }
            structuredData = start..<text.position
        } else if !text.take(Ascii.dash) {
            throw SyslogDecoder.Failure.structuredData.at(text.position)
        }
        _ = text.take(Ascii.space)
        _ = text.take("\u{FEFF}")
        message = text.rest
    }

    private static func part(_ text: inout TextScanner) throws(DecodeFailure) -> Range<Int>? {
        guard text.take(Ascii.space) else { throw SyslogDecoder.Failure.short.at(text.position) }
        let word = text.word()
        guard !word.isEmpty else { throw SyslogDecoder.Failure.short.at(text.position) }
        return isNil(text.bytes, word) ? nil : word
    }

    private static func isNil(_ bytes: Span<UInt8>, _ word: Range<Int>) -> Bool {
        word.count == 1 && bytes[word.lowerBound] == Ascii.dash
    }

    /// Any number of `[id name="value" …]`; in a value `\"`, `\\` and `\]` are escaped.
    private static func skipStructuredData(_ text: inout TextScanner) -> Bool {
        while text.take(UInt8(ascii: "[")) {
            var quoted = false
            var closed = false
            while !text.atEnd, !closed {
                let byte = text.current
                text.advance()
                switch byte {
                case Ascii.backslash where quoted: text.advance()
                case Ascii.quote: quoted.toggle()
                case UInt8(ascii: "]") where !quoted: closed = true
                default: break
                }
            }
            guard closed else { return false }
        }
        return text.atEnd || text.current == Ascii.space
    }

    // MARK: RFC 3164 and files

    private mutating func readClassic(
        _ text: inout TextScanner, _ reference: Timestamp?
    ) throws(DecodeFailure) {
        let start = text.position
        Self.skipSequenceNumber(&text)
        // Cisco marks a clock that was never set with `*`, one out of step with `.`.
        if text.current == UInt8(ascii: "*") || text.current == Ascii.dot { text.advance() }
        if let found = TimestampText.isoPrefix(text.bytes, in: text.rest), found.count > 10 {
            time = found.time
            text.advance(found.count)
        } else if let found = TimestampText.syslogPrefix(
            text.bytes, in: text.rest, reference: reference)
        {
            time = found.time
            text.advance(found.count)
        } else {
            guard priority != nil else { throw SyslogDecoder.Failure.header.at(start) }
            // RFC 3164 §4.3.3: without a valid time all of it is the message.
            text.position = start
            readTag(&text)
            return
        }
        _ = text.take(Ascii.colon)
        text.skipBlanks()
        if !startsMessage(text) {
            let word = text.word()
            // Some relays write `host:`; what follows the tag's colon cannot be told from it.
            host = word.isEmpty ? nil : word
            text.skipBlanks()
        }
        readTag(&text)
    }

    /// `123: ` or `000123: ` in front of the time.
    private static func skipSequenceNumber(_ text: inout TextScanner) {
        let digits = text.digitsAhead(11)
        if digits > 0, digits < 11, text.peek(digits) == Ascii.colon,
            text.peek(digits + 1) == Ascii.space
        {
            text.advance(digits + 2)
        }
    }

    /// True when the next word is no host: a tag ends with a colon, and is followed by no other.
    private func startsMessage(_ text: borrowing TextScanner) -> Bool {
        var length = 0
        while !Ascii.isBlank(text.peek(length)), text.peek(length) != 0 { length += 1 }
        if length == 0 { return true }
        if text.bytes.has("->", at: text.position, before: text.end) { return true }
        if text.current == UInt8(ascii: "[") { return true }
        return text.peek(length - 1) == Ascii.colon
            || text.bytes.has("CEF:", at: text.position, before: text.end)
            || text.bytes.has("LEEF:", at: text.position, before: text.end)
    }

    /// `prog:`, `prog[pid]:`, `prog[pid]`; without one of them there is no program.
    private mutating func readTag(_ text: inout TextScanner) {
        text.skipBlanks()
        let start = text.position
        message = text.rest
        while Self.isTag(text.current) { text.advance() }
        let name = start..<text.position
        guard !name.isEmpty, name.count <= 128, !text.bytes.equals("CEF", name),
            !text.bytes.equals("LEEF", name)
        else { return }
        var hasPid = false
        if text.current == UInt8(ascii: "[") {
            let pidStart = text.position + 1
            guard
                let close = text.bytes.position(
                    of: UInt8(ascii: "]"), in: text.position..<text.end), close - pidStart <= 32
            else { return }
            pid = pidStart..<close
            text.position = close + 1
            hasPid = true
        }
        guard text.take(Ascii.colon) || (hasPid && (text.atEnd || Ascii.isBlank(text.current)))
        else {
            pid = nil
            return
        }
        guard text.atEnd || Ascii.isBlank(text.current) else {
            pid = nil
            return
        }
        program = name
        text.skipBlanks()
        message = text.rest
    }

    private static func isTag(_ byte: UInt8) -> Bool {
        byte > Ascii.space && byte != Ascii.colon && byte != UInt8(ascii: "[")
            && byte != Ascii.equals && byte != Ascii.quote && byte != UInt8(ascii: "{")
            && byte != Ascii.bar && byte != 0x7f
    }
}
