package import Engine

/// Follows files as they grow, over rotation, truncation and restarts. It reads and remembers; its caller keeps the records, writes the state
/// down, and has the clock.
///
/// The caller's turn: ``look(now:)``; then, while ``next(now:)`` gives a batch, write ``state`` down if ``mustSave`` says so, keep the batch's
/// records, and only then call ``isDurable(_:)``. A record is named by its generation and offset; whatever was handed in and not written down
/// is handed in again under the same names, with the same bytes.
///
/// - Bounds: ``FollowLimits``. What cannot be read, or was not read whole, is in ``takeNews()`` and ``tally``.
package final class Follower {
    package struct Record: Hashable, Sendable {
        package var generation: UInt64
        package var offset: UInt64
        /// Where the file lay when it was read.
        package var path: String
        package var bytes: [UInt8]
        /// Nil where the file as a whole has none: the line itself tells.
        package var format: RecordFormat?
    }

    /// Records of several files, each file's in order.
    package struct Batch {
        package internal(set) var records: [Record] = []
        package internal(set) var byteCount = 0
        var advances: [Advance] = []
    }

    /// How far a file was read once the batch is kept.
    struct Advance {
        var file: TrackedFile
        var end: UInt64
        var head: Fingerprint?
        var tailBytes: [UInt8]
        var header: Range<UInt64>
        var isSkipping: Bool
    }

    package struct Tally: Hashable, Sendable {
        package var records: UInt64 = 0
        package var bytes: UInt64 = 0
        /// Longer than the limit, kept up to there.
        package var cut: UInt64 = 0
        /// Files that began anew.
        package var restarts: UInt64 = 0
        /// Known to have been written and gone before they could be read.
        package var lostBytes: UInt64 = 0
        package var files = 0
    }

    /// Something to be told about a file.
    package struct News: Hashable, Sendable {
        package var path: String
        package var text: String
    }

    let limits: FollowLimits
    let patterns: [String]
    let shelf: OpenShelf
    var stored: FollowState
    var tracked: [TrackedFile] = []
    var byKey: [FileKey: TrackedFile] = [:]
    /// Files of which it is not clear yet whether they hold what is known, since when.
    var undecided: [FileKey: Timestamp] = [:]
    var listings: [[UInt8]: FolderListing] = [:]
    var packed: (file: ObjectIdentifier, text: PackedText)?
    package internal(set) var tally = Tally()
    /// The state must be written down before the records of the next batch are kept.
    package internal(set) var mustSave: Bool
    /// The state is another one than the one written last.
    package internal(set) var isDirty: Bool
    private var cursor = 0
    private var news: [News] = []
    private var told: [[UInt8]: String] = [:]

    /// Begins anew.
    ///
    /// - Parameter epoch: drawn by chance.
    package init(_ patterns: [String], epoch: UInt64, limits: FollowLimits = FollowLimits()) {
        self.patterns = patterns
        self.limits = limits
        shelf = OpenShelf(countMax: limits.openMax)
        stored = FollowState(epoch: epoch)
        mustSave = true
        isDirty = true
    }

    /// Goes on where ``state`` was written.
    package init(
        _ patterns: [String], state: [UInt8], limits: FollowLimits = FollowLimits()
    ) throws(StateReader.Failure) {
        self.patterns = patterns
        self.limits = limits
        shelf = OpenShelf(countMax: limits.openMax)
        stored = try FollowState(state)
        mustSave = false
        isDirty = false
        for file in stored.files {
            let one = TrackedFile(file)
            one.hasFile = file.inode != 0
            tracked.append(one)
            if one.hasFile { byKey[file.key] = one }
        }
        stored.files = []
    }

    package var epoch: UInt64 { stored.epoch }

    package var state: [UInt8] {
        var state = stored
        state.files = tracked.map(\.file)
        return state.bytes
    }

    /// To be called when ``state`` is on disk.
    package func isSaved() {
        mustSave = false
        isDirty = false
    }

    /// What is to be told since this was last asked.
    package func takeNews() -> [News] {
        defer { news.removeAll() }
        return news
    }

    func tell(_ path: [UInt8], _ text: String) {
        guard told[path] != text, told.count < limits.problemsMax || told[path] != nil else {
            return
        }
        told[path] = text
        news.append(News(path: String(decoding: path, as: UTF8.self), text: text))
    }

    /// The path does well again.
    func forgive(_ path: [UInt8]) { told[path] = nil }

    /// The next records, of all files in turn; nil where there are none now.
    package func next(now: Timestamp) -> Batch? {
        var batch = Batch()
        var turn = 0
        while turn < tracked.count, batch.records.count < limits.batchRecordsMax,
            batch.byteCount < limits.batchBytesMax
        {
            let file = tracked[(cursor + turn) % tracked.count]
            turn += 1
            if wants(file, now) { read(file, now, into: &batch) }
        }
        if !tracked.isEmpty { cursor = (cursor + turn) % tracked.count }
        return batch.advances.isEmpty ? nil : batch
    }

    /// The records of a batch are kept for good.
    package func isDurable(_ batch: Batch) {
        for advance in batch.advances {
            let one = advance.file
            if let head = advance.head { one.file.head = head }
            one.tailBytes = advance.tailBytes
            one.file.tail = Fingerprint(advance.tailBytes)
            one.file.offset = advance.end
            one.file.header = advance.header
            one.file.isSkipping = advance.isSkipping
            if let end = one.file.forcedEnd, end <= advance.end { one.file.forcedEnd = nil }
        }
        tally.records += UInt64(batch.records.count)
        tally.bytes += UInt64(batch.byteCount)
        isDirty = true
    }

    func newGeneration() -> UInt64 {
        stored.lastGeneration += 1
        mustSave = true
        isDirty = true
        return stored.lastGeneration
    }
}
