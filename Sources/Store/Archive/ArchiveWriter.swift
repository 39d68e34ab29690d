package import Engine
package import Tenancy

/// Appends to one tenant's archive. There is one of them for a folder, on one lane; every call waits for the disk.
///
/// A call that throws has kept none of its records, and leaves a writer that can be used again when the cause is gone.
package final class ArchiveWriter {
    package let tenant: TenantID
    package let folder: String
    /// What opening found and mended.
    package let recovery: ArchiveRecovery
    /// For readers in other lanes.
    package let durableEnd: DurableEnd

    let files: SegmentFolder
    private let key: TenantKey?
    private let limits: ArchiveLimits
    private let compressor: FrameCompressor
    private let lock: DiskFile
    private var chance: any RandomNumberGenerator
    private var keys: KeyWindow
    private var segment: OpenSegment?
    private var nextSequence: UInt64
    private var link: ChainHash

    /// - Parameters:
    ///   - folder: made where it is not there; its parent must be.
    ///   - key: seals what is written; must be the one that the archive was sealed with. Nil writes plain.
    ///   - chance: names segments and salts seals. Must be the system's generator outside of tests.
    /// - Throws: `locked` where another writer has the folder; `refused` for another key; `damaged` where the last
    ///   segment tells no sequence to go on from; what the disk says.
    package init(
        folder: String, tenant: TenantID, key: TenantKey?, limits: ArchiveLimits = ArchiveLimits(),
        now: Timestamp, chance: any RandomNumberGenerator
    ) throws(StoreFailure) {
        self.folder = folder
        self.tenant = tenant
        self.key = key
        self.limits = limits
        self.chance = chance
        compressor = try FrameCompressor(level: limits.level)
        try DiskFolder.make(folder)
        files = SegmentFolder(path: folder, tenant: tenant)
        lock = try DiskFile(files.path("lock"), .create)
        guard try lock.lock() else {
            throw StoreFailure(
                .locked,
                "Another writer has the archive of tenant \(tenant) in \(folder); stop it, or use "
                    + "another data folder.")
        }
        var opening = ArchiveOpening(files: files, key: key, limits: limits, now: now)
        try opening.run()
        keys = opening.keys
        segment = opening.segment
        nextSequence = opening.nextSequence
        link = opening.link
        recovery = opening.recovery
        durableEnd = DurableEnd(nextSequence - 1)
    }

    /// Where the chain ends now.
    package var head: ChainHead {
        ChainHead(tenant: tenant, sequence: nextSequence - 1, hash: segment?.chain ?? link)
    }

    /// Gives the records the next sequences, in order, and answers when they are durable.
    ///
    /// - Parameter now: by which the segment's age and that of keys are told.
    /// - Returns: for each record, what became of it.
    /// - Throws: `tooLarge` for a record or a call beyond ``ArchiveLimits``; what the disk says. Then none is kept.
    package func append(
        _ records: [PendingRecord], at now: Timestamp
    ) throws(StoreFailure) -> [AppendOutcome] {
        try check(records)
        let outcomes = decide(records, at: now)
        guard outcomes.contains(where: { $0 != .duplicate }) else { return outcomes }
        var segment = try readySegment(at: now)
        do throws(StoreFailure) {
            try write(records, outcomes, to: &segment)
        } catch {
            // What was written lies beyond the end that is kept, and is cut off now or before the next append.
            self.segment?.isTorn = true
            try? mend()
            throw error
        }
        self.segment = segment
        for (record, outcome) in zip(records, outcomes) {
            guard case .stored(let sequence) = outcome else { continue }
            nextSequence = sequence + 1
            if let key = record.key { keys.insert(key, received: record.received) }
        }
        durableEnd.advance(to: nextSequence - 1)
        return outcomes
    }

    /// Closes the segment; the next append begins another. Nothing where it has no record.
    package func seal() throws(StoreFailure) {
        try mend()
        guard let segment, segment.index.frameCount > 0 else { return }
        link = segment.chain
        self.segment = nil
        // Made anew by readers where it is missing, so a full disk does not stop the next segment.
        try? segment.index.save(segment.name, in: files)
    }

    /// Writes what speeds the next opening up, and gives the folder free. Use no writer after this.
    package func close() throws(StoreFailure) {
        defer { lock.unlock() }
        try mend()
        if let segment { try segment.index.save(segment.name, in: files) }
    }

    private func check(_ records: [PendingRecord]) throws(StoreFailure) {
        guard records.count <= ArchiveLimits.appendRecordsMax else {
            throw StoreFailure(
                .tooLarge,
                "\(records.count) records in one call; at most \(ArchiveLimits.appendRecordsMax).")
        }
        var total = 0
        for (index, record) in records.enumerated() {
            total += record.bytes.count + record.envelope.labels.count
            var kindCount = 1
            if case .control(let kind) = record.content { kindCount = kind.utf8.count }
            guard record.bytes.count <= ArchiveLimits.recordBytesMax,
                (record.envelope.host?.utf8.count ?? 0) <= ArchiveLimits.hostBytesMax,
                record.envelope.labels.count <= ArchiveLimits.labelBytesMax,
                (1...ArchiveLimits.controlBytesMax).contains(kindCount)
            else {
                throw StoreFailure(
                    .tooLarge,
                    "Record \(index) of the call is too large: at most "
                        + "\(ArchiveLimits.recordBytesMax) bytes, \(ArchiveLimits.hostBytesMax) of "
                        + "host, \(ArchiveLimits.labelBytesMax) of labels, "
                        + "1 to \(ArchiveLimits.controlBytesMax) of a control's name.")
            }
        }
        guard total <= ArchiveLimits.appendBytesMax else {
            throw StoreFailure(
                .tooLarge,
                "\(total) bytes in one call; at most \(ArchiveLimits.appendBytesMax).")
        }
    }

    private func decide(_ records: [PendingRecord], at now: Timestamp) -> [AppendOutcome] {
        var sequence = nextSequence
        var met: Set<RecordKey> = []
        return records.map { record in
            if let key = record.key, keys.contains(key, at: now) || !met.insert(key).inserted {
                return .duplicate
            }
            defer { sequence += 1 }
            return .stored(sequence)
        }
    }

    private func write(
        _ records: [PendingRecord], _ outcomes: [AppendOutcome], to segment: inout OpenSegment
    ) throws(StoreFailure) {
        var columns = FrameColumns()
        var first: UInt64 = 0
        for (record, outcome) in zip(records, outcomes) {
            guard case .stored(let sequence) = outcome else { continue }
            if !columns.hasRoom(for: record) {
                try segment.write(columns, from: first, compressor, salt: chance.next())
                columns = FrameColumns()
            }
            if columns.count == 0 { first = sequence }
            columns.add(record)
        }
        try segment.write(columns, from: first, compressor, salt: chance.next())
    }

    /// Cuts off what a failed write left.
    private func mend() throws(StoreFailure) {
        guard let segment, segment.isTorn else { return }
        try segment.file.truncate(to: segment.end)
        try segment.file.sync()
        self.segment?.isTorn = false
    }

    /// The segment to write to: the open one, or a new one where that is full or old.
    private func readySegment(at now: Timestamp) throws(StoreFailure) -> OpenSegment {
        try mend()
        if let segment, segment.index.frameCount > 0 {
            let (age, overflow) = now.nanoseconds.subtractingReportingOverflow(
                segment.header.created.nanoseconds)
            let isOld = !overflow && age >= limits.segmentAgeMax.nanoseconds
            if isOld || segment.end >= limits.segmentBytesMax { try seal() }
        }
        if let segment { return segment }
        var id: [UInt8] = []
        id.append(little: chance.next())
        id.append(little: chance.next())
        let header = SegmentHeader(
            tenant: tenant, id: id, firstSequence: nextSequence, created: now, keyID: key?.id,
            link: link)
        let segment = try OpenSegment.create(header, key: key, in: files)
        self.segment = segment
        return segment
    }
}

extension ArchiveWriter {
    /// The oldest segment that must not be removed; nil where all are closed.
    var openName: SegmentName? { segment?.name }

    /// Closes the open segment where even its latest record was received before `time`.
    func seal(olderThan time: Timestamp) throws(StoreFailure) {
        guard let latest = segment?.index.latestReceived, latest < time else { return }
        try seal()
    }

    /// Where the chain stands after the last closed segment.
    var closedLink: ChainHash { segment?.header.link ?? link }
    var closedEnd: UInt64 { segment.map { $0.header.firstSequence - 1 } ?? nextSequence - 1 }
}
