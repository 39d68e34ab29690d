package import Engine
package import Tenancy

/// Records in order, and what could not be read among them.
package struct ArchiveBatch: Hashable, Sendable {
    package var records: [ArchivedRecord] = []
    package var gaps: [ArchiveGap] = []

    package var isEmpty: Bool { records.isEmpty && gaps.isEmpty }
}

/// Sequences that the archive does not give.
package struct ArchiveGap: Hashable, Sendable {
    package enum Cause: Hashable, Sendable {
        case damaged(FrameDamage)
        /// Retention let them go, and wrote it down.
        case removed
        /// They are gone and nothing says why.
        case missing
    }

    package let first: UInt64
    package let last: UInt64
    /// The file where they should be, or the one after; empty where there is none.
    package let segment: String
    package let offset: UInt64
    package let cause: Cause
}

/// Reads one tenant's archive forward, from any sequence, while a writer may append to it.
///
/// A damaged frame becomes a gap, and reading goes on behind it. There may be any number of readers; one belongs to one lane.
package final class ArchiveReader {
    /// What the next batch begins with, a gap or a record.
    package private(set) var nextSequence: UInt64

    let files: SegmentFolder
    private let key: TenantKey?
    private let end: DurableEnd?
    private var reading: FrameReading
    private var place: Place?
    /// Read and not yet handed out; the next one is last.
    private var waiting: [ArchivedRecord] = []

    private struct Place {
        let name: SegmentName
        var walk: SegmentWalk
        /// What was met since the last good frame.
        var damage: (FrameDamage, offset: UInt64)?
        /// A segment after this one was seen, so nothing is appended to this one any more.
        var isClosed = false
    }

    /// - Parameters:
    ///   - end: of the writer in this process: nothing beyond it is read. Without it, reading ends at the last whole frame.
    /// - Throws: `missing` where there is no such folder.
    package init(
        folder: String, tenant: TenantID, key: TenantKey?, from sequence: UInt64 = 1,
        end: DurableEnd? = nil
    ) throws(StoreFailure) {
        files = SegmentFolder(path: folder, tenant: tenant)
        self.key = key
        self.end = end
        nextSequence = max(1, sequence)
        reading = try FrameReading()
        _ = try files.segments()
    }

    package func seek(to sequence: UInt64) {
        nextSequence = max(1, sequence)
        place = nil
        waiting = []
    }

    /// - Parameters:
    ///   - recordsMax: 1 or more.
    ///   - bytesMax: of the records' bytes; one record comes even where it is longer.
    /// - Returns: an empty batch at the end for now; more may come later.
    /// - Throws: `refused` where a segment is sealed under another key; what the disk says.
    package func next(
        recordsMax: Int = 10_000, bytesMax: Int = 16 << 20
    ) throws(StoreFailure) -> ArchiveBatch {
        var batch = ArchiveBatch()
        var byteCount = 0
        while batch.records.count < max(1, recordsMax) {
            if waiting.isEmpty {
                // Gaps are few where records are many, and are bounded all the same.
                guard batch.gaps.count < max(1, recordsMax), try fill(&batch) else { break }
            }
            guard let record = waiting.last else { continue }
            byteCount += record.bytes.count
            if byteCount > bytesMax, !batch.records.isEmpty { break }
            waiting.removeLast()
            nextSequence = record.sequence + 1
            batch.records.append(record)
        }
        return batch
    }

    /// The record with this sequence; nil where the archive does not have it or cannot read it.
    package func record(_ sequence: UInt64) throws(StoreFailure) -> ArchivedRecord? {
        let reader = try ArchiveReader(
            folder: files.path, tenant: files.tenant, key: key, from: sequence, end: end)
        let batch = try reader.next(recordsMax: 1)
        return batch.records.first.flatMap { $0.sequence == sequence ? $0 : nil }
    }

    /// Reads on until records wait or there is nothing more. False at the end.
    private func fill(_ batch: inout ArchiveBatch) throws(StoreFailure) -> Bool {
        while true {
            // Taken before the files are looked at: what it covers is there to be seen.
            let durable = end?.sequence
            if let durable, nextSequence > durable { return false }
            guard try enter(&batch) else { return false }
            guard let step = try place?.walk.next(from: nextSequence) else {
                guard try leave(durable, &batch) else { return false }
                continue
            }
            switch step {
            case .damage(let damage, let offset, _):
                if place?.damage == nil { place?.damage = (damage, offset) }
            case .frame(let frame, let offset, let stored):
                if frame.lastSequence < nextSequence { continue }
                if let durable, frame.firstSequence > durable {
                    // Not durable yet, or taken back meanwhile: look again from its beginning.
                    place = nil
                    return false
                }
                take(frame, at: offset, stored, &batch)
                if !waiting.isEmpty || !batch.gaps.isEmpty { return true }
            }
        }
    }

    private func take(
        _ frame: FrameHeader, at offset: UInt64, _ stored: [UInt8], _ batch: inout ArchiveBatch
    ) {
        guard let name = place?.name.segment else { return }
        if frame.firstSequence > nextSequence {
            let (damage, at) = place?.damage ?? (.order, offset)
            add(
                ArchiveGap(
                    first: nextSequence, last: frame.firstSequence - 1, segment: name, offset: at,
                    cause: .damaged(damage)), to: &batch)
        }
        place?.damage = nil
        do throws(FrameDamage) {
            let records = try reading.records(frame, stored: stored)
            let skipped = Int(nextSequence - frame.firstSequence)
            waiting = records.dropFirst(skipped).reversed()
        } catch {
            add(
                ArchiveGap(
                    first: nextSequence, last: frame.lastSequence, segment: name, offset: offset,
                    cause: .damaged(error)), to: &batch)
        }
    }

    private func add(_ gap: ArchiveGap, to batch: inout ArchiveBatch) {
        batch.gaps.append(gap)
        nextSequence = gap.last + 1
    }

    /// Finds the segment that holds the next sequence, unless it is open. False where there is none yet.
    private func enter(_ batch: inout ArchiveBatch) throws(StoreFailure) -> Bool {
        if place != nil { return true }
        let segments = try files.segments()
        let isRemoved = segments.first.map { $0.firstSequence > nextSequence } ?? true
        if isRemoved, try passRemoved(before: segments.first, &batch) == false { return false }
        guard let name = segments.last(where: { $0.firstSequence <= nextSequence }) else {
            return false
        }
        let file: DiskFile
        do throws(StoreFailure) {
            file = try DiskFile(files.path(name.segment), .read)
        } catch {
            // Retention was quicker; the next call sees what it left.
            if error.code == .missing { return false }
            throw error
        }
        guard let header = try files.header(of: name, in: file) else {
            return try pass(name, segments, &batch)
        }
        try files.checkKey(key, for: header)
        reading.enter(header, key: key)
        let index = SegmentIndex.load(name, in: files)
        let isKnown = index?.header == header
        let start = isKnown ? index?.offset(before: nextSequence) : nil
        let walk =
            if let start {
                SegmentWalk(file: file, header: header, at: start)
            } else {
                SegmentWalk(file: file, header: header)
            }
        place = Place(name: name, walk: walk, damage: nil)
        return true
    }

    /// Tells of what is gone before the first segment there is.
    ///
    /// - Returns: false where nothing follows yet.
    private func passRemoved(
        before first: SegmentName?, _ batch: inout ArchiveBatch
    ) throws(StoreFailure) -> Bool {
        let log = try RemovalLog(files)
        let removedEnd = log.removals.last?.lastSequence ?? 0
        let last = min(removedEnd, (first?.firstSequence ?? .max) - 1)
        if nextSequence <= last {
            add(
                ArchiveGap(
                    first: nextSequence, last: last, segment: first?.segment ?? "", offset: 0,
                    cause: .removed), to: &batch)
        }
        guard let first else { return false }
        if nextSequence < first.firstSequence {
            add(
                ArchiveGap(
                    first: nextSequence, last: first.firstSequence - 1, segment: first.segment,
                    offset: 0, cause: .missing), to: &batch)
        }
        return true
    }

    /// Steps over a segment whose header cannot be read. False where none follows.
    private func pass(
        _ name: SegmentName, _ segments: [SegmentName], _ batch: inout ArchiveBatch
    ) throws(StoreFailure) -> Bool {
        guard let next = segments.first(where: { $0 > name }) else {
            guard let end, end.sequence >= nextSequence else { return false }
            add(
                ArchiveGap(
                    first: nextSequence, last: end.sequence, segment: name.segment, offset: 0,
                    cause: .damaged(.segment)), to: &batch)
            return false
        }
        add(
            ArchiveGap(
                first: nextSequence, last: next.firstSequence - 1, segment: name.segment, offset: 0,
                cause: .damaged(.segment)), to: &batch)
        return try enter(&batch)
    }

    /// At the end of a segment: goes on to the next. False where this is the end for now.
    private func leave(
        _ durable: UInt64?, _ batch: inout ArchiveBatch
    ) throws(StoreFailure) -> Bool {
        guard let place else { return false }
        let next = try files.segments().first { $0 > place.name }
        if next != nil, !place.isClosed {
            // Frames may have come between the last look at this segment and the birth of the next.
            rewind()
            self.place?.isClosed = true
            return true
        }
        let lastThere = next.map { $0.firstSequence - 1 } ?? durable
        if let lastThere, nextSequence <= lastThere {
            let (damage, offset) = place.damage ?? (.cut, place.walk.offset)
            add(
                ArchiveGap(
                    first: nextSequence, last: lastThere, segment: place.name.segment,
                    offset: offset, cause: .damaged(damage)), to: &batch)
        }
        if next == nil {
            // What looks torn may be a frame that is being written: look at it again.
            rewind()
            return false
        }
        self.place = nil
        return true
    }

    private func rewind() {
        guard let place, let damage = place.damage else { return }
        self.place?.walk = SegmentWalk(
            file: place.walk.file, header: place.walk.header, at: damage.offset)
        self.place?.damage = nil
    }
}

