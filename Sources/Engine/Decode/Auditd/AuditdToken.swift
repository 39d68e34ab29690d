/// One `name=value` of an audit record, still as written.
struct AuditdToken {
    enum Form {
        /// As it stands; quotes, if any, are outside the range.
        case plain
        /// Hexadecimal text of a string the kernel does not trust.
        case hex
        /// `'…'` or `{ … }`, with tokens of its own.
        case nested
    }

    var name: Range<Int>
    var value: Range<Int>
    var form: Form

    /// The next token of `text`; words without `=` are passed over.
    ///
    /// - Parameter isExecve: In an EXECVE record `a0`, `a1` … are strings, elsewhere numbers.
    static func next(_ text: inout TextScanner, isExecve: Bool) -> AuditdToken? {
        while !text.atEnd {
            text.skipBlanks()
            let start = text.position
            while !text.atEnd, text.current != Ascii.space, text.current != Ascii.equals {
                text.advance()
            }
            guard text.current == Ascii.equals, text.position > start else {
                if text.current == Ascii.equals { text.advance() }
                continue
            }
            let name = start..<text.position
            text.advance()
            return value(&text, name, isExecve)
        }
        return nil
    }

    private static func value(
        _ text: inout TextScanner, _ name: Range<Int>, _ isExecve: Bool
    ) -> AuditdToken {
        let bytes = text.bytes
        switch text.current {
        case Ascii.quote:
            text.advance()
            let start = text.position
            let end = bytes.position(of: Ascii.quote, in: text.rest) ?? text.end
            text.position = min(end + 1, text.end)
            return AuditdToken(name: name, value: start..<end, form: .plain)
        case Ascii.apostrophe:
            text.advance()
            // The text within may hold apostrophes itself; the closing one is the record's last.
            var end = text.end
            while end > text.position, bytes[end - 1] != Ascii.apostrophe { end -= 1 }
            let inner = end > text.position ? text.position..<end - 1 : text.rest
            text.position = end > text.position ? end : text.end
            return AuditdToken(name: name, value: inner, form: .nested)
        case UInt8(ascii: "{"):
            let start = text.position + 1
            let end = bytes.position(of: UInt8(ascii: "}"), in: text.rest) ?? text.end
            text.position = min(end + 1, text.end)
            return AuditdToken(name: name, value: bytes.trimmed(start..<end), form: .nested)
        default:
            let value = text.word()
            let hex = isHexName(bytes, name, isExecve) && isHex(bytes, value)
            return AuditdToken(name: name, value: value, form: hex ? .hex : .plain)
        }
    }

    /// Fields the kernel and its tools write through `audit_log_untrustedstring`: in quotes when
    /// every byte is harmless, else as hexadecimal digits without quotes.
    private static func isHexName(
        _ bytes: Span<UInt8>, _ name: Range<Int>, _ isExecve: Bool
    ) -> Bool {
        if isExecve, argument(bytes, name) != nil { return true }
        for known in untrusted where bytes.equals(known, name) { return true }
        return false
    }

    private static let untrusted: [StaticString] = [
        "proctitle", "comm", "exe", "cwd", "name", "path", "key", "acct", "cmd", "data", "ocomm",
        "watch", "dir", "file", "root_dir", "invalid_context", "vm",
    ]

    private static func isHex(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        guard value.count >= 2, value.count % 2 == 0 else { return false }
        for index in value {
            let byte = bytes[index]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F")
            guard isUpper || Ascii.isDigit(byte) else { return false }
        }
        return true
    }

    /// The number of `a12` or `a12[3]`; nil for any other name.
    static func argument(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int? {
        var text = TextScanner(bytes, name)
        guard text.take(UInt8(ascii: "a")), let number = text.number(1, 7) else { return nil }
        if text.take(UInt8(ascii: "[")) {
            guard text.number(1, 7) != nil, text.take(UInt8(ascii: "]")) else { return nil }
        }
        return text.atEnd ? number : nil
    }

    // MARK: values

    func append(_ field: FieldID, _ bytes: Span<UInt8>, _ event: inout EventBuffer) {
        guard form == .hex else {
            event.append(field, sourceRange: value)
            return
        }
        let start = event.beginValue()
        put(bytes, &event)
        event.endValue(field, from: start)
    }

    /// Puts the value into one that is being built. NULs, which part the words of a process title,
    /// become spaces; those at its end are left out.
    func put(_ bytes: Span<UInt8>, _ event: inout EventBuffer) {
        guard form == .hex else {
            event.put(bytes.extracting(value))
            return
        }
        var end = value.upperBound
        while end - 2 >= value.lowerBound, bytes.equals("00", end - 2..<end) { end -= 2 }
        var index = value.lowerBound
        while index + 1 < end {
            let byte = (Ascii.hex(bytes[index]) ?? 0) << 4 | (Ascii.hex(bytes[index + 1]) ?? 0)
            event.put(byte == 0 ? Ascii.space : byte)
            index += 2
        }
    }
}
