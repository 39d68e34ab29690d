internal import Engine
internal import Logging
internal import NIOPosix
internal import Store
internal import Tenancy

/// Lets go of what retention no longer keeps, packs closed segments tighter and tells the ledger where each archive ends, tenant by
/// tenant, as long as the service runs.
///
/// The archive's own log says what was removed, before it goes; then the same records are erased from the event store.
struct Housekeeping: Sendable {
    /// After a start, so that it does not add to the work of starting.
    static let firstPause = Duration.seconds(30)
    /// Segments of one tenant in one round.
    static let segmentsMax = 64

    let rules: HouseRules
    let events: EventWriter
    let ledger: Ledger
    let scopes: ServiceScopes
    let cadence: DetectionLane.Cadence
    let logger: Logger

    /// Works until its task is cancelled.
    func run(_ tenants: @Sendable () -> [TenantWatch]) async {
        await cadence.pause(Self.firstPause)
        while !Task.isCancelled {
            for tenant in tenants() where !Task.isCancelled { await keep(tenant) }
            await cadence.pause(rules.every)
        }
    }

    /// One round for one tenant.
    func keep(_ tenant: TenantWatch) async {
        do throws(StoreFailure) {
            try await retain(tenant)
            if rules.compacts { try await compact(tenant) }
            try await anchor(tenant)
            tenant.note { $0.failure = nil }
        } catch {
            tenant.note { $0.failure = error }
            logger.error(
                "an archive cannot be kept in order",
                metadata: ["cause": "\(error)", "tenant": "\(tenant.tenant)"])
        }
    }

    private func retain(_ tenant: TenantWatch) async throws(StoreFailure) {
        let retention = rules.retention(days: tenant.retentionDays)
        let removals = try await tenant.commit.retain(retention)
        tenant.note { $0.add(removals) }
        if !removals.isEmpty {
            logger.info(
                "retention removed segments",
                metadata: ["count": "\(removals.count)", "tenant": "\(tenant.tenant)"])
        }
        // Also what was removed before a crash, or by hand: asked for again it costs little.
        let removed = try await tenant.commit.removedThrough
        guard removed > 0 else { return }
        try await events.erase(tenant.tenant, through: removed)
    }

    private func anchor(_ tenant: TenantWatch) async throws(StoreFailure) {
        let told = try await ArchiveAnchor.tell(
            await tenant.commit.head, after: tenant.house.anchoredThrough, to: ledger,
            now: cadence.clock(),
            in: scopes.scope(Permission(.create, .ledger), in: tenant.tenant))
        tenant.note { $0.anchoredThrough = told }
    }

    private func compact(_ tenant: TenantWatch) async throws(StoreFailure) {
        for _ in 0..<Self.segmentsMax where !Task.isCancelled {
            let now = cadence.clock()
            let passed = tenant.passedSegments
            let archive = tenant.archive
            let found: Result<[CompactionOutcome], StoreFailure>
            do {
                found = try await NIOThreadPool.singleton.runIfActive {
                    Result { () throws(StoreFailure) in
                        try archive.compact(
                            segmentsMax: 1, passing: passed, now: now,
                            chance: SystemRandomNumberGenerator())
                    }
                }
            } catch { return }
            guard let outcome = try found.get().first else { return }
            tenant.note(outcome)
        }
    }
}
