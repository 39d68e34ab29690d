/// Decodes IBM QRadar's Log Event Extended Format, one event a line, with or without a syslog
/// header.
///
/// - Input: lines that hold `LEEF:`, at most ``TextLines/lineBytesMax`` bytes each.
/// - Output: the fields of ``LEEFReader``; `host`, `facility`, `severity` where a syslog header
///   gives them, and its time where there is no `devTime`.
/// - Failures: ``Failure``; the line is passed over.
/// - Source: `docs/formats/leef.md`.
package struct LEEFDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case start = "no LEEF: in the line"
        case header = "LEEF header does not have its parts"
        case version = "LEEF version is neither 1 nor 2"
        case delimiter = "LEEF delimiter is not one character"
    }

    private var lines: TextLines
    private let referenceTime: Timestamp?
    private var reader = LEEFReader()
    private var prefix = RelayPrefix()

    package init(_ block: Block, referenceTime: Timestamp?) {
        lines = TextLines(block)
        self.referenceTime = referenceTime
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        guard let line = try lines.nextBounded(in: bytes) else { return false }
        guard let start = bytes.position(of: "LEEF:", in: line) else {
            throw Failure.start.at(line.lowerBound)
        }
        lines.begin(&event, bytes, line)
        let relayed = prefix.append(
            bytes, line.lowerBound..<start, reference: referenceTime, &event)
        if let failure = reader.append(bytes, start..<line.upperBound, &event) {
            throw failure.at(start)
        }
        if event.time == nil { event.time = relayed }
        return true
    }
}
