/// Decodes syslog, one event a line.
///
/// - Input: lines as ``SyslogHeader`` describes them, at most ``TextLines/lineBytesMax`` bytes each.
///   Times without a zone are taken as UTC, dates without a year as ``TimestampText`` says.
/// - Output: `host`, `program` and `SYSLOG_IDENTIFIER` (its text), `pid`, `msgid`, `facility` and
///   `severity` (names), `message`; `ID.NAME` for structured data; `service`, `action` and what
///   ``LinuxMessage`` finds in the message. A message that is CEF, LEEF or key=value adds the
///   fields of that format, one of Sysmon for Linux those of its XML (``EventXMLReader``); one
///   that is JSON is left to the caller (``payload``).
/// - Failures: ``Failure``; the line is passed over.
/// - Source: RFC 5424, RFC 3164; `docs/formats/syslog.md`.
package struct SyslogDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case priority = "syslog priority is not <0>...<191>"
        case priorityRange = "syslog priority above 191"
        case header = "no syslog priority and no time"
        case timestamp = "syslog timestamp is not RFC 3339"
        case short = "syslog header ends early"
        case structuredData = "syslog structured data is malformed"
    }

    /// What the message of the last event is, beyond text.
    package enum Payload: Equatable, Sendable {
        case text, cef, leef, keyValue
        /// A JSON object at this range of the block; its fields are not in the event yet.
        case json(Range<Int>)
        /// An event of Sysmon for Linux, which writes XML.
        case sysmon
    }

    package private(set) var payload = Payload.text
    private var lines: TextLines
    private let referenceTime: Timestamp?
    private var names: SyslogNames?
    private var linux = LinuxMessage()
    private var cef = CEFReader()
    private var leef = LEEFReader()
    private var keyValue = KeyValueReader()
    private var wellKnown: WellKnownTime?
    private var xml: EventXMLReader?
    private var fieldName: [UInt8] = []

    /// - Parameter referenceTime: About when the source was last written; nil refuses dates
    ///   without a year.
    package init(_ block: Block, referenceTime: Timestamp?) {
        lines = TextLines(block)
        self.referenceTime = referenceTime
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        guard let line = try lines.nextBounded(in: bytes) else { return false }
        payload = .text
        let header = try SyslogHeader(bytes, line, reference: referenceTime)
        lines.begin(&event, bytes, line)
        let names = self.names ?? SyslogNames(&event.names)
        self.names = names
        event.time = header.time
        names.append(header, bytes, &event)
        if let data = header.structuredData { appendStructuredData(bytes, data, &event) }
        appendPayload(header, bytes, &event)
        if case .keyValue = payload, event.time == nil {
            let wellKnown = self.wellKnown ?? WellKnownTime(&event.names)
            self.wellKnown = wellKnown
            event.time = wellKnown.time(of: event)
        }
        if isProgramMessage {
            linux.append(
                bytes, program: header.program, message: header.message, inSource: true, &event)
        }
        return true
    }

    /// False for messages of devices, which CEF, LEEF and key=value carry.
    private var isProgramMessage: Bool {
        switch payload {
        case .text, .json: true
        case .cef, .leef, .keyValue, .sysmon: false
        }
    }

    private mutating func appendPayload(
        _ header: SyslogHeader, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        var text = TextScanner(bytes, header.message)
        if text.take("@cee:") { text.skipBlanks() }
        if text.current == UInt8(ascii: "{"), bytes[bytes.trimmed(text.rest).upperBound - 1] == 0x7d
        {
            payload = .json(bytes.trimmed(text.rest))
        } else if text.current == UInt8(ascii: "<"), EventXMLReader.startsEvent(bytes, text.rest) {
            var xml = self.xml ?? EventXMLReader(&event.names)
            if let time = xml.append(bytes, text.rest, &event) {
                payload = .sysmon
                event.time = time
            }
            self.xml = xml
        } else if bytes.has("CEF:", at: text.position, before: text.end) {
            event.time = nil
            if cef.append(bytes, text.rest, reference: referenceTime, &event) == nil {
                payload = .cef
            }
            event.time = event.time ?? header.time
        } else if bytes.has("LEEF:", at: text.position, before: text.end) {
            event.time = nil
            if leef.append(bytes, text.rest, &event) == nil { payload = .leef }
            event.time = event.time ?? header.time
        } else if header.program == nil, KeyValueReader.startsPair(bytes, text.rest) {
            if keyValue.append(bytes, text.rest, &event) >= 3 { payload = .keyValue }
        }
    }

    /// RFC 5424 §6.3, already checked to be closed.
    private mutating func appendStructuredData(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) {
        var text = TextScanner(bytes, range)
        while text.take(UInt8(ascii: "[")) {
            let start = text.position
            while !text.atEnd, text.current != Ascii.space, text.current != UInt8(ascii: "]") {
                text.advance()
            }
            let id = start..<text.position
            while !text.atEnd, text.current != UInt8(ascii: "]") {
                text.skipBlanks()
                guard let name = text.upTo(Ascii.equals), text.take(Ascii.quote) else { return }
                let valueStart = text.position
                while !text.atEnd, text.current != Ascii.quote {
                    text.advance(text.current == Ascii.backslash ? 2 : 1)
                }
                let value = valueStart..<text.position
                text.advance()
                fieldName.removeAll(keepingCapacity: true)
                for index in id { fieldName.append(bytes[index]) }
                fieldName.append(Ascii.dot)
                for index in name { fieldName.append(bytes[index]) }
                let field = event.names.intern(fieldName.span)
                event.append(field, bytes, unescaping: value, Self.unescape)
            }
            text.advance()
        }
    }

    /// `\"`, `\\`, `\]`; any other backslash stands for itself (RFC 5424 §6.3.3).
    private static func unescape(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        guard range.count > 1 else { return 0 }
        let next = bytes[range.lowerBound + 1]
        guard next == Ascii.quote || next == Ascii.backslash || next == UInt8(ascii: "]") else {
            return 0
        }
        event.put(next)
        return 2
    }
}
