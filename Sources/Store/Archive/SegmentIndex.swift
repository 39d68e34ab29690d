internal import Engine

/// Where frames stand in one segment, sparsely: the file `.kidx` beside it.
///
/// Never the truth: it is made anew from the frames' headers wherever it is missing, old or damaged.
struct SegmentIndex: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var offset: UInt64
        var firstSequence: UInt64
        /// Of the frames from this entry up to the next.
        var earliestReceived: Timestamp
        var latestReceived: Timestamp
    }

    static let magic: [UInt8] = [0x89, 0x4B, 0x49, 0x44, 0x58, 0x0D, 0x0A, 0x1A]
    private static let version: UInt32 = 1
    private static let entryByteCount = 32
    private static let fixedByteCount = 8 + 4 + 4 + SegmentHeader.byteCount + 4 * 8 + 4
    /// One entry for so many bytes of a segment, or for one frame that is longer.
    static let stride: UInt64 = 64 << 10

    let header: SegmentHeader
    /// Length of the segment that the index tells of.
    private(set) var segmentByteCount: UInt64
    private(set) var frameCount: UInt64 = 0
    /// Records with a key.
    private(set) var keyedCount: UInt64 = 0
    /// 0 where there is no frame.
    private(set) var lastSequence: UInt64 = 0
    private(set) var entries: [Entry] = []

    init(header: SegmentHeader) {
        self.header = header
        segmentByteCount = UInt64(SegmentHeader.byteCount)
    }

    mutating func add(_ frame: FrameHeader, at offset: UInt64) {
        segmentByteCount = offset + UInt64(FrameHeader.byteCount + frame.storedByteCount)
        frameCount += 1
        keyedCount += UInt64(frame.keyedCount)
        lastSequence = max(lastSequence, frame.lastSequence)
        if let last = entries.last,
            offset - last.offset < Self.stride || entries.count >= ArchiveLimits.indexEntriesMax
        {
            let at = entries.count - 1
            entries[at].earliestReceived = min(last.earliestReceived, frame.earliestReceived)
            entries[at].latestReceived = max(last.latestReceived, frame.latestReceived)
        } else {
            entries.append(
                Entry(
                    offset: offset, firstSequence: frame.firstSequence,
                    earliestReceived: frame.earliestReceived, latestReceived: frame.latestReceived))
        }
    }

    var latestReceived: Timestamp? { entries.map(\.latestReceived).max() }

    /// Where to begin to find a sequence.
    func offset(before sequence: UInt64) -> UInt64 {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? UInt64(SegmentHeader.byteCount) : entries[low - 1].offset
    }

    /// Where to begin to find the first record received at `time` or later; nil where the segment has none.
    func offset(receivedSince time: Timestamp) -> UInt64? {
        entries.first { $0.latestReceived >= time }?.offset
    }

    // MARK: the file

    func save(_ name: SegmentName, in folder: SegmentFolder) throws(StoreFailure) {
        let path = folder.path(name.index)
        let file = try DiskFile(path, .create)
        let bytes = encoded
        try file.write(bytes, at: 0)
        try file.truncate(to: UInt64(bytes.count))
    }

    /// Nil where there is none that holds.
    static func load(_ name: SegmentName, in folder: SegmentFolder) -> SegmentIndex? {
        let bytesMax = fixedByteCount + entryByteCount * ArchiveLimits.indexEntriesMax
        do {
            let bytes = try DiskFile.contents(folder.path(name.index), bytesMax: bytesMax)
            return SegmentIndex(bytes)
        } catch {
            return nil
        }
    }

    /// From the file where it tells of this segment as it is now, else made from the frames' headers.
    static func current(
        _ name: SegmentName, header: SegmentHeader, file: DiskFile, in folder: SegmentFolder
    ) throws(StoreFailure) -> SegmentIndex {
        let size = try file.size()
        if let index = load(name, in: folder), index.header == header,
            index.segmentByteCount == size
        {
            return index
        }
        var index = SegmentIndex(header: header)
        var walk = SegmentWalk(file: file, header: header)
        while let step = try walk.next(from: .max) {
            if case .frame(let frame, let offset, _) = step { index.add(frame, at: offset) }
        }
        return index
    }

    private var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.append(little: Self.version)
        bytes.append(little: UInt32(entries.count))
        bytes += header.encoded
        bytes.append(little: segmentByteCount)
        bytes.append(little: frameCount)
        bytes.append(little: lastSequence)
        bytes.append(little: keyedCount)
        for entry in entries {
            bytes.append(little: entry.offset)
            bytes.append(little: entry.firstSequence)
            bytes.append(little: entry.earliestReceived.nanoseconds)
            bytes.append(little: entry.latestReceived.nanoseconds)
        }
        bytes.append(little: CRC32C.of(bytes))
        return bytes
    }

    private init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.fixedByteCount, Array(bytes[0..<8]) == Self.magic,
            bytes.little(UInt32.self, at: 8) == Self.version
        else { return nil }
        let count = Int(bytes.little(UInt32.self, at: 12))
        let headerEnd = 16 + SegmentHeader.byteCount
        guard bytes.count == Self.fixedByteCount + count * Self.entryByteCount,
            bytes.little(UInt32.self, at: bytes.count - 4) == CRC32C.of(bytes.dropLast(4))
        else { return nil }
        do throws(FrameDamage) {
            header = try SegmentHeader(Array(bytes[16..<headerEnd]))
        } catch {
            return nil
        }
        segmentByteCount = bytes.little(UInt64.self, at: headerEnd)
        frameCount = bytes.little(UInt64.self, at: headerEnd + 8)
        lastSequence = bytes.little(UInt64.self, at: headerEnd + 16)
        keyedCount = bytes.little(UInt64.self, at: headerEnd + 24)
        for index in 0..<count {
            let at = headerEnd + 32 + index * Self.entryByteCount
            entries.append(
                Entry(
                    offset: bytes.little(UInt64.self, at: at),
                    firstSequence: bytes.little(UInt64.self, at: at + 8),
                    earliestReceived: Timestamp(
                        nanoseconds: bytes.little(Int64.self, at: at + 16)),
                    latestReceived: Timestamp(nanoseconds: bytes.little(Int64.self, at: at + 24))))
        }
    }
}
