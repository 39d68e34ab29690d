internal import Engine

/// Cuts an EVTX file into its chunks of 64 KiB; a chunk may also come alone, without its file.
///
/// - Blocks: one chunk each, at its offset in the file; the last may be short. `firstLine` is the
///   chunk's number, from 1. Chunks of zeros, which Windows sets aside and never wrote, are left out.
/// - Carving: a chunk is looked for at any offset, and what lies between chunks is passed on too, in
///   pieces of at most 64 KiB.
final class ChunkCutter: Cutter {
    static let chunkBytes = 64 << 10
    private static let headerBytes = 4096

    private var intake: Intake
    private let carves: Bool
    private var tail: [UInt8] = []
    private var offset: UInt64 = 0
    private var number: UInt64 = 0
    private var isStarted = false

    init(_ stream: any ByteStream, carves: Bool) {
        intake = Intake(stream)
        self.carves = carves
    }

    func takeUnparsed() -> [Skipped] { [] }

    func next(into buffer: inout [UInt8]) throws(ReadFailure) -> Cut? {
        while true {
            buffer.resize(to: Self.chunkBytes)
            buffer.overwrite(at: 0, with: tail, 0..<tail.count)
            let filled = intake.fill(&buffer, from: tail.count)
            tail.removeAll(keepingCapacity: true)
            if filled == 0 {
                try intake.finish()
                return nil
            }
            if !isStarted {
                isStarted = true
                if buffer.starts(with: "ElfFile\0", at: 0) {
                    let header = min(Self.headerSize(buffer), filled)
                    tail.append(contentsOf: buffer[header..<filled])
                    offset += UInt64(header)
                    continue
                }
            }
            let end = carves ? carvedEnd(buffer, filled) : filled
            tail.append(contentsOf: buffer[end..<filled])
            let start = offset
            offset += UInt64(end)
            number += 1
            if buffer.isZero(in: 0..<end) { continue }
            buffer.resize(to: end)
            return Cut(offset: start, firstLine: number)
        }
    }

    /// The file header states how long it is; 4096 in every file Windows has written.
    private static func headerSize(_ buffer: [UInt8]) -> Int {
        let stated = Int(ByteFields(Array(buffer.prefix(headerBytes))).u16(40) ?? 0)
        return stated >= 128 && stated % 128 == 0 ? stated : headerBytes
    }

    /// Where the chunk at the buffer's start, or what is no chunk there, ends.
    private func carvedEnd(_ buffer: [UInt8], _ filled: Int) -> Int {
        let isChunk = buffer.starts(with: "ElfChnk\0", at: 0)
        if let next = buffer.firstIndex(of: "ElfChnk\0", in: (isChunk ? 8 : 0)..<max(filled, 8)),
            next < filled
        {
            return next
        }
        // A signature may lie across the end; a whole chunk ends where the next one starts.
        return isChunk || intake.isOver ? filled : max(filled - 7, 1)
    }
}
