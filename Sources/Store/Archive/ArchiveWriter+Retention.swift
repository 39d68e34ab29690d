package import Engine

extension ArchiveWriter {
    /// Removes closed segments, oldest first, and writes each down before it goes.
    ///
    /// A segment goes when its latest record was received longer ago than `ageMax`, or when all segments together
    /// are longer than `bytesMax`. The open segment is closed first where it is too old as a whole, and never goes for its size.
    ///
    /// - Returns: what was removed; nothing while a compaction has the closed segments.
    package func retain(
        _ retention: Retention, now: Timestamp
    ) throws(StoreFailure) -> [Removal] {
        guard retention.ageMax != nil || retention.bytesMax != nil else { return [] }
        let closed = try DiskFile(files.path(SegmentCompaction.lockName), .create)
        guard try closed.lock() else { return [] }
        var oldest: Timestamp?
        if let ageMax = retention.ageMax {
            let (time, overflow) = now.nanoseconds.subtractingReportingOverflow(ageMax.nanoseconds)
            oldest = Timestamp(nanoseconds: overflow ? .min : time)
            try seal(olderThan: Timestamp(nanoseconds: overflow ? .min : time))
        }
        let segments = try files.segments()
        var total: UInt64 = 0
        for name in segments { total += try DiskFile(files.path(name.segment), .read).size() }
        var log = try RemovalLog(files)
        var removed: [Removal] = []
        for (index, name) in segments.enumerated() where name != openName {
            let facts = try facts(of: name)
            let isOld = oldest.map { facts.latest < $0 } ?? false
            guard isOld || total > retention.bytesMax ?? .max else { break }
            let next = index + 1 < segments.count ? segments[index + 1] : nil
            let removal = Removal(
                firstSequence: name.firstSequence,
                lastSequence: next.map { $0.firstSequence - 1 } ?? closedEnd,
                segmentID: facts.header.id, link: facts.header.link,
                end: try next.map { name throws(StoreFailure) in try self.facts(of: name) }?
                    .header.link ?? closedLink,
                byteCount: facts.byteCount, cause: isOld ? .age : .size, time: now)
            try log.append(removal)
            try files.remove(name)
            try DiskFolder.sync(files.path)
            total -= facts.byteCount
            removed.append(removal)
        }
        return removed
    }

    /// The last record that retention ever let go; 0 where it let none go.
    package func removedThrough() throws(StoreFailure) -> UInt64 {
        try RemovalLog(files).removals.last?.lastSequence ?? 0
    }

    /// - Throws: `damaged` where the header cannot be read: then nobody can say how old the records are.
    private func facts(
        of name: SegmentName
    ) throws(StoreFailure) -> (header: SegmentHeader, latest: Timestamp, byteCount: UInt64) {
        let file = try DiskFile(files.path(name.segment), .read)
        guard let header = try files.header(of: name, in: file) else {
            throw StoreFailure(
                .damaged,
                "The header of \(name.segment) in \(files.path) is damaged; restore it or move the "
                    + "file away, then retention goes on.")
        }
        let index = try SegmentIndex.current(name, header: header, file: file, in: files)
        return (header, index.latestReceived ?? header.created, try file.size())
    }
}
