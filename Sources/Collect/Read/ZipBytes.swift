/// The bytes of a zip file, readable anywhere: a plain file, or one held in memory.
enum ZipBytes {
    case file(OpenFile)
    case memory([UInt8])

    var count: UInt64 {
        switch self {
        case .file(let file): file.status.size
        case .memory(let bytes): UInt64(bytes.count)
        }
    }

    /// Fewer bytes than asked for only at the end.
    func read(at offset: UInt64, count: Int) throws(ReadFailure) -> [UInt8] {
        switch self {
        case .file(let file): return try file.read(at: offset, count: count)
        case .memory(let bytes):
            guard offset < UInt64(bytes.count) else { return [] }
            let start = Int(offset)
            return Array(bytes[start..<start + min(count, bytes.count - start)])
        }
    }

    func read(
        at offset: UInt64, into buffer: inout [UInt8], from start: Int, count: Int
    ) throws(ReadFailure) -> Int {
        switch self {
        case .file(let file):
            return try file.read(at: offset, into: &buffer, from: start, count: count)
        case .memory(let bytes):
            guard offset < UInt64(bytes.count) else { return 0 }
            let from = Int(offset)
            let taken = min(count, bytes.count - from)
            buffer.overwrite(at: start, with: bytes, from..<from + taken)
            return taken
        }
    }
}

/// A stretch of a zip file: one member's bytes as they are stored.
final class ZipRangeStream: ByteStream {
    private let bytes: ZipBytes
    private let tally: Tally
    private var offset: UInt64
    private var left: UInt64
    private let isContent: Bool
    private var total: UInt64 = 0

    /// - Parameter isContent: nothing decompresses these bytes, so they count as what came out; else
    ///   members that lie over one another could multiply a small file unseen.
    init(_ bytes: ZipBytes, offset: UInt64, count: UInt64, isContent: Bool, tally: Tally) {
        self.bytes = bytes
        self.offset = offset
        self.isContent = isContent
        self.tally = tally
        left = count
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        let wanted = Int(min(UInt64(buffer.count - start), left))
        guard wanted > 0 else { return 0 }
        let count = try bytes.read(at: offset, into: &buffer, from: start, count: wanted)
        if count == 0 { throw .truncated("the archive", at: offset) }
        offset += UInt64(count)
        left -= UInt64(count)
        if case .file = bytes { tally.consumed += UInt64(count) }
        if isContent {
            total += UInt64(count)
            try tally.expand(by: count, streamTotal: total)
        }
        return count
    }
}

/// A member's content, checked against the size and CRC-32 that its archive states.
final class CheckedStream: ByteStream {
    private let source: any ByteStream
    private let size: UInt64
    private let crc: UInt32
    private var checksum = Checksum()
    private var total: UInt64 = 0

    init(_ source: any ByteStream, size: UInt64, crc: UInt32) {
        self.source = source
        self.size = size
        self.crc = crc
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        let count = try source.read(into: &buffer, from: start)
        if count > 0 {
            checksum.add(buffer, start..<start + count)
            total += UInt64(count)
            guard total <= size else {
                throw ReadFailure(
                    .damaged, "holds more than the \(size) bytes its archive states; fetch it again"
                )
            }
            return count
        }
        guard total == size, checksum.value == crc else {
            throw ReadFailure(
                .damaged,
                "its checksum or size is not what the archive states; what was read may be wrong, "
                    + "fetch it again")
        }
        return 0
    }
}
