package import Engine

/// Records on the disk, from when they happened until the server has them.
///
/// - What ``append(_:)`` returned survives `kill -9` and a power cut. Only what is durable is ever sent.
/// - Sequences rise by one from 1; none is given twice. Each is a record or part of a ``SpoolGap``: nothing is lost unnamed.
/// - It holds at most `bytesMax`. Beyond, records go by value, the lowest first, and of one value the oldest first; a gap with their
///   exact sequences stays in their place and is sent in its turn.
/// - A damaged frame costs itself: what is behind it is found again. A torn end is cut off: it was never said to be kept.
package struct Spool {
    /// What there is to send next.
    package enum Piece: Hashable, Sendable {
        /// Sequences rise by one from `first`.
        case records(first: UInt64, [SpoolRecord])
        case gap(SpoolGap)

        package var last: UInt64 {
            switch self {
            case .records(let first, let records): first + UInt64(records.count) - 1
            case .gap(let gap): gap.last
            }
        }
    }

    /// Where reading went on to; of no use once its segment was written anew.
    private struct Cursor {
        var sequence: UInt64
        var segment: UInt64
        var offset: Int
        var generation: Int
    }

    /// 16 bytes, made with the spool.
    package let name: [UInt8]
    package var bytesMax: Int
    /// Everything up to here was acknowledged, as far as this run knows.
    package private(set) var acknowledged: UInt64
    /// Records that had to go since the start, and those found damaged.
    package private(set) var evicted: UInt64 = 0
    package private(set) var damaged: UInt64 = 0
    private let folder: StateFolder
    private let segmentBytesMax: Int
    /// By first sequence; the last one is written to. Never empty.
    private var segments: [SpoolSegment]
    private var file: StateFile
    private var cursor: Cursor?
    private var generation = 0

    /// Opens the spool in a folder of its own, or makes it.
    ///
    /// - Parameter name: 16 bytes for a new one.
    package init(
        in path: String, bytesMax: Int = SpoolLimits.bytesMax,
        segmentBytesMax: Int = SpoolLimits.segmentBytesMax, newName: [UInt8]
    ) throws(AgentFailure) {
        precondition(newName.count == 16, "a spool's name has 16 bytes")
        folder = try StateFolder(path)
        self.bytesMax = max(SpoolLimits.bytesMin, bytesMax)
        self.segmentBytesMax = segmentBytesMax
        if let kept = try folder.read("name", bytesMax: 64) {
            guard kept.count == 16 else {
                throw AgentFailure(
                    .damaged, "\(folder.file("name")) is damaged; enrol this host anew")
            }
            name = kept
        } else {
            name = newName
            try folder.write(newName, as: "name")
        }
        let opened = try SpoolOpening.open(folder, name)
        segments = opened.segments
        damaged = opened.damaged
        file = opened.file
        acknowledged = segments[0].first - 1
    }

    package var first: UInt64 { segments[0].first }
    /// The last sequence given; 0 before the first.
    package var last: UInt64 { segments[segments.count - 1].last }
    package var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }
    /// Sequences that were not acknowledged yet.
    package var waitingCount: UInt64 { last - min(last, acknowledged) }

    // MARK: writing

    /// Keeps records, in this order, and makes them durable.
    ///
    /// - Returns: the last sequence.
    /// - Throws: ``AgentFailure``; then none of them is kept and none has a sequence.
    /// - Precondition: each record has 1 to ``SpoolLimits/recordBytesMax`` bytes.
    @discardableResult
    package mutating func append(_ records: [SpoolRecord]) throws(AgentFailure) -> UInt64 {
        var at = 0
        while at < records.count {
            at += try appendGroup(records[at...])
        }
        return last
    }

    /// As many as belong in the segment that is written to.
    private mutating func appendGroup(
        _ records: ArraySlice<SpoolRecord>
    ) throws(AgentFailure) -> Int {
        var segment = segments[segments.count - 1]
        var bytes: [UInt8] = []
        var count = 0
        for record in records.prefix(SpoolLimits.groupRecordsMax) {
            precondition(
                (1...SpoolLimits.recordBytesMax).contains(record.content.count)
                    && record.format.utf8.count <= SpoolRecord.formatBytesMax,
                "a record is within its bounds")
            guard count == 0 || segment.byteCount < segmentBytesMax else { break }
            let before = bytes.count
            let frame = SpoolFrame.record(segment.last + 1, record)
            frame.write(to: &bytes)
            segment.count(frame, byteCount: bytes.count - before)
            count += 1
        }
        try makeRoom(for: bytes.count)
        let place = segments[segments.count - 1]
        guard place.first == segment.first else { return try appendGroup(records) }
        do throws(AgentFailure) {
            try file.write(bytes, at: place.byteCount)
            try file.sync()
        } catch {
            // What was written of them must not be found at the next start.
            try? file.truncate(to: place.byteCount)
            throw error
        }
        segments[segments.count - 1] = segment
        if segment.byteCount >= segmentBytesMax { try beginSegment() }
        return count
    }

    private mutating func beginSegment() throws(AgentFailure) {
        let first = last + 1
        (file, _) = try SpoolOpening.make(first, folder, name)
        segments.append(SpoolSegment(path: folder.file(SpoolSegment.name(of: first)), first: first))
    }

    // MARK: bounds

    private mutating func makeRoom(for count: Int) throws(AgentFailure) {
        while byteCount + count > bytesMax {
            guard try evictOnce() else { return }
        }
    }

    /// Lets the records of the lowest value go, of the oldest segment that has any.
    ///
    /// - Returns: false where there is nothing left to let go.
    private mutating func evictOnce() throws(AgentFailure) -> Bool {
        for value in RecordValue.allCases {
            let place = segments.firstIndex { $0.counts[Int(value.rawValue)] > 0 }
            guard let place else { continue }
            if place == segments.count - 1 { try beginSegment() }
            try evict(value, of: place)
            return true
        }
        return false
    }

    private mutating func evict(
        _ value: RecordValue, of place: Int
    ) throws(AgentFailure) {
        let segment = segments[place]
        let reading = try read(segment)
        var frames: [SpoolFrame] = []
        for (frame, _, _) in reading.frames {
            guard case .record(let sequence, let record) = frame, record.value == value else {
                frames.append(frame)
                continue
            }
            evicted += 1
            let gap = SpoolGap(first: sequence, last: sequence, reason: .full)
            frames.append(.gap(gap))
        }
        segments[place] = try SpoolOpening.rewrite(segment, frames, folder, name)
        generation += 1
        try mergeBack(place)
    }

    private func read(_ segment: SpoolSegment) throws(AgentFailure) -> SpoolSegment.Reading {
        let bytes = try StateFile(segment.path, isReadOnly: true).read(
            at: 0, count: segment.byteCount)
        return SpoolSegment.read(bytes, of: name, first: segment.first)
    }

    /// Makes one file of two small neighbours, so that a long cut leaves no heap of small files.
    private mutating func mergeBack(_ place: Int) throws(AgentFailure) {
        guard place > 0,
            segments[place - 1].byteCount + segments[place].byteCount <= segmentBytesMax / 4
        else { return }
        let (before, after) = (segments[place - 1], segments[place])
        let frames = try (read(before).frames + read(after).frames).map(\.frame)
        // A crash between these leaves two files that tell of the same; opening drops the second.
        segments[place - 1] = try SpoolOpening.rewrite(before, frames, folder, name)
        try folder.remove(SpoolSegment.name(of: after.first))
        segments.remove(at: place)
    }

    // MARK: sending

    /// What comes behind a sequence; nil where nothing does. At most so many bytes of content, but one record always.
    package mutating func next(
        after sequence: UInt64, bytesMax: Int, recordsMax: Int
    ) throws(AgentFailure) -> Piece? {
        guard sequence < last, recordsMax > 0 else { return nil }
        let wanted = sequence + 1
        guard var place = segments.lastIndex(where: { $0.first <= wanted }) else {
            return .gap(SpoolGap(first: wanted, last: first - 1, reason: .damaged))
        }
        if segments[place].last < wanted { place += 1 }
        let segment = segments[place]
        var offset = SpoolSegment.headBytes
        if let cursor, cursor.generation == generation, cursor.segment == segment.first,
            cursor.sequence == sequence
        {
            offset = cursor.offset
        }
        return try read(segment, from: offset, wanted, bytesMax, recordsMax)
    }

    private mutating func read(
        _ segment: SpoolSegment, from start: Int, _ wanted: UInt64, _ bytesMax: Int,
        _ recordsMax: Int
    ) throws(AgentFailure) -> Piece {
        var reading = SpoolReading(segment, from: start, chunkBytes: bytesMax)
        var records: [SpoolRecord] = []
        var first = wanted
        var size = 0
        while records.count < recordsMax {
            let place = reading.offset
            guard let frame = try reading.next() else { break }
            guard frame.last >= wanted else { continue }
            switch frame {
            case .gap(let gap):
                guard records.isEmpty else { return piece(first, records, segment, place) }
                cursor = Cursor(
                    sequence: gap.last, segment: segment.first, offset: reading.offset,
                    generation: generation)
                return .gap(SpoolGap(first: wanted, last: gap.last, reason: gap.reason))
            case .record(let sequence, let record):
                if records.isEmpty { first = sequence }
                guard records.isEmpty || size + record.content.count <= bytesMax else {
                    return piece(first, records, segment, place)
                }
                size += record.content.count
                records.append(record)
            }
        }
        guard records.isEmpty else { return piece(first, records, segment, reading.offset) }
        // The disk gives back other bytes than it took: they are named as lost.
        damaged += segment.last - wanted + 1
        return .gap(SpoolGap(first: wanted, last: segment.last, reason: .damaged))
    }

    private mutating func piece(
        _ first: UInt64, _ records: [SpoolRecord], _ segment: SpoolSegment, _ offset: Int
    ) -> Piece {
        let piece = Piece.records(first: first, records)
        cursor = Cursor(
            sequence: piece.last, segment: segment.first, offset: offset, generation: generation)
        return piece
    }

    /// Lets go of what the server has.
    ///
    /// - Returns: false where the server has more than this spool ever gave: then its sequences go on behind that.
    @discardableResult
    package mutating func acknowledge(through sequence: UInt64) throws(AgentFailure) -> Bool {
        let isKnown = sequence <= last
        acknowledged = max(acknowledged, sequence)
        let active = segments[segments.count - 1]
        if active.last <= sequence, active.byteCount > SpoolSegment.headBytes + 64 << 10 || !isKnown
        {
            if isKnown {
                try beginSegment()
            } else {
                (file, _) = try SpoolOpening.make(sequence + 1, folder, name)
                segments.append(
                    SpoolSegment(
                        path: folder.file(SpoolSegment.name(of: sequence + 1)), first: sequence + 1)
                )
            }
        }
        while segments.count > 1, segments[0].last <= sequence {
            try folder.remove(SpoolSegment.name(of: segments[0].first))
            segments.removeFirst()
        }
        return isKnown
    }

    /// When the oldest record that was not acknowledged happened; nil where there is none.
    package mutating func oldestTime() throws(AgentFailure) -> Timestamp? {
        let kept = cursor
        defer { cursor = kept }
        var from = acknowledged
        while let piece = try next(after: from, bytesMax: 1, recordsMax: 1) {
            if case .records(_, let records) = piece { return records.first?.time }
            from = piece.last
        }
        return nil
    }
}
