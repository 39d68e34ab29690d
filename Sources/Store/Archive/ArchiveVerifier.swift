internal import Engine
package import Tenancy

/// Checks a whole archive, from the first segment to the last byte, beside a writer or without one.
///
/// Without the key it checks headers, order, checksums and the chain; with it also each seal and each record.
package struct ArchiveVerifier {
    private let files: SegmentFolder
    private let key: TenantKey?
    private var reading: FrameReading
    /// The segment at hand is plain, or its key is there.
    private var canOpen = true
    private(set) var report: ArchiveReport
    /// What comes next, if all is well.
    private var nextSequence: UInt64 = 1
    private var link = ChainHash.start
    /// Signed heads by sequence.
    private var heads: [UInt64: Set<ChainHash>] = [:]

    /// - Parameter heads: as a ledger kept them; each must be in the chain, or let go by retention, or lie within a segment that was compacted since.
    /// - Throws: `missing` where there is no such folder; `refused` for another key; what the disk says.
    package static func verify(
        folder: String, tenant: TenantID, key: TenantKey?, heads: [ChainHead] = []
    ) throws(StoreFailure) -> ArchiveReport {
        try verify(folder: folder, tenant: tenant, key: key, heads: heads) { _, _ in }
    }

    init(
        _ folder: String, _ tenant: TenantID, _ key: TenantKey?, _ heads: [ChainHead]
    ) throws(StoreFailure) {
        files = SegmentFolder(path: folder, tenant: tenant)
        self.key = key
        reading = try FrameReading()
        report = ArchiveReport(tenant: tenant)
        for head in heads where head.tenant == tenant {
            self.heads[head.sequence, default: []].insert(head.hash)
        }
    }

    /// - Parameter told: is given the segments and records checked so far, after each segment.
    mutating func run(_ told: (Int, UInt64) -> Void) throws(StoreFailure) {
        let log = try RemovalLog(files)
        report.removals = log.removals
        if let line = log.firstBadLine { report.add(.removalLog(line: line)) }
        for removal in log.removals {
            pass(head: removal.lastSequence, removal.end)
            nextSequence = removal.lastSequence + 1
            link = removal.end
        }
        let gone = heads.keys.filter { $0 > 0 && $0 < nextSequence }
        for sequence in gone { report.headsGone += heads.removeValue(forKey: sequence)?.count ?? 0 }
        pass(head: nextSequence - 1, link)
        let segments = try files.segments()
        for name in segments {
            try check(name, isLast: name == segments.last)
            told(report.segmentCount, report.recordCount)
        }
        report.head = ChainHead(tenant: files.tenant, sequence: nextSequence - 1, hash: link)
        for sequence in heads.keys.sorted() { report.add(.head(sequence: sequence)) }
    }

    /// Ticks a signed head off where the chain passes through it.
    private mutating func pass(head sequence: UInt64, _ hash: ChainHash) {
        guard heads[sequence]?.remove(hash) != nil else { return }
        report.headsFound += 1
        if heads[sequence]?.isEmpty == true { heads[sequence] = nil }
    }

    private mutating func check(_ name: SegmentName, isLast: Bool) throws(StoreFailure) {
        let file = try DiskFile(files.path(name.segment), .read)
        let size = try file.size()
        report.segmentCount += 1
        report.byteCount += size
        guard let header = try files.header(of: name, in: file) else {
            report.add(
                .damaged(
                    segment: name.segment, offset: 0, byteCount: size, sequences: nil, .segment))
            return
        }
        if try file.read(at: 0, count: SegmentHeader.byteCount) != header.encoded {
            report.add(
                .damaged(
                    segment: name.segment, offset: 0, byteCount: UInt64(SegmentHeader.byteCount),
                    sequences: nil, .segment))
        }
        if key != nil { try files.checkKey(key, for: header) }
        canOpen = header.keyID == nil || key != nil
        if !canOpen { report.unopenedCount += 1 }
        reading.enter(header, key: key)
        expect(header.firstSequence, before: name.segment)
        if header.link != link { report.add(.link(segment: name.segment)) }
        let end = try checkFrames(name, header, file, isLast: isLast)
        if let replaced = header.replaced {
            expect(replaced.lastSequence + 1, before: "the end of " + name.segment)
            forgiveHeads(from: header.firstSequence, to: replaced.lastSequence)
            pass(head: replaced.lastSequence, replaced.chain)
            link = replaced.chain
        } else {
            link = end ?? header.link
        }
    }

    /// Heads within a segment that was compacted since are covered by where its old chain ended.
    private mutating func forgiveHeads(from first: UInt64, to last: UInt64) {
        for sequence in heads.keys.filter({ $0 >= first && $0 < last }) {
            report.headsFound += heads.removeValue(forKey: sequence)?.count ?? 0
        }
    }

    private mutating func expect(_ sequence: UInt64, before place: String) {
        if sequence > nextSequence {
            report.add(.gap(sequences: nextSequence...(sequence - 1), before: place))
        }
        nextSequence = max(nextSequence, sequence)
    }

    /// - Returns: the chain after the last frame; nil where there is none.
    private mutating func checkFrames(
        _ name: SegmentName, _ header: SegmentHeader, _ file: DiskFile, isLast: Bool
    ) throws(StoreFailure) -> ChainHash? {
        var walk = SegmentWalk(file: file, header: header)
        var chain = header.digest
        var isFirst = true
        var number: UInt32 = 0
        // Damage is told when it is known not to be the torn end.
        var damages: [(FrameDamage, offset: UInt64, byteCount: UInt64)] = []
        while let step = try walk.next() {
            guard case .frame(let frame, let offset, let stored) = step else {
                if case .damage(let damage, let offset, let byteCount) = step {
                    damages.append((damage, offset, byteCount))
                }
                continue
            }
            let follows = damages.isEmpty
            tell(damages, name)
            damages = []
            let damage = judge(
                frame, stored, expectedNumber: number, before: chain, follows: follows)
            if let damage {
                report.add(
                    .damaged(
                        segment: name.segment, offset: offset,
                        byteCount: UInt64(FrameHeader.byteCount + stored.count),
                        sequences: frame.firstSequence...frame.lastSequence, damage))
            }
            if frame.firstSequence >= nextSequence || damage == nil {
                expect(frame.firstSequence, before: "\(name.segment) at \(offset)")
                count(frame)
            }
            chain = frame.chain
            if header.replaced == nil { pass(head: frame.lastSequence, chain) }
            number = frame.number &+ 1
            isFirst = false
        }
        if let first = damages.first {
            // An index is written when its frames are durable: what it covers was acknowledged, and is no torn write.
            let indexed = SegmentIndex.load(name, in: files)
            let durable = indexed?.header == header ? indexed?.segmentByteCount ?? 0 : 0
            if isLast, first.offset >= durable {
                let end = damages.reduce(0) { $0 + $1.byteCount }
                report.add(.torn(segment: name.segment, offset: first.offset, byteCount: end))
            } else {
                tell(damages, name)
            }
        }
        return isFirst ? nil : chain
    }

    private mutating func tell(
        _ damages: [(FrameDamage, offset: UInt64, byteCount: UInt64)], _ name: SegmentName
    ) {
        for (damage, offset, byteCount) in damages {
            report.add(
                .damaged(
                    segment: name.segment, offset: offset, byteCount: byteCount, sequences: nil,
                    damage))
        }
    }

    /// - Parameter follows: nothing damaged stands between this frame and the one before.
    private func judge(
        _ frame: FrameHeader, _ stored: [UInt8], expectedNumber: UInt32, before: ChainHash,
        follows: Bool
    ) -> FrameDamage? {
        let isNext = frame.number == expectedNumber && frame.firstSequence == nextSequence
        guard isNext || !follows else { return .order }
        // Behind damage the chain before is not known; it holds again from the next frame on.
        if follows, frame.chain(after: before, stored: stored) != frame.chain { return .chain }
        if frame.firstSequence < nextSequence { return .order }
        guard canOpen else { return nil }
        do throws(FrameDamage) {
            _ = try reading.records(frame, stored: stored)
            return nil
        } catch {
            return error
        }
    }

    private mutating func count(_ frame: FrameHeader) {
        report.frameCount += 1
        report.recordCount += UInt64(frame.recordCount)
        let first = report.sequences?.lowerBound ?? frame.firstSequence
        report.sequences = first...max(first, frame.lastSequence)
        nextSequence = max(nextSequence, frame.lastSequence + 1)
    }
}
