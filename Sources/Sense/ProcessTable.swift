/// What is known of one process. Texts are bytes as the kernel has them.
package struct ProcessEntry: Sendable {
    package var key: ProcessKey
    package var parent: ProcessKey
    package var uid: UInt32 = 0
    package var executable: [UInt8] = []
    /// At most ``ProcessTable/commandCountMax`` bytes.
    package var commandLine: [UInt8] = []

    package init(key: ProcessKey, parent: ProcessKey) {
        self.key = key
        self.parent = parent
    }
}

/// A process that no later one is taken for: its number and when it started, in hundredths of a second since boot (which is what
/// /proc tells of processes that were there before us).
package struct ProcessKey: Hashable, Sendable {
    package var pid: UInt32
    package var ticks: UInt64

    package init(pid: UInt32, ticks: UInt64) {
        self.pid = pid
        self.ticks = ticks
    }

    /// - Parameter start: nanoseconds since boot.
    package init(pid: UInt32, start: UInt64) {
        self.init(pid: pid, ticks: start / 10_000_000)
    }
}

/// Processes that run and those that ended lately, so that every event names who did it and whose child that is.
///
/// - Bounds: ``countMax`` processes; those that ended are kept for ``keptNanoseconds`` and are at most ``endedMax``. What does not fit is
///   counted in ``forgotten`` and found in /proc again where it still runs.
package struct ProcessTable: Sendable {
    package static let countMax = 32_768
    package static let endedMax = 2_048
    package static let keptNanoseconds: UInt64 = 10_000_000_000
    package static let commandCountMax = 1_024
    package static let ancestorsMax = 16

    private var entries: [UInt32: ProcessEntry] = [:]
    private var ended: [(key: ProcessKey, time: UInt64)] = []
    private var firstEnded = 0
    package private(set) var forgotten: UInt64 = 0

    package init() {}

    package var count: Int { entries.count }

    package subscript(_ key: ProcessKey) -> ProcessEntry? {
        guard let entry = entries[key.pid], entry.key.ticks == key.ticks else { return nil }
        return entry
    }

    /// The process that has this number now, whenever it started.
    package func current(_ pid: UInt32) -> ProcessEntry? { entries[pid] }

    package mutating func set(_ entry: ProcessEntry) {
        if entries.count >= Self.countMax, entries[entry.key.pid] == nil {
            forgotten += 1
            return
        }
        entries[entry.key.pid] = entry
    }

    /// A child is what its parent is until it runs a program of its own.
    package mutating func fork(_ parent: ProcessKey, child: ProcessKey, uid: UInt32) {
        var entry = self[parent] ?? ProcessEntry(key: child, parent: parent)
        entry.key = child
        entry.parent = parent
        entry.uid = uid
        set(entry)
    }

    package mutating func exit(_ key: ProcessKey, time: UInt64) {
        ended.append((key, time))
        forget(before: time)
    }

    /// Lets go of what ended too long ago, or of the oldest where there are too many.
    package mutating func forget(before time: UInt64) {
        while firstEnded < ended.count {
            let (key, at) = ended[firstEnded]
            guard
                ended.count - firstEnded > Self.endedMax || at &+ Self.keptNanoseconds < time
            else { break }
            if entries[key.pid]?.key == key { entries[key.pid] = nil }
            firstEnded += 1
        }
        if firstEnded > Self.endedMax {
            ended.removeFirst(firstEnded)
            firstEnded = 0
        }
    }

    /// From the parent up, at most ``ancestorsMax``.
    package func forEachAncestor(of entry: ProcessEntry, _ body: (ProcessEntry) -> Void) {
        var key = entry.parent
        for _ in 0..<Self.ancestorsMax {
            guard let ancestor = self[key] else { return }
            body(ancestor)
            if ancestor.parent == key { return }
            key = ancestor.parent
        }
    }
}
