/// Decodes lines of `name=value` pairs, one event a line.
///
/// - Input: lines as ``KeyValueReader`` describes them, at most ``TextLines/lineBytesMax`` bytes; a
///   syslog priority or an ISO 8601 time may stand in front.
/// - Output: each pair under its own name. Time: the one in front, else ``WellKnownTime``.
/// - Failures: ``Failure``; the line is passed over.
/// - Source: `docs/formats/key-value.md`.
package struct KeyValueDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case noPair = "no name=value in the line"
    }

    private var lines: TextLines
    private var reader = KeyValueReader()
    private var wellKnown: WellKnownTime?

    package init(_ block: Block) { lines = TextLines(block) }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        guard let line = try lines.nextBounded(in: bytes) else { return false }
        lines.begin(&event, bytes, line)
        var text = TextScanner(bytes, line)
        if text.take(UInt8(ascii: "<")) {
            if text.number(1, 3) == nil || !text.take(UInt8(ascii: ">")) {
                text.position = line.lowerBound
            }
        }
        if let found = TimestampText.isoPrefix(bytes, in: text.rest) {
            event.time = found.time
            text.advance(found.count)
        }
        guard reader.append(bytes, text.rest, &event) > 0 else {
            throw Failure.noPair.at(line.lowerBound)
        }
        if event.time == nil {
            let names = wellKnown ?? WellKnownTime(&event.names)
            wellKnown = names
            event.time = names.time(of: event)
        }
        return true
    }
}
