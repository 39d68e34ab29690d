internal import Engine
internal import Tenancy

/// Goes through one segment frame by frame, and past what is damaged.
struct SegmentWalk {
    enum Step {
        /// A frame whose stored bytes are those that were written. Empty where the caller did not ask for them.
        case frame(FrameHeader, at: UInt64, stored: [UInt8])
        /// Bytes in which there is no readable frame.
        case damage(FrameDamage, at: UInt64, byteCount: UInt64)
    }

    /// How far ahead one search for the next frame reads at a time.
    private static let searchBytes = 1 << 20

    let file: DiskFile
    let header: SegmentHeader
    private(set) var offset: UInt64
    private let mark: [UInt8]

    init(file: DiskFile, header: SegmentHeader, at offset: UInt64 = UInt64(SegmentHeader.byteCount))
    {
        self.file = file
        self.header = header
        self.offset = offset
        mark = header.mark
    }

    /// Nil at the end of the file.
    ///
    /// - Parameter wanted: of frames that end before this sequence the header alone is read.
    mutating func next(from wanted: UInt64 = 0) throws(StoreFailure) -> Step? {
        let size = try file.size()
        guard offset < size else { return nil }
        let start = offset
        guard let frame = try header(at: start, size: size) else {
            let next = try search(from: start + 1, size: size) ?? size
            offset = next
            let isCut = next == size && size - start < UInt64(FrameHeader.byteCount)
            return .damage(isCut ? .cut : .header, at: start, byteCount: next - start)
        }
        let body = start + UInt64(FrameHeader.byteCount)
        guard UInt64(frame.storedByteCount) <= size - body else {
            let next = try search(from: start + 1, size: size) ?? size
            offset = next
            return .damage(.cut, at: start, byteCount: next - start)
        }
        let end = body + UInt64(frame.storedByteCount)
        offset = end
        if frame.lastSequence < wanted { return .frame(frame, at: start, stored: []) }
        let stored = try file.read(at: body, count: frame.storedByteCount)
        guard stored.count == frame.storedByteCount, CRC32C.of(stored) == frame.checksum else {
            return .damage(.checksum, at: start, byteCount: end - start)
        }
        return .frame(frame, at: start, stored: stored)
    }

    private func header(at offset: UInt64, size: UInt64) throws(StoreFailure) -> FrameHeader? {
        guard size - offset >= UInt64(FrameHeader.byteCount) else { return nil }
        let bytes = try file.read(at: offset, count: FrameHeader.byteCount)
        guard bytes.count == FrameHeader.byteCount else { return nil }
        return FrameHeader(bytes, at: 0, mark: mark)
    }

    /// Where the next header stands that holds.
    private func search(from start: UInt64, size: UInt64) throws(StoreFailure) -> UInt64? {
        var base = start
        let length = FrameHeader.byteCount
        while size > base, size - base >= UInt64(length) {
            let bytes = try file.read(at: base, count: Self.searchBytes + length - 1)
            guard bytes.count >= length else { return nil }
            for at in 0...(bytes.count - length) where bytes[at] == FrameHeader.magic[0] {
                if FrameHeader(bytes, at: at, mark: mark) != nil { return base + UInt64(at) }
            }
            base += UInt64(bytes.count - length + 1)
        }
        return nil
    }
}

/// The segments of one archive's folder.
struct SegmentFolder: Sendable {
    let path: String
    let tenant: TenantID

    /// Oldest first.
    func segments() throws(StoreFailure) -> [SegmentName] {
        try DiskFolder.names(in: path).compactMap { SegmentName($0) }.sorted()
    }

    func path(_ file: String) -> String { path + "/" + file }

    /// The header, from the file itself or, where that is damaged, from the copy in the index.
    ///
    /// - Returns: nil where neither holds, or they belong to another tenant or place.
    func header(
        of name: SegmentName, in file: DiskFile
    ) throws(StoreFailure) -> SegmentHeader? {
        let bytes = try file.read(at: 0, count: SegmentHeader.byteCount)
        var header: SegmentHeader?
        do throws(FrameDamage) { header = try SegmentHeader(bytes) } catch { header = nil }
        if header == nil { header = SegmentIndex.load(name, in: self)?.header }
        guard let header, header.tenant == tenant, header.firstSequence == name.firstSequence
        else { return nil }
        return header
    }

    /// - Throws: `refused` where the segment is sealed under a key that is not the one given.
    func checkKey(_ key: TenantKey?, for header: SegmentHeader) throws(StoreFailure) {
        guard let wanted = header.keyID, key?.id != wanted else { return }
        let given = key.map { "the key given is \($0.id)" } ?? "no key was given"
        throw StoreFailure(
            .refused,
            "The archive of tenant \(tenant) is sealed under the key \(wanted); \(given). "
                + "Give the tenant's key; without it the records cannot be read.")
    }
}

/// Turns a frame's stored bytes into records and back.
struct FrameReading {
    private let decompressor: FrameDecompressor
    private var seal: FrameSeal?
    private var isSealed = false

    init() throws(StoreFailure) { decompressor = try FrameDecompressor() }

    /// To be called for each segment, before its frames.
    mutating func enter(_ header: SegmentHeader, key: TenantKey?) {
        isSealed = header.keyID != nil
        seal = header.keyID == key?.id ? FrameSeal(header: header, key: key) : nil
    }

    func records(
        _ header: FrameHeader, stored: [UInt8]
    ) throws(FrameDamage) -> [ArchivedRecord] {
        let packed = try opened(stored, header)
        let plain = try decompressor.decompress(packed, count: header.plainByteCount)
        return try FrameColumns.records(in: plain, of: header)
    }

    /// Reads no more of the frame than its columns.
    func keys(
        _ header: FrameHeader, stored: [UInt8]
    ) throws(FrameDamage) -> [(key: RecordKey, received: Timestamp)] {
        let packed = try opened(stored, header)
        let head = try decompressor.prefix(min(10, header.plainByteCount), of: packed)
        let end = try FrameColumns.columnsEnd(head)
        guard end <= header.plainByteCount else { throw .records }
        let plain = try decompressor.prefix(end, of: packed)
        return try FrameColumns.keys(in: plain, of: header)
    }

    private func opened(_ stored: [UInt8], _ header: FrameHeader) throws(FrameDamage) -> [UInt8] {
        guard isSealed else { return stored }
        guard let seal else { throw .seal }
        return try seal.open(stored, in: header)
    }
}

extension SegmentFolder {
    /// The caller syncs the folder.
    func remove(_ name: SegmentName) throws(StoreFailure) {
        try DiskFolder.remove(path(name.segment))
        try DiskFolder.remove(path(name.index))
    }
}
