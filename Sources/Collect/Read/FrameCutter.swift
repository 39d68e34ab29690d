internal import Engine

/// Cuts syslog messages with their length in front, one after another with nothing between them.
///
/// A frame becomes a line where it stands: its length becomes the line end of the message before,
/// and line breaks within a message become blanks, so that each byte keeps its offset.
///
/// - Blocks: whole frames; `firstLine` makes the first message of the source number 1.
/// - Bounds: a frame at most ``ReadLimits/recordBytesMax``. What is no frame is given up to the
///   next one, with its place and first bytes; a frame that the end cuts short is given out as it is.
/// - Source: RFC 6587 §3.4.1.
final class FrameCutter: Cutter {
    private var intake: Intake
    private let limits: ReadLimits
    private var tail: [UInt8] = []
    private var offset: UInt64
    private var frames: UInt64 = 0
    private var skipped: [Skipped] = []
    /// What was given up last goes on here.
    private var isLost = false

    static let noFrame = "no length in front of a syslog message"

    init(_ stream: any ByteStream, offset: UInt64, limits: ReadLimits) {
        intake = Intake(stream)
        self.offset = offset
        self.limits = limits
    }

    func takeUnparsed() -> [Skipped] {
        defer { skipped.removeAll() }
        return skipped
    }

    func next(into buffer: inout [UInt8]) throws(ReadFailure) -> Cut? {
        while true {
            buffer.resize(to: max(limits.blockBytes, tail.count))
            buffer.overwrite(at: 0, with: tail, 0..<tail.count)
            var filled = intake.fill(&buffer, from: tail.count)
            tail.removeAll(keepingCapacity: true)
            if filled == 0 {
                try intake.finish()
                return nil
            }
            if let frame = FramedSyslog.frame(buffer.span, at: 0, before: filled),
                frame.end <= limits.recordBytesMax
            {
                // The first frame decides how much must be there.
                if frame.end > buffer.count {
                    buffer.resize(to: frame.end)
                    filled = intake.fill(&buffer, from: filled)
                }
                return cut(&buffer, filled)
            }
            giveUp(buffer, filled)
        }
    }

    /// Makes lines of the frames at the buffer's front and keeps the rest.
    private func cut(_ buffer: inout [UInt8], _ filled: Int) -> Cut {
        isLost = false
        let cut = Cut(offset: offset, firstLine: frames)
        var at = 0
        while let frame = FramedSyslog.frame(buffer.span, at: at, before: filled) {
            if frame.end > filled, !intake.isOver || frame.end - at > limits.recordBytesMax {
                break
            }
            let end = min(frame.end, filled)
            for index in at..<frame.start - 1 { buffer[index] = 0x0d }
            buffer[frame.start - 1] = 0x0a
            Self.join(&buffer, frame.start..<end)
            frames += 1
            at = end
        }
        tail.append(contentsOf: buffer[at..<filled])
        buffer.resize(to: at)
        offset += UInt64(at)
        return cut
    }

    /// Line breaks in a message would end it.
    private static func join(_ buffer: inout [UInt8], _ message: Range<Int>) {
        var end = message.upperBound
        while end > message.lowerBound, buffer[end - 1] == 0x0a || buffer[end - 1] == 0x0d {
            end -= 1
            buffer[end] = 0x0d
        }
        var at = message.lowerBound
        while at < end, let found = buffer.first(0x0a, in: at..<end) {
            buffer[found] = 0x20
            at = found + 1
        }
    }

    /// Leaves out what is no frame, up to the next one or, where there is none, nearly all.
    private func giveUp(_ buffer: [UInt8], _ filled: Int) {
        var next = 1
        // A length begins with its first digit.
        while next < filled,
            (0x30...0x39).contains(buffer[next - 1])
                || FramedSyslog.frame(buffer.span, at: next, before: filled) == nil
        {
            next += 1
        }
        // A frame's head may lie across the end.
        if next == filled, !intake.isOver { next = max(1, filled - FramedSyslog.headBytesMax) }
        let isBlank = buffer[..<next].allSatisfy { $0 == 0x0a || $0 == 0x0d || $0 == 0x20 }
        if !isBlank, !isLost {
            isLost = true
            skipped.append(
                Skipped(
                    offset: offset, reason: Self.noFrame,
                    bytes: Array(buffer[..<min(next, Skipped.bytesMax)])))
        }
        offset += UInt64(next)
        tail.append(contentsOf: buffer[next..<filled])
    }
}
