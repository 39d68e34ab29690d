internal import Engine
internal import Tenancy

/// What opening an archive for writing found.
package struct ArchiveRecovery: Hashable, Sendable {
    /// A part of the last segment that was acknowledged and cannot be read; it stays where it is.
    package struct Damage: Hashable, Sendable {
        package let segment: String
        package let offset: UInt64
        package let byteCount: UInt64
        package let damage: FrameDamage
    }

    /// Bytes of a write that a crash cut short; nobody was told that they are kept. 0 in most cases.
    package internal(set) var tornByteCount: UInt64 = 0
    /// The file that they were moved to, in the archive's folder.
    package internal(set) var tornFile: String?
    package internal(set) var damages: [Damage] = []
    /// Keys that duplicates are told by.
    package internal(set) var keyCount = 0
    /// Segments that retention had written down and not yet removed.
    package internal(set) var finishedRemovals = 0
}

/// Brings an archive's folder into the state that a writer goes on from.
struct ArchiveOpening {
    let files: SegmentFolder
    let key: TenantKey?
    let now: Timestamp
    private let limits: ArchiveLimits
    private(set) var recovery = ArchiveRecovery()
    private(set) var keys: KeyWindow
    private(set) var segment: OpenSegment?
    private(set) var nextSequence: UInt64 = 1
    private(set) var link = ChainHash.start
    /// The index of a last segment whose end was durable and is damaged now.
    private var lostEnd: SegmentIndex?

    init(files: SegmentFolder, key: TenantKey?, limits: ArchiveLimits, now: Timestamp) {
        self.files = files
        self.key = key
        self.limits = limits
        self.now = now
        keys = KeyWindow(countMax: limits.keysMax, ageMax: limits.keyAgeMax)
    }

    mutating func run() throws(StoreFailure) {
        let removals = try RemovalLog(files).removals
        try finish(removals)
        for name in try DiskFolder.names(in: files.path) where name.hasSuffix(".unfinished") {
            try DiskFolder.remove(files.path(name))
        }
        if let last = removals.last {
            nextSequence = last.lastSequence + 1
            link = last.end
        }
        let segments = try files.segments()
        if let last = segments.last { try recover(last) }
        try rememberKeys(of: segments)
        recovery.keyCount = keys.count
    }

    /// A crash may have come between the line in the log and the removal.
    private mutating func finish(_ removals: [Removal]) throws(StoreFailure) {
        for removal in removals {
            let name = SegmentName(firstSequence: removal.firstSequence)
            guard DiskFolder.exists(files.path(name.segment)) else { continue }
            let file = try DiskFile(files.path(name.segment), .read)
            guard try files.header(of: name, in: file)?.id == removal.segmentID else { continue }
            try files.remove(name)
            recovery.finishedRemovals += 1
        }
        if recovery.finishedRemovals > 0 { try DiskFolder.sync(files.path) }
    }

    private mutating func recover(_ name: SegmentName) throws(StoreFailure) {
        let file = try DiskFile(files.path(name.segment), .write)
        guard let header = try files.header(of: name, in: file) else {
            // Going on could give a sequence twice, so a person has to look.
            throw StoreFailure(
                .damaged,
                "The header of \(name.segment) in \(files.path) is damaged and has no copy. Restore "
                    + "the file from a backup, or move it away to go on without its records.")
        }
        try files.checkKey(key, for: header)
        let (index, last) = try cutTornTail(name, header, file)
        if let last {
            nextSequence = max(nextSequence, last.lastSequence + 1)
        } else {
            nextSequence = max(nextSequence, header.firstSequence)
        }
        // What was acknowledged lies damaged at the end: its sequences are not given again, and the segment stays as it is.
        let isEndDamaged = lostEnd.map { $0.lastSequence >= nextSequence } ?? false
        if let lostEnd { nextSequence = max(nextSequence, lostEnd.lastSequence + 1) }
        link = header.replaced?.chain ?? last?.chain ?? header.link
        let isReplaced = header.replaced != nil
        let isWhole = try file.read(at: 0, count: SegmentHeader.byteCount) == header.encoded
        let isOther = header.keyID != key?.id
        let frameless = last == nil
        // Written by compaction, plain before it was sealed, or without a header of its own: closed.
        if isReplaced || !isWhole || isEndDamaged || isOther && !frameless { return }
        if isOther { return try discard(name) }
        segment = OpenSegment(name: name, file: file, key: key, index: index, last: last)
    }

    /// A segment without a record, made before the archive got its key.
    private func discard(_ name: SegmentName) throws(StoreFailure) {
        try files.remove(name)
        try DiskFolder.sync(files.path)
    }

