package import Engine
package import Tenancy

/// What became of one closed segment.
package struct CompactionOutcome: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        case written(bytesBefore: UInt64, bytesAfter: UInt64)
        /// It stays as it is: something in it cannot be read.
        case damaged(FrameDamage)
        /// It stays as it is: it would not become smaller.
        case noGain
    }

    package let segment: String
    package let result: Result
}

/// Writes closed segments anew in larger frames at a higher level of compression, with the same records and sequences.
///
/// The new segment tells where the chain of the old one ended, so the chain goes on through it. It takes the old one's
/// name only when every record was read back from it and compared.
package struct SegmentCompaction {
    /// Held by whoever changes closed segments.
    static let lockName = "closed.lock"
    /// What one frame holds before compression.
    package static let frameBytes = 2 << 20
    package static let level: Int32 = 9

    private let files: SegmentFolder
    private let key: TenantKey?
    private let compressor: FrameCompressor
    private var chance: any RandomNumberGenerator

    /// - Parameters:
    ///   - segmentsMax: how many it looks at, oldest first, of those that were not compacted yet.
    ///   - passed: names of segments that are not looked at: an earlier call could do nothing for them.
    /// - Returns: what was done; nothing where someone else has the closed segments.
    package static func compact(
        folder: String, tenant: TenantID, key: TenantKey?, segmentsMax: Int,
        passing passed: Set<String> = [], now: Timestamp, chance: any RandomNumberGenerator
    ) throws(StoreFailure) -> [CompactionOutcome] {
        let files = SegmentFolder(path: folder, tenant: tenant)
        let lock = try DiskFile(files.path(lockName), .create)
        guard try lock.lock() else { return [] }
        var compaction = SegmentCompaction(
            files: files, key: key, compressor: try FrameCompressor(level: level), chance: chance)
        for name in try DiskFolder.names(in: folder) where name.hasSuffix(".compact") {
            try DiskFolder.remove(files.path(name))
        }
        var outcomes: [CompactionOutcome] = []
        // The last segment is the writer's.
        for name in try files.segments().dropLast() where outcomes.count < segmentsMax {
            guard !passed.contains(name.segment) else { continue }
            if let outcome = try compaction.compact(name, now: now) { outcomes.append(outcome) }
        }
        return outcomes
    }

    /// Nil where it is compacted already.
    private mutating func compact(
        _ name: SegmentName, now: Timestamp
    ) throws(StoreFailure) -> CompactionOutcome? {
        let file = try DiskFile(files.path(name.segment), .read)
        let bytes = try file.read(at: 0, count: SegmentHeader.byteCount)
        let header: SegmentHeader
        do throws(FrameDamage) {
            header = try SegmentHeader(bytes)
        } catch {
            return CompactionOutcome(segment: name.segment, result: .damaged(error))
        }
        guard header.replaced == nil else { return nil }
        try files.checkKey(key, for: header)
        let unfinished = files.path(name.segment + ".compact")
        defer { try? DiskFolder.remove(unfinished) }
        do throws(CompactionStop) {
            let (new, index) = try write(header, file, to: unfinished)
            let sizes = try checked { () throws(StoreFailure) in (try file.size(), try new.size()) }
            guard sizes.1 < sizes.0 else {
                return CompactionOutcome(segment: name.segment, result: .noGain)
            }
            try compare(header, file, index.header, new)
            try checked { () throws(StoreFailure) in
                try DiskFolder.rename(unfinished, to: files.path(name.segment))
                try index.save(name, in: files)
                try DiskFolder.sync(files.path)
            }
            return CompactionOutcome(
                segment: name.segment,
                result: .written(bytesBefore: sizes.0, bytesAfter: sizes.1))
        } catch {
            switch error {
            case .damage(let damage):
                return CompactionOutcome(segment: name.segment, result: .damaged(damage))
            case .failure(let failure): throw failure
            }
        }
    }

    private enum CompactionStop: Error {
        case damage(FrameDamage)
        case failure(StoreFailure)
    }

    private func checked<Result>(
        _ body: () throws(StoreFailure) -> Result
    ) throws(CompactionStop) -> Result {
        do throws(StoreFailure) { return try body() } catch { throw .failure(error) }
    }

    /// The records of a segment frame by frame; stops at the first damage.
    private func read(
        _ header: SegmentHeader, _ file: DiskFile,
        _ body: (FrameHeader, [ArchivedRecord]) throws(CompactionStop) -> Void
    ) throws(CompactionStop) -> FrameHeader? {
        var walk = SegmentWalk(file: file, header: header)
        var reading = try checked { () throws(StoreFailure) in try FrameReading() }
        reading.enter(header, key: key)
        var last: FrameHeader?
        var chain = header.digest
        while true {
            let step: SegmentWalk.Step?
            do throws(StoreFailure) { step = try walk.next() } catch { throw .failure(error) }
            guard let step else { return last }
            guard case .frame(let frame, _, let stored) = step else {
                throw .damage(.header)
            }
            let expected = last.map { $0.lastSequence + 1 } ?? header.firstSequence
            guard frame.firstSequence == expected else { throw .damage(.order) }
            guard frame.chain(after: chain, stored: stored) == frame.chain else {
                throw .damage(.chain)
            }
            chain = frame.chain
            last = frame
            let records: [ArchivedRecord]
            do throws(FrameDamage) {
                records = try reading.records(frame, stored: stored)
            } catch { throw .damage(error) }
            try body(frame, records)
        }
    }

    private mutating func write(
        _ old: SegmentHeader, _ file: DiskFile, to path: String
    ) throws(CompactionStop) -> (DiskFile, SegmentIndex) {
        // The end of the old chain stands in the new header, so it is read first.
        guard let last = try read(old, file, { _, _ in }) else { throw .damage(.cut) }
        var header = old
        header.id = []
        header.id.append(little: chance.next())
        header.id.append(little: chance.next())
        header.keyID = key?.id
        header.replaced = SegmentHeader.Replaced(
            chain: last.chain, lastSequence: last.lastSequence)
        let name = SegmentName(firstSequence: header.firstSequence)
        let new = try checked { () throws(StoreFailure) in
            try DiskFolder.remove(path)
            let new = try DiskFile(path, .createNew)
            try new.write(header.encoded, at: 0)
            return new
        }
        var segment = OpenSegment(
            name: name, file: new, key: key, index: SegmentIndex(header: header), last: nil)
        var columns = FrameColumns()
        var first = header.firstSequence
        var plainCount = 0
        var salts = chance
        let compressor = self.compressor
        func flush() throws(CompactionStop) {
            guard columns.count > 0 else { return }
            let salt = salts.next()
            do throws(StoreFailure) {
                try segment.write(columns, from: first, compressor, salt: salt, isDurable: false)
            } catch { throw .failure(error) }
            first += UInt64(columns.count)
            columns = FrameColumns()
            plainCount = 0
        }
        _ = try read(old, file) { (_, records) throws(CompactionStop) in
            for record in records {
                let pending = PendingRecord(record)
                if !columns.hasRoom(for: pending)
                    || plainCount + record.bytes.count > Self.frameBytes
                {
                    try flush()
                }
                columns.add(pending)
                plainCount += record.bytes.count
            }
        }
        try flush()
        chance = salts
        try checked { () throws(StoreFailure) in try new.sync() }
        return (new, segment.index)
    }

    /// Reads both and compares every record.
    private func compare(
        _ oldHeader: SegmentHeader, _ old: DiskFile, _ newHeader: SegmentHeader, _ new: DiskFile
    ) throws(CompactionStop) {
        var before = RecordDigest()
        _ = try read(oldHeader, old) { _, records in for record in records { before.add(record) } }
        var after = RecordDigest()
        _ = try read(newHeader, new) { _, records in for record in records { after.add(record) } }
        guard before.value == after.value else { throw .damage(.records) }
    }
}

extension PendingRecord {
    init(_ record: ArchivedRecord) {
        self.init(
            received: record.received, source: record.source, content: record.content,
            key: record.key, envelope: record.envelope, bytes: record.bytes)
    }
}