extension ArchiveReader {
    /// The first record that was received at `time` or later; nil where there is none.
    ///
    /// In time of receipt, which goes back where the machine's clock was set back: it is the first in order of sequence.
    package func firstSequence(receivedSince time: Timestamp) throws(StoreFailure) -> UInt64? {
        for name in try files.segments() {
            let file = try DiskFile(files.path(name.segment), .read)
            guard let header = try files.header(of: name, in: file) else { continue }
            let index = try SegmentIndex.current(name, header: header, file: file, in: files)
            guard let offset = index.offset(receivedSince: time) else { continue }
            if let found = try firstSequence(receivedSince: time, in: file, header, at: offset) {
                return found
            }
        }
        return nil
    }

    private func firstSequence(
        receivedSince time: Timestamp, in file: DiskFile, _ header: SegmentHeader, at offset: UInt64
    ) throws(StoreFailure) -> UInt64? {
        var walk = SegmentWalk(file: file, header: header, at: offset)
        while let step = try walk.next(from: .max) {
            guard case .frame(let frame, _, _) = step, frame.latestReceived >= time else {
                continue
            }
            let reader = try ArchiveReader(
                folder: files.path, tenant: files.tenant, key: key, from: frame.firstSequence,
                end: end)
            let batch = try reader.next(recordsMax: frame.recordCount, bytesMax: .max)
            if let record = batch.records.first(where: { $0.received >= time }) {
                return record.sequence
            }
            if batch.isEmpty { return nil }
        }
        return nil
    }
}
