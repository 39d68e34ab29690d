package import Engine
internal import Listen
internal import Logging
internal import NIOCore
package import Store
internal import Synchronization
package import Tenancy

/// One tenant under watch: its two lanes and what they share.
package final class TenantWatch: Sendable {
    package let tenant: TenantID
    package let archive: ArchiveFolder
    package let commit: CommitLane
    package let detection: DetectionLane
    /// What opening the archive found and mended.
    package let recovery: ArchiveRecovery
    private let handoff: Handoff
    private let state: Mutex<State>

    private struct State {
        var isOpen: Bool
        var quota: Quota
        var retentionDays: Int?
        var health: [LogSourceID: SourceHealth] = [:]
        var house = HouseCounts()
        /// Segments that compaction can do nothing for.
        var passed: Set<String> = []
        var usage = UsageBook()
    }

    /// Opens the tenant's archive and takes up its engine where the newest usable snapshot left it.
    init(
        _ record: TenantRecord, key: TenantKey?, setting: WatchSetting
    ) throws(StoreFailure) {
        tenant = record.tenantID
        let folder = setting.data.archive(tenant)
        try StateFiles.makeFolder(setting.data.tenant(tenant))
        let writer = try ArchiveWriter(
            folder: folder, tenant: tenant, key: key, now: setting.cadence.clock(),
            chance: SystemRandomNumberGenerator())
        recovery = writer.recovery
        let end = writer.durableEnd
        archive = ArchiveFolder(path: folder, tenant: tenant, key: key, end: end)
        let last = end.sequence == 0 ? nil : try archive.record(end.sequence)
        handoff = Handoff()
        commit = CommitLane(
            writer: writer, handoff: handoff, loop: setting.writeLoops.next(),
            lastReceived: last?.received ?? Timestamp(nanoseconds: 0),
            clock: setting.cadence.clock)
        let snapshots = SnapshotFolder(path: setting.data.engine(tenant))
        detection = DetectionLane(
            of: tenant,
            detection: Self.detection(of: tenant, snapshots, end.sequence, setting),
            handoff: handoff, commit: commit, archive: archive, outlets: setting.outlets,
            snapshots: snapshots, cadence: setting.cadence, loop: setting.detectLoops.next(),
            logger: setting.logger)
        state = Mutex(
            State(
                isOpen: record.state == .active, quota: Quota(record),
                retentionDays: record.retentionDays))
    }

    private static func detection(
        of tenant: TenantID, _ snapshots: SnapshotFolder, _ end: UInt64, _ setting: WatchSetting
    ) -> Detection {
        let shelf = setting.content
        for state in snapshots.states() where state.sequence <= end {
            do throws(StateReader.Failure) {
                return try Detection(
                    of: tenant, from: state, noRules: ContentShelf.noRules
                ) { shelf.rules(of: $0) }
            } catch {
                setting.logger.warning(
                    "a snapshot of the engine is passed over; the log is read again from an earlier place",
                    metadata: ["cause": "\(error)", "tenant": "\(tenant)"])
            }
        }
        return Detection(of: tenant, noRules: ContentShelf.noRules) { shelf.rules(of: $0) }
    }

    /// Works until it is closed.
    func run() async { await detection.run() }

    func take(
        _ delivery: Delivery, now: Timestamp
    ) async throws(IntakeRefusal) -> [IntakeOutcome] {
        let bytes = delivery.records.reduce(0) { $0 + $1.bytes.count }
        try state.withLock { state throws(IntakeRefusal) in
            guard state.isOpen else { throw .closed }
            let wait = state.quota.take(events: delivery.records.count, bytes: bytes, now: now)
            if let wait { throw .overQuota(retryAfterSeconds: wait) }
        }
        do throws(IntakeRefusal) {
            let outcomes = try await commit.take(delivery)
            note(delivery, outcomes, bytes: bytes, now: now)
            return outcomes
        } catch {
            state.withLock { $0.health[delivery.binding.source, default: .init()].refused += 1 }
            throw error
        }
    }

    private func note(
        _ delivery: Delivery, _ outcomes: [IntakeOutcome], bytes: Int, now: Timestamp
    ) {
        let newest = delivery.records.compactMap(\.time).max()
        let kept = zip(delivery.records, outcomes).filter { $0.1 == .stored }
        let keptBytes = kept.reduce(0) { $0 + $1.0.bytes.count }
        state.withLock { state in
            state.usage.count(records: kept.count, bytes: keptBytes, at: now)
            state.health[delivery.binding.source, default: .init()]
                .received(outcomes, bytes: bytes, newest: newest, now: now)
        }
    }

    /// Takes what a changed record of the tenant says.
    func follow(_ record: TenantRecord) {
        state.withLock { state in
            state.isOpen = record.state == .active
            state.quota = Quota(record)
            state.retentionDays = record.retentionDays
        }
    }

    var retentionDays: Int? { state.withLock { $0.retentionDays } }
    var passedSegments: Set<String> { state.withLock { $0.passed } }

    /// What was done to the archive since the start.
    package var house: HouseCounts { state.withLock { $0.house } }

    func note(_ change: (inout HouseCounts) -> Void) {
        state.withLock { change(&$0.house) }
    }

    func note(_ outcome: CompactionOutcome) {
        state.withLock { state in
            if let segment = state.house.add(outcome) { state.passed.insert(segment) }
        }
    }

    package var health: [LogSourceID: SourceHealth] { state.withLock { $0.health } }
    package var usage: UsageBook { state.withLock { $0.usage } }

    /// Writes what waits, lets the lane read to the end, and lets go of the files.
    func close() async throws(StoreFailure) {
        state.withLock { $0.isOpen = false }
        try await commit.close()
        handoff.close()
    }
}

extension Quota {
    fileprivate init(_ record: TenantRecord) {
        self.init(
            eventsPerSecondMax: record.eventsPerSecondMax, bytesPerDayMax: record.bytesPerDayMax)
    }
}

/// How one source does, since the service started.
package struct SourceHealth: Hashable, Sendable {
    package var records: UInt64 = 0
    package var duplicates: UInt64 = 0
    package var bytes: UInt64 = 0
    package var refused: UInt64 = 0
    package var lastReceived: Timestamp?
    /// How far behind its receipt the newest event of the last delivery was; nil where the sender gives no time outside of records.
    package var lagSeconds: Int64?

    package init() {}

    mutating func received(
        _ outcomes: [IntakeOutcome], bytes count: Int, newest: Timestamp?, now: Timestamp
    ) {
        let stored = UInt64(outcomes.count { $0 == .stored })
        records += stored
        duplicates += UInt64(outcomes.count) - stored
        bytes += UInt64(count)
        lastReceived = now
        if let newest {
            lagSeconds = max(0, (now.nanoseconds - newest.nanoseconds) / 1_000_000_000)
        }
    }
}
