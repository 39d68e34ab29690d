internal import Engine

/// Cuts the array of records of a JSON document into blocks of whole elements, whatever its size.
///
/// - Blocks: each element on a line of its own, so the format is then ``RecordFormat/json`` and a
///   line's number is the element's position (1-based, over all arrays of the source). Offsets hold:
///   a separator becomes a newline, a newline within an element a space, byte for byte.
/// - What stands around the array is left out. More documents may follow.
/// - Bounds: one block and one element, of ``ReadLimits/recordBytesMax`` at most. A longer one is
///   given up, and reading goes on at the next place that looks like the start of an element.
final class ArrayCutter: Cutter {
    private var intake: Intake
    private let limits: ReadLimits
    private var seeker: ArraySeeker
    private var elements = JSONElements()
    private var tail: [UInt8] = []
    private var offset: UInt64
    private var element: UInt64 = 1
    private var isInArray = false
    private var isSkipping = false
    private var skipped: [Skipped] = []

    init(_ stream: any ByteStream, under path: [String], offset: UInt64, limits: ReadLimits) {
        intake = Intake(stream)
        seeker = ArraySeeker(path)
        self.offset = offset
        self.limits = limits
    }

    func takeUnparsed() -> [Skipped] {
        defer { skipped.removeAll() }
        return skipped
    }

    func next(into buffer: inout [UInt8]) throws(ReadFailure) -> Cut? {
        while true {
            switch step(&buffer) {
            case .cut(let cut): return cut
            case .blank: continue
            case .end:
                try intake.finish()
                return nil
            }
        }
    }

    private enum Step {
        case cut(Cut)
        /// What was read held no element.
        case blank
        case end
    }

    private func step(_ buffer: inout [UInt8]) -> Step {
        buffer.resize(to: max(limits.blockBytes, tail.count))
        buffer.overwrite(at: 0, with: tail, 0..<tail.count)
        var filled = tail.count
        tail.removeAll(keepingCapacity: tail.count <= limits.blockBytes * 2)
        var end: Int?
        while true {
            filled = intake.fill(&buffer, from: filled)
            if filled == 0 { return .end }
            if !isInArray || isSkipping {
                let start = isSkipping ? resume(buffer, filled) : seek(buffer, filled)
                drop(&buffer, &filled, count: start ?? filled)
                continue
            }
            let found = elements.scan(&buffer, to: filled)
            end = found.end ?? end
            if let close = found.close {
                isInArray = false
                seeker.leaveArray()
                return cut(&buffer, at: close, filled: filled)
            }
            if intake.isOver { return cut(&buffer, at: filled, filled: filled) }
            if let end { return cut(&buffer, at: end, filled: filled) }
            if buffer.count < limits.recordBytesMax {
                buffer.resize(to: min(buffer.count * 2, limits.recordBytesMax))
            } else {
                giveUp(buffer, filled)
            }
        }
    }

    private func cut(_ buffer: inout [UInt8], at end: Int, filled: Int) -> Step {
        let start = offset
        tail.append(contentsOf: buffer[end..<filled])
        elements.drop(min(end, elements.scanned))
        offset += UInt64(end)
        guard buffer[..<end].contains(where: { $0 > 0x20 }) else { return .blank }
        buffer.resize(to: end)
        let cut = Cut(offset: start, firstLine: element)
        element += UInt64(buffer.count(of: 0x0a, in: 0..<end))
        return .cut(cut)
    }

    private func drop(_ buffer: inout [UInt8], _ filled: inout Int, count: Int) {
        buffer.removeSubrange(0..<count)
        filled -= count
        offset += UInt64(count)
        buffer.resize(to: max(limits.blockBytes, filled))
    }

    private func seek(_ buffer: [UInt8], _ filled: Int) -> Int? {
        guard let start = seeker.seek(buffer, to: filled) else { return nil }
        isInArray = true
        elements.restart()
        return start
    }

    private func giveUp(_ buffer: [UInt8], _ filled: Int) {
        skipped.append(
            Skipped(
                offset: offset, reason: "record longer than \(limits.recordBytesMax) bytes",
                bytes: Array(buffer[..<min(filled, Skipped.bytesMax)])))
        isSkipping = true
        element += 1
    }

    /// Where an element seems to start after one that never ended: `}`, `,` and `{` in a row, with
    /// nothing but white space between them. Separators read before may already be newlines.
    private func resume(_ buffer: [UInt8], _ filled: Int) -> Int? {
        var at = 0
        while let brace = buffer.first(UInt8(ascii: "}"), in: at..<filled) {
            var index = brace + 1
            var hasComma = false
            while index < filled, buffer[index] <= 0x20 || buffer[index] == UInt8(ascii: ",") {
                if buffer[index] == UInt8(ascii: ",") { hasComma = true }
                index += 1
            }
            if hasComma, index < filled, buffer[index] == UInt8(ascii: "{") {
                isSkipping = false
                elements.restart()
                return index
            }
            at = brace + 1
        }
        return nil
    }
}
