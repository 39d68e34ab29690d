/// Decodes web server logs, one event a line.
///
/// - Input: NCSA common and combined (Apache, nginx, lighttpd, Caddy …), with a virtual host in
///   front or further values behind; W3C extended (IIS), whose `#Fields:` line stands in the block
///   or its preamble; Apache and nginx error logs. At most ``TextLines/lineBytesMax`` bytes a line.
/// - Output: the names of Sigma's webserver category, see ``AccessLogNames``; `-` is absent.
///   Error logs: `service` (`apache`, `nginx`), `message`, `c-ip`.
/// - Failures: ``Failure``; the line is passed over.
/// - Source: `docs/formats/access-log.md`.
package struct AccessLogDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case time = "access log line without a time in brackets"
        case request = "access log line without a quoted request"
        case columns = "W3C row has another number of values than #Fields"
    }

    private var lines: TextLines
    private let preamble: [UInt8]
    private var names: AccessLogNames?
    private var w3c = W3CHeader()

    package init(_ block: Block) {
        lines = TextLines(block)
        preamble = block.preamble
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        if names == nil { readPreamble(&event.names) }
        let names = self.names ?? AccessLogNames(&event.names)
        self.names = names
        while let line = try lines.nextBounded(in: bytes) {
            if bytes[line.lowerBound] == UInt8(ascii: "#") {
                w3c.read(bytes, line, &event.names)
                continue
            }
            lines.begin(&event, bytes, line)
            if w3c.isSet {
                try w3c.appendRow(bytes, line, names, &event)
            } else if !ErrorLogLine.append(bytes, line, names, &event) {
                try NCSALine.append(bytes, line, names, &event)
            }
            return true
        }
        return false
    }

    private mutating func readPreamble(_ names: inout FieldNames) {
        let preamble = preamble
        let span = preamble.span
        var start = 0
        while start < span.count {
            let end = span.position(of: Ascii.newline, in: start..<span.count) ?? span.count
            let line = span.trimmed(start..<end)
            if !line.isEmpty, span[line.lowerBound] == UInt8(ascii: "#") {
                w3c.read(span, line, &names)
            }
            start = end + 1
        }
    }
}
