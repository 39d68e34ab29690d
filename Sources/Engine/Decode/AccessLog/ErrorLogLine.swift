/// One line of an Apache or nginx error log.
///
/// - Input: `[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 35708] [client 192.0.2.1:72] text`
///   (Apache), `2020/10/18 16:52:45 [error] 31#31: *4 text, client: 192.0.2.1, server: …` (nginx).
/// - Output: `service`, `message`, `c-ip`; for nginx `request` as the fields of a request.
/// - Source: Apache `ErrorLogFormat`; nginx `ngx_log.c`.
enum ErrorLogLine {
    /// False when the line is of another kind; then nothing was appended.
    static func append(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) -> Bool {
        bytes[line.lowerBound] == UInt8(ascii: "[")
            ? apache(bytes, line, names, &event) : nginx(bytes, line, names, &event)
    }

    private static func apache(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) -> Bool {
        var text = TextScanner(bytes, line)
        guard let stamp = text.upTo(UInt8(ascii: "]")),
            let time = TimestampText.parse(bytes, in: stamp.lowerBound + 1..<stamp.upperBound)
        else { return false }
        event.time = time
        event.append(names.service, "apache")
        text.skipBlanks()
        while text.current == UInt8(ascii: "["), let part = text.upTo(UInt8(ascii: "]")) {
            if bytes.has("[client ", at: part.lowerBound, before: part.upperBound) {
                var end = part.upperBound
                while end > part.lowerBound, bytes[end - 1] != Ascii.colon { end -= 1 }
                let start = part.lowerBound + 8
                let address = start..<(end > start ? end - 1 : part.upperBound)
                if !address.isEmpty { event.append(names.address, sourceRange: address) }
            }
            text.skipBlanks()
        }
        event.append(names.message, sourceRange: text.rest)
        return true
    }

    private static func nginx(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) -> Bool {
        var text = TextScanner(bytes, line)
        guard text.peek(4) == Ascii.slash,
            let found = TimestampText.isoPrefix(bytes, in: line), found.count > 10
        else { return false }
        text.advance(found.count)
        guard text.take(" [") else { return false }
        event.time = found.time
        event.append(names.service, "nginx")
        if let level = bytes.position(of: "] ", in: text.rest) { text.position = level + 2 }
        event.append(names.message, sourceRange: text.rest)
        if let client = bytes.position(of: ", client: ", in: text.rest) {
            let rest = client + 10..<text.end
            let end = bytes.position(of: Ascii.comma, in: rest) ?? text.end
            if end > rest.lowerBound {
                event.append(names.address, sourceRange: rest.lowerBound..<end)
            }
        }
        if let request = bytes.position(of: ", request: \"", in: text.rest) {
            let rest = request + 12..<text.end
            let end = bytes.position(of: Ascii.quote, in: rest) ?? text.end
            names.appendRequest(bytes, rest.lowerBound..<end, &event)
        }
        return true
    }
}
