/// One line of an NCSA access log:
/// `[vhost[:port] ]client ident user [time] "request" status bytes ["referer" "agent" …]`.
///
/// - Source: Apache `mod_log_config`, formats `common`, `combined`, `vhost_combined`; nginx
///   `log_format combined`.
enum NCSALine {
    static func append(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) throws(DecodeFailure) {
        guard let open = bytes.position(of: " [", in: line),
            let close = bytes.position(of: UInt8(ascii: "]"), in: open..<line.upperBound),
            let time = TimestampText.parse(bytes, in: open + 1..<close + 1)
        else { throw AccessLogDecoder.Failure.time.at(line.lowerBound) }
        event.time = time
        appendClient(bytes, line.lowerBound..<open, names, &event)
        var text = TextScanner(bytes, close + 1..<line.upperBound)
        text.skipBlanks()
        guard let request = quoted(&text) else {
            throw AccessLogDecoder.Failure.request.at(text.position)
        }
        if !bytes.equals("-", request) { names.appendRequest(bytes, request, &event) }
        text.skipBlanks()
        appendNumber(names.status, &text, &event)
        text.skipBlanks()
        appendNumber(names.bytes, &text, &event)
        appendQuoted(&text, names, &event)
    }

    private static func appendClient(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) {
        var text = TextScanner(bytes, range)
        var first = text.word()
        text.skipBlanks()
        var ident = text.word()
        text.skipBlanks()
        var user = text.rest
        if let space = bytes.position(of: Ascii.space, in: user), isVirtualHost(bytes, first, ident)
        {
            var host = first
            if let colon = bytes.position(of: Ascii.colon, in: host) {
                host = host.lowerBound..<colon
            }
            names.append(names.host, bytes, host, &event)
            first = ident
            ident = user.lowerBound..<space
            user = space + 1..<user.upperBound
        }
        names.append(names.address, bytes, first, &event)
        names.append(names.user, bytes, bytes.trimmed(user), &event)
    }

    /// With four words before the time the first is a virtual host, unless the user's name holds a
    /// space: then the second is `-` and the first an address.
    private static func isVirtualHost(
        _ bytes: Span<UInt8>, _ first: Range<Int>, _ second: Range<Int>
    ) -> Bool {
        guard !bytes.equals("-", second) else { return false }
        return bytes.position(of: Ascii.dot, in: second) != nil
            || bytes.position(of: Ascii.colon, in: second) != nil
            || bytes.position(of: Ascii.colon, in: first) != nil
    }

    private static func appendNumber(
        _ name: FieldID, _ text: inout TextScanner, _ event: inout EventBuffer
    ) {
        guard text.current != Ascii.quote else { return }
        let word = text.word()
        if !word.isEmpty, !text.bytes.equals("-", word) {
            event.append(name, sourceRange: word, kind: .number)
        }
    }

    /// Referer, agent and, as proxies add it, the address a request was forwarded for.
    private static func appendQuoted(
        _ text: inout TextScanner, _ names: AccessLogNames, _ event: inout EventBuffer
    ) {
        var count = 0
        while !text.atEnd, count < 3 {
            text.skipBlanks()
            guard text.current == Ascii.quote else {
                _ = text.word()
                continue
            }
            guard let value = quoted(&text) else { return }
            switch count {
            case 0: names.append(names.referer, text.bytes, value, &event)
            case 1: names.append(names.agent, text.bytes, value, &event)
            default: names.append(names.forwarded, text.bytes, value, &event)
            }
            count += 1
        }
    }

    /// The inside of the quotes that open here; a quote within is escaped.
    private static func quoted(_ text: inout TextScanner) -> Range<Int>? {
        guard text.take(Ascii.quote) else { return nil }
        let start = text.position
        while !text.atEnd {
            if text.current == Ascii.quote {
                let value = start..<text.position
                text.advance()
                return value
            }
            text.advance(text.current == Ascii.backslash ? 2 : 1)
        }
        return nil
    }
}
