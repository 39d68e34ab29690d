/// Decodes ArcSight Common Event Format, one event a line, with or without a syslog header.
///
/// - Input: lines that hold `CEF:`, at most ``TextLines/lineBytesMax`` bytes each.
/// - Output: the fields of ``CEFReader``; `host`, `facility`, `severity` where a syslog header gives
///   them, and its time where the extension has none.
/// - Failures: ``Failure``; the line is passed over.
/// - Source: `docs/formats/cef.md`.
package struct CEFDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case start = "no CEF: in the line"
        case header = "CEF header does not have its seven parts"
    }

    private var lines: TextLines
    private let referenceTime: Timestamp?
    private var reader = CEFReader()
    private var prefix = RelayPrefix()

    package init(_ block: Block, referenceTime: Timestamp?) {
        lines = TextLines(block)
        self.referenceTime = referenceTime
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        guard let line = try lines.nextBounded(in: bytes) else { return false }
        guard let start = bytes.position(of: "CEF:", in: line) else {
            throw Failure.start.at(line.lowerBound)
        }
        lines.begin(&event, bytes, line)
        let relayed = prefix.append(
            bytes, line.lowerBound..<start, reference: referenceTime, &event)
        if let failure = reader.append(
            bytes, start..<line.upperBound, reference: referenceTime, &event)
        {
            throw failure.at(start)
        }
        if event.time == nil { event.time = relayed }
        return true
    }
}
