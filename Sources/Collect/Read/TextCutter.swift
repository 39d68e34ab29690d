internal import Engine

/// Cuts text where a record ends: at a line's end for most formats, see ``RecordBoundary``.
///
/// - Bounds: one block's buffer and what is left after its cut; each at most
///   ``ReadLimits/recordBytesMax``. A longer line, or a longer record on one line, is given up with
///   its place and first bytes, and reading goes on after the next newline. A longer record of many
///   lines is cut at a line's end, and its decoder says what is wrong with the parts.
final class TextCutter: Cutter {
    private var intake: Intake
    private let boundary: RecordBoundary
    private let limits: ReadLimits
    private var tail: [UInt8] = []
    private var tailCount = 0
    private var offset: UInt64
    private var line: UInt64
    private var header: HeaderLines
    private var skipped: [Skipped] = []
    private var isSkipping = false

    /// - Parameters:
    ///   - offset: where the stream's first byte lies in its source.
    ///   - line: the number of its first line.
    init(
        _ stream: any ByteStream, format: RecordFormat, offset: UInt64, line: UInt64,
        limits: ReadLimits
    ) {
        intake = Intake(stream)
        boundary = RecordBoundary(format)
        header = HeaderLines(format)
        self.offset = offset
        self.line = line
        self.limits = limits
    }

    func takeUnparsed() -> [Skipped] {
        defer { skipped.removeAll() }
        return skipped
    }

    func next(into buffer: inout [UInt8]) throws(ReadFailure) -> Cut? {
        while true {
            buffer.resize(to: max(limits.blockBytes, tailCount))
            buffer.overwrite(at: 0, with: tail, 0..<tailCount)
            var filled = tailCount
            tailCount = 0
            while true {
                filled = intake.fill(&buffer, from: filled)
                if isSkipping {
                    filled = endSkipping(&buffer, filled)
                    if isSkipping || filled < buffer.count, !intake.isOver { continue }
                }
                if filled == 0 {
                    try intake.finish()
                    return nil
                }
                if intake.isOver { return cut(&buffer, at: filled, filled: filled) }
                if let end = boundary.last(in: buffer, filled: filled) {
                    return cut(&buffer, at: end, filled: filled)
                }
                guard buffer.count < limits.recordBytesMax else { break }
                buffer.resize(to: min(buffer.count * 2, limits.recordBytesMax))
            }
            // No record of this size is read whole; a line's end is the next best place.
            if let newline = buffer.last(0x0a, in: 0..<filled) {
                return cut(&buffer, at: newline + 1, filled: filled)
            }
            giveUp(buffer, filled)
        }
    }

    private func cut(_ buffer: inout [UInt8], at end: Int, filled: Int) -> Cut {
        keepTail(buffer, end..<filled)
        buffer.resize(to: end)
        let cut = Cut(offset: offset, firstLine: line, preamble: header.preamble)
        header.read(buffer)
        offset += UInt64(end)
        line += UInt64(buffer.count(of: 0x0a, in: 0..<end))
        return cut
    }

    private func keepTail(_ buffer: [UInt8], _ range: Range<Int>) {
        tailCount = range.count
        if tail.count < tailCount || tail.count > limits.blockBytes * 2 {
            tail.resize(to: tailCount)
        }
        tail.overwrite(at: 0, with: buffer, range)
    }

    private func giveUp(_ buffer: [UInt8], _ filled: Int) {
        skipped.append(
            Skipped(
                offset: offset, reason: "line longer than \(limits.recordBytesMax) bytes",
                bytes: Array(buffer[..<min(filled, Skipped.bytesMax)])))
        offset += UInt64(filled)
        isSkipping = true
    }

    /// Drops bytes up to and with the next newline.
    ///
    /// - Returns: how many bytes are left, at the buffer's front.
    private func endSkipping(_ buffer: inout [UInt8], _ filled: Int) -> Int {
        guard let newline = buffer.first(0x0a, in: 0..<filled) else {
            offset += UInt64(filled)
            return 0
        }
        isSkipping = false
        offset += UInt64(newline + 1)
        line += 1
        let rest = filled - newline - 1
        buffer.removeSubrange(0...newline)
        buffer.resize(to: max(limits.blockBytes, rest))
        return rest
    }
}
