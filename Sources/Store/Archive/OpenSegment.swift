internal import Engine

/// The segment that a writer appends to.
struct OpenSegment {
    let name: SegmentName
    let header: SegmentHeader
    let file: DiskFile
    let seal: FrameSeal?
    private(set) var index: SegmentIndex
    private(set) var chain: ChainHash
    private(set) var nextNumber: UInt32
    /// Where the last whole frame ends.
    private(set) var end: UInt64
    /// Something may lie beyond ``end``.
    var isTorn = false

    init(
        name: SegmentName, file: DiskFile, key: TenantKey?, index: SegmentIndex, last: FrameHeader?
    ) {
        self.name = name
        self.file = file
        self.index = index
        header = index.header
        seal = FrameSeal(header: header, key: key)
        chain = last?.chain ?? header.digest
        nextNumber = last.map { $0.number + 1 } ?? 0
        end = index.segmentByteCount
    }

    /// Makes the file. Under its own name it has its whole header, or it is not there.
    static func create(
        _ header: SegmentHeader, key: TenantKey?, in folder: SegmentFolder
    ) throws(StoreFailure) -> OpenSegment {
        let name = SegmentName(firstSequence: header.firstSequence)
        let unfinished = folder.path(name.unfinished)
        let index = SegmentIndex(header: header)
        try DiskFolder.remove(unfinished)
        do throws(StoreFailure) {
            let file = try DiskFile(unfinished, .createNew)
            try file.write(header.encoded, at: 0)
            try file.sync()
            // It holds a copy of the header.
            try index.save(name, in: folder)
            try DiskFolder.rename(unfinished, to: folder.path(name.segment))
            try DiskFolder.sync(folder.path)
            return OpenSegment(name: name, file: file, key: key, index: index, last: nil)
        } catch {
            try? DiskFolder.remove(unfinished)
            throw error
        }
    }

    /// Writes one frame at the end; it is durable when this returns, unless the caller syncs the file later.
    mutating func write(
        _ columns: FrameColumns, from sequence: UInt64, _ compressor: FrameCompressor,
        salt: UInt64, isDurable: Bool = true
    ) throws(StoreFailure) {
        guard let received = columns.received else { preconditionFailure("a frame has a record") }
        let plain = columns.encoded
        var stored = try compressor.compress(plain)
        let tagCount = seal == nil ? 0 : FrameSeal.tagByteCount
        var frame = FrameHeader(
            mark: header.mark, number: nextNumber, firstSequence: sequence,
            recordCount: columns.count, keyedCount: columns.keyedCount,
            earliestReceived: received.lowerBound, latestReceived: received.upperBound,
            eventTimes: columns.eventTimes, storedByteCount: stored.count + tagCount,
            plainByteCount: plain.count, salt: salt)
        if let seal { stored = try seal.close(stored, in: frame) }
        precondition(stored.count == frame.storedByteCount, "a frame is as long as it says")
        frame.checksum = CRC32C.of(stored)
        frame.chain = frame.chain(after: chain, stored: stored)
        try file.write(frame.encoded + stored, at: end)
        if isDurable { try file.sync() }
        index.add(frame, at: end)
        end = index.segmentByteCount
        chain = frame.chain
        nextNumber += 1
    }
}
