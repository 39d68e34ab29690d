package import Engine
internal import Logging
internal import NIOCore
package import Store
package import Tenancy

/// Reads one tenant's log as it grows: matches, joins, tells the ledger, the event store and whoever follows live.
///
/// It takes records from the lane that writes them, or from the archive where it fell behind; either way in the order of the log. What it
/// found is in the ledger before it goes on, so that a crash loses no finding: at the next start the engine goes on from its last
/// snapshot and finds the rest again, and the ledger knows what it has.
package actor DetectionLane {
    /// Records taken before what they came to is told.
    static let pieceRecordsMax = 2_000
    static let catchUpBytesMax = 8 << 20

    let tenant: TenantID
    private let loop: any EventLoop
    private let handoff: Handoff
    private let commit: CommitLane
    let archive: ArchiveFolder
    let outlets: Outlets
    private let snapshots: SnapshotFolder
    let cadence: Cadence
    let logger: Logger
    var detection: Detection
    private var ticks: TickPlan
    private var snapshotAt: UInt64
    private var snapshotTime: Timestamp
    private var isWritingSnapshot = false
    /// Events are written for search by ``fillEvents()`` and not by the lane.
    var isFilling = false
    var isClosing = false
    private var unparsed: [LogSourceID: [String: Int]] = [:]
    /// What the archive could not give.
    package private(set) var gaps: [ArchiveGap] = []
    /// What the ledger said last; nil while it takes what it is told.
    package internal(set) var failure: StoreFailure?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    /// Where findings go.
    package struct Outlets: Sendable {
        package var findings: FindingDesk
        package var events: EventWriter
        package var feed: Feed

        package init(findings: FindingDesk, events: EventWriter, feed: Feed) {
            self.findings = findings
            self.events = events
            self.feed = feed
        }
    }

    /// How often things are done that take time.
    package struct Cadence: Sendable {
        package var clock: @Sendable () -> Timestamp
        package var pause: @Sendable (Duration) async -> Void
        package var snapshotRecords: UInt64 = 500_000
        package var snapshotEvery = Duration.seconds(300)

        package init(
            clock: @escaping @Sendable () -> Timestamp,
            pause: @escaping @Sendable (Duration) async -> Void
        ) {
            self.clock = clock
            self.pause = pause
        }
    }

    init(
        of tenant: TenantID, detection: consuming sending Detection, handoff: Handoff,
        commit: CommitLane, archive: ArchiveFolder, outlets: Outlets, snapshots: SnapshotFolder,
        cadence: Cadence, loop: any EventLoop, logger: Logger
    ) {
        self.tenant = tenant
        self.loop = loop
        self.handoff = handoff
        self.commit = commit
        self.archive = archive
        self.outlets = outlets
        self.snapshots = snapshots
        self.cadence = cadence
        self.logger = logger
        snapshotAt = detection.sequence
        toldThrough = detection.sequence
        snapshotTime = cadence.clock()
        ticks = TickPlan()
        self.detection = detection
    }

    package var sequence: UInt64 { detection.sequence }
    /// The last record whose findings the ledger has.
    package private(set) var toldThrough: UInt64
    /// The last record that was handed to the event store.
    package internal(set) var searchThrough: UInt64 = 0
    /// Those in force.
    package var suppressions: [Suppression] { detection.engine.suppressions }
    /// Sources that are silent beyond their habit.
    package var silentSources: Set<LogSourceID> { detection.silentSources }
    /// Whether a tick would tell nothing.
    package var isSettled: Bool { !detection.wantsTick }
    package var content: String { detection.content }
    package var unparsedByReason: [LogSourceID: [String: Int]] { unparsed }

    /// Works until the handoff is closed and empty.
    package func run() async {
        isFilling = true
        let filling = Task { await self.fillEvents() }
        await catchUp()
        while true {
            switch await handoff.next() {
            case .records(let records): await take(records)
            case .behind: await catchUp()
            case .idle: break
            case .closed:
                isClosing = true
                await filling.value
                await writeSnapshot(cadence.clock())
                return
            }
            await plan()
        }
    }

    private func take(_ records: [ArchivedRecord]) async {
        var rest = records[...].drop { $0.sequence <= detection.sequence }
        guard let first = rest.first else { return }
        guard first.sequence == detection.sequence + 1 else { return await catchUp() }
        while !rest.isEmpty {
            await process(rest.prefix(Self.pieceRecordsMax))
            rest = rest.dropFirst(Self.pieceRecordsMax)
        }
    }

    /// Reads from the archive until there is nothing more in it.
    private func catchUp() async {
        do {
            let reader = try archive.reader(from: detection.sequence + 1)
            while true {
                let batch = try reader.next(
                    recordsMax: Self.pieceRecordsMax, bytesMax: Self.catchUpBytesMax)
                guard !batch.isEmpty else { return }
                gaps += batch.gaps
                await process(batch.records[...])
            }
        } catch {
            failure = error
            logger.error(
                "the archive cannot be read",
                metadata: ["cause": "\(error)", "tenant": "\(tenant)"])
        }
    }

    private func process(_ records: ArraySlice<ArchivedRecord>) async {
        var found = Found()
        var tickTime: Duration?
        for record in records where record.sequence > detection.sequence {
            let begun = detection.wantsTick ? cadence.clock() : nil
            detection.take(record, into: &found)
            if let begun, !detection.wantsTick { tickTime = elapsed(since: begun) }
        }
        let told = cadence.clock()
        for (source, reasons) in found.unparsed {
            unparsed[source, default: [:]].merge(reasons, uniquingKeysWith: +)
        }
        await tell(found)
        if let tickTime { ticks.took(tickTime + elapsed(since: told)) }
        if !isFilling {
            await outlets.events.add(found.events, bytes: found.eventBytes)
            searchThrough = max(searchThrough, found.through)
        }
        toldThrough = max(toldThrough, found.through)
    }

    private func elapsed(since begun: Timestamp) -> Duration {
        .nanoseconds(max(0, cadence.clock().nanoseconds - begun.nanoseconds))
    }

    /// Tells the ledger until it has it: nothing that was found is given up.
    private func tell(_ found: Found) async {
        guard
            !found.alerts.isEmpty || !found.incidents.isEmpty || !found.silences.isEmpty
                || !found.notices.isEmpty
        else { return }
        var pause = Duration.milliseconds(100)
        while true {
            do throws(StoreFailure) {
                let kept = try await outlets.findings.keep(found, of: tenant, now: cadence.clock())
                failure = nil
                outlets.feed.publish(kept, of: tenant)
                return
            } catch {
                failure = error
                logger.error(
                    "findings cannot be kept",
                    metadata: ["cause": "\(error)", "tenant": "\(tenant)"])
                await cadence.pause(pause)
                pause = min(pause * 2, .seconds(10))
            }
        }
    }

    /// Asks for a tick where one would tell something, and writes a snapshot where it is time.
    private func plan() async {
        let now = cadence.clock()
        switch ticks.next(wanted: detection.wantsTick, now: now) {
        case .nothing: break
        case .write: await commit.write(.tick, source: WatchNames.watch)
        case .lookAgain(let wait):
            let handoff = handoff
            let pause = cadence.pause
            Task {
                await pause(wait)
                handoff.nudge()
            }
        }
        let since = now.nanoseconds - snapshotTime.nanoseconds
        let isDue =
            detection.sequence - snapshotAt >= cadence.snapshotRecords
            || detection.sequence > snapshotAt
                && Duration.nanoseconds(since) >= cadence.snapshotEvery
        if isDue, !isWritingSnapshot { await writeSnapshot(now) }
    }

    private func writeSnapshot(_ now: Timestamp) async {
        guard detection.sequence > snapshotAt else { return }
        snapshotAt = detection.sequence
        snapshotTime = now
        isWritingSnapshot = true
        let state = detection.state
        let snapshots = snapshots
        let outcome = await Self.write(state, to: snapshots)
        isWritingSnapshot = false
        if let outcome {
            logger.error(
                "a snapshot of the engine cannot be written",
                metadata: ["cause": "\(outcome)", "tenant": "\(tenant)"])
        }
    }

    /// Away from this lane, which goes on meanwhile.
    @concurrent
    private static func write(
        _ state: Detection.State, to snapshots: SnapshotFolder
    ) async -> StoreFailure? {
        do throws(StoreFailure) {
            try snapshots.write(state.written)
            return nil
        } catch {
            return error
        }
    }
}