    private mutating func cutTornTail(
        _ name: SegmentName, _ header: SegmentHeader, _ file: DiskFile
    ) throws(StoreFailure) -> (SegmentIndex, FrameHeader?) {
        var index = SegmentIndex(header: header)
        var last: FrameHeader?
        var walk = SegmentWalk(file: file, header: header)
        var reading = try FrameReading()
        reading.enter(header, key: key)
        var damages: [ArchiveRecovery.Damage] = []
        var pending: (FrameHeader, UInt64, [UInt8])?
        while let step = try walk.next() {
            if let (frame, offset, _) = pending {
                index.add(frame, at: offset)
                last = frame
                pending = nil
            }
            switch step {
            case .frame(let frame, let offset, let stored):
                // Each frame was durable before the one after it was begun: this damage is no torn write.
                recovery.damages += damages
                damages = []
                pending = (frame, offset, stored)
            case .damage(let damage, let offset, let byteCount):
                damages.append(
                    ArchiveRecovery.Damage(
                        segment: name.segment, offset: offset, byteCount: byteCount, damage: damage)
                )
            }
        }
        // A damaged last frame leaves nothing pending; a whole one must hold its seal too.
        if let (frame, offset, stored) = pending {
            do throws(FrameDamage) {
                _ = try reading.records(frame, stored: stored)
                index.add(frame, at: offset)
                last = frame
            } catch {
                if error == .unknown {
                    index.add(frame, at: offset)
                    last = frame
                }
            }
        }
        let size = try file.size()
        // An index is written when its frames are durable: a damaged end that it covers is no torn write.
        if let known = SegmentIndex.load(name, in: files), known.header == header,
            known.segmentByteCount > index.segmentByteCount
        {
            recovery.damages += damages
            if damages.isEmpty {
                let (end, count) = (index.segmentByteCount, known.segmentByteCount)
                recovery.damages.append(
                    ArchiveRecovery.Damage(
                        segment: name.segment, offset: end, byteCount: count - end, damage: .cut))
            }
            lostEnd = known
        } else if size > index.segmentByteCount {
            try keepAside(name, file, from: index.segmentByteCount, to: size)
        }
        return (index, last)
    }

    /// Moves the end of a segment into a file of its own.
    private mutating func keepAside(
        _ name: SegmentName, _ file: DiskFile, from start: UInt64, to end: UInt64
    ) throws(StoreFailure) {
        let tornName = name.torn(at: start)
        let torn = try DiskFile(files.path(tornName), .create)
        try torn.truncate(to: 0)
        var at = start
        while at < end {
            let bytes = try file.read(at: at, count: min(1 << 20, Int(end - at)))
            if bytes.isEmpty { break }
            try torn.write(bytes, at: at - start)
            at += UInt64(bytes.count)
        }
        try torn.sync()
        try DiskFolder.sync(files.path)
        try file.truncate(to: start)
        try file.sync()
        recovery.tornByteCount = end - start
        recovery.tornFile = tornName
        let names = try DiskFolder.names(in: files.path).filter { $0.hasSuffix(".torn") }
        for old in names.dropLast(ArchiveLimits.tornFilesMax) {
            try DiskFolder.remove(files.path(old))
        }
    }

    private mutating func rememberKeys(of segments: [SegmentName]) throws(StoreFailure) {
        let (horizon, overflow) = now.nanoseconds.subtractingReportingOverflow(
            limits.keyAgeMax.nanoseconds)
        let since = Timestamp(nanoseconds: overflow ? .min : horizon)
        var found: [[(key: RecordKey, received: Timestamp)]] = []
        var count = 0
        for name in segments.reversed() where count < limits.keysMax {
            let file = try DiskFile(files.path(name.segment), .read)
            guard let header = try files.header(of: name, in: file) else { continue }
            let index = try SegmentIndex.current(name, header: header, file: file, in: files)
            if let latest = index.latestReceived, latest < since { break }
            guard index.keyedCount > 0 else { continue }
            let keys = try Self.keys(of: header, in: file, key: key)
            count += keys.count
            found.append(keys)
        }
        for keys in found.reversed() {
            for (key, received) in keys where received >= since {
                self.keys.insert(key, received: received)
            }
        }
    }

    private static func keys(
        of header: SegmentHeader, in file: DiskFile, key: TenantKey?
    ) throws(StoreFailure) -> [(key: RecordKey, received: Timestamp)] {
        var found: [(key: RecordKey, received: Timestamp)] = []
        var walk = SegmentWalk(file: file, header: header)
        var reading = try FrameReading()
        reading.enter(header, key: key)
        while let step = try walk.next() {
            guard case .frame(let frame, _, let stored) = step, frame.keyedCount > 0 else {
                continue
            }
            // A damaged frame has no keys to tell; reader and verifier tell of the damage.
            do throws(FrameDamage) { found += try reading.keys(frame, stored: stored) } catch {}
        }
        return found
    }
}
