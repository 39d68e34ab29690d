internal import Engine
package import Listen
package import Logging
package import NIOCore
internal import ServiceLifecycle
package import Store
internal import Synchronization
package import Tenancy

/// What a watch works with.
package struct WatchSetting: Sendable {
    package var data: DataFolder
    /// The provider's content, for all tenants.
    package var folders: ContentShelf.Folders
    package var content: ContentShelf
    package var outlets: DetectionLane.Outlets
    package var cadence: DetectionLane.Cadence
    /// Loops that wait for disks, and loops that match; neither serves connections.
    package var writeLoops: any EventLoopGroup
    package var detectLoops: any EventLoopGroup
    package var logger: Logger
    /// False keeps archives in the clear.
    package var seals: Bool
    package var house: HouseRules

    package init(
        data: DataFolder, folders: ContentShelf.Folders, content: ContentShelf,
        outlets: DetectionLane.Outlets, cadence: DetectionLane.Cadence,
        writeLoops: any EventLoopGroup, detectLoops: any EventLoopGroup, logger: Logger,
        seals: Bool = true, house: HouseRules = HouseRules()
    ) {
        self.data = data
        self.folders = folders
        self.content = content
        self.outlets = outlets
        self.cadence = cadence
        self.writeLoops = writeLoops
        self.detectLoops = detectLoops
        self.logger = logger
        self.seals = seals
        self.house = house
    }
}

/// The watch without a gap: takes in what listeners received, for every tenant, and lets each tenant's lanes do the rest.
package final class Watch: Service, IntakeDesk {
    private let setting: WatchSetting
    private let ledger: Ledger
    private let scopes: ServiceScopes
    private let state = Mutex(State())
    private let started: AsyncStream<TenantWatch>
    private let starter: AsyncStream<TenantWatch>.Continuation

    private struct State {
        var tenants: [TenantID: TenantWatch] = [:]
        var tokens: [LedgerDigest: SourceBinding] = [:]
        var certificates: [LedgerDigest: SourceBinding] = [:]
        var listeners: [String: SourceBinding] = [:]
        var loaded: [TenantID: ContentShelf.Loaded] = [:]
        /// As they were put into logs last.
        var suppressions: [TenantID: [Suppression]] = [:]
    }

    package init(_ setting: WatchSetting, ledger: Ledger, scopes: ServiceScopes) {
        self.setting = setting
        self.ledger = ledger
        self.scopes = scopes
        (started, starter) = AsyncStream.makeStream()
    }

    // MARK: tenants

    package var tenants: [TenantWatch] {
        state.withLock { $0.tenants.values.sorted { $0.tenant < $1.tenant } }
    }

    package func tenant(_ tenant: TenantID) -> TenantWatch? {
        state.withLock { $0.tenants[tenant] }
    }

    /// Opens every tenant of the ledger, reads their content, and learns their sources.
    ///
    /// - Throws: what keeps a tenant from being opened; the message says what to do.
    package func open() async throws(StoreFailure) {
        let scope = try scopes.scope(Permission(.read, .tenants), in: Ledger.provider)
        for record in try await all(TenantRecord.self, in: scope)
        where record.state != .deleted && record.tenantID != Ledger.provider {
            try await open(record)
        }
        try await learnSources()
        for tenant in tenants { try await learnSuppressions(of: tenant) }
    }

    /// Every value of a kind, page by page.
    private func all<Value: RegistryValue>(
        _ kind: Value.Type, in scope: TenantScope
    ) async throws(StoreFailure) -> [Value] {
        var values: [Value] = []
        var after: (tenant: TenantID, id: String)?
        while true {
            let page = try await ledger.values(kind, after: after, in: scope).map(\.value)
            values += page
            guard page.count == LedgerLimits.pageMax, let last = page.last else { return values }
            after = (last.tenant, last.id)
        }
    }

    /// Opens one tenant, or follows what changed of it.
    package func open(_ record: TenantRecord) async throws(StoreFailure) {
        if let tenant = tenant(record.tenantID) { return tenant.follow(record) }
        let key = setting.seals ? try key(of: record.tenantID) : nil
        let tenant = try TenantWatch(record, key: key, setting: setting)
        tell(tenant.recovery, of: tenant.tenant)
        state.withLock { $0.tenants[tenant.tenant] = tenant }
        starter.yield(tenant)
        try await loadContent(of: tenant)
    }

    private func tell(_ recovery: ArchiveRecovery, of tenant: TenantID) {
        if let damage = recovery.damages.first {
            setting.logger.error(
                "records that were acknowledged cannot be read; restore the segment from a backup",
                metadata: [
                    "tenant": "\(tenant)", "segment": "\(damage.segment)",
                    "offset": "\(damage.offset)", "cause": "\(damage.damage.rawValue)",
                    "places": "\(recovery.damages.count)",
                ])
        }
        if let torn = recovery.tornFile {
            setting.logger.notice(
                "a write that a crash cut short was set aside; nobody was told that it was kept",
                metadata: [
                    "tenant": "\(tenant)", "file": "\(torn)",
                    "bytes": "\(recovery.tornByteCount)",
                ])
        }
    }

    /// The tenant's key; made where the tenant has none and nothing was ever sealed for it.
    private func key(of tenant: TenantID) throws(StoreFailure) -> TenantKey {
        let keys = try KeyFolder(setting.data.keys)
        do throws(StoreFailure) {
            return try keys.load(for: tenant)
        } catch {
            guard error.code == .missing,
                StateFiles.names(in: setting.data.archive(tenant)).isEmpty
            else { throw error }
            return try keys.make(for: tenant)
        }
    }

    /// Learns anew which token and which certificate belongs to which source. To be called whenever sources change.
    package func learnSources() async throws(StoreFailure) {
        var tokens: [LedgerDigest: SourceBinding] = [:]
        var certificates: [LedgerDigest: (since: Timestamp, binding: SourceBinding)] = [:]
        for tenant in tenants {
            let scope = try scopes.scope(Permission(.read, .sources), in: tenant.tenant)
            for source in try await all(SourceRecord.self, in: scope) where !source.isDisabled {
                let binding = SourceBinding(tenant: tenant.tenant, source: source.source)
                if let digest = source.tokenDigest { tokens[digest] = binding }
                guard let certificate = source.certificate else { continue }
                // Whoever names somebody else's certificate, which is public, does not take it over.
                if let other = certificates[certificate.digest], other.since <= certificate.since {
                    continue
                }
                certificates[certificate.digest] = (certificate.since, binding)
            }
        }
        state.withLock {
            $0.tokens = tokens
            $0.certificates = certificates.mapValues(\.binding)
        }
    }

    /// What senders of a listener without secrets are bound to.
    package func bind(listener: String, to binding: SourceBinding) {
        state.withLock { $0.listeners[listener] = binding }
    }

    // MARK: content

    /// Reads rules and mappings anew. What is new is in force from the next record on; what correlations hold stays.
    ///
    /// - Returns: for each tenant, what was read.
    package func reloadContent() async throws(StoreFailure) -> [TenantID: ContentShelf.Loaded] {
        for tenant in tenants { try await loadContent(of: tenant) }
        return state.withLock { $0.loaded }
    }

    package var loaded: [TenantID: ContentShelf.Loaded] { state.withLock { $0.loaded } }

    private func loadContent(of tenant: TenantWatch) async throws(StoreFailure) {
        var folders = setting.folders
        let own = setting.data.rules(tenant.tenant)
        if StateFiles.exists(own) { folders.rules.append(own) }
        let loaded = try setting.content.load(folders)
        let before = state.withLock { state in
            defer { state.loaded[tenant.tenant] = loaded }
            return state.loaded[tenant.tenant]?.name
        }
        let inForce: String? =
            if let before { before } else { await tenant.detection.content }
        guard inForce != loaded.name else { return }
        await tenant.commit.write(.content(loaded.name), source: WatchNames.watch)
    }

    /// Puts the tenant's suppressions into its log, where they are others than those in force.
    private func learnSuppressions(of tenant: TenantWatch) async throws(StoreFailure) {
        let scope = try scopes.scope(Permission(.read, .suppressions), in: tenant.tenant)
        let list = try await all(SuppressionRecord.self, in: scope).map { Suppression($0) }
        let isTold = state.withLock { state in
            defer { state.suppressions[tenant.tenant] = list }
            return state.suppressions[tenant.tenant] == list
        }
        guard !isTold, await tenant.detection.suppressions != list else { return }
        await tenant.commit.write(.suppressions(list), source: WatchNames.watch)
    }

    // MARK: intake

    package func binding(forToken token: String) -> SourceBinding? {
        // The digest of a secret says nothing about it, so looking it up may take what time it takes.
        let digest = LedgerDigest(of: Array(token.utf8))
        return state.withLock { $0.tokens[digest] }
    }

    package func binding(forCertificate fingerprint: String) -> SourceBinding? {
        guard let digest = LedgerDigest(hex: fingerprint) else { return nil }
        return state.withLock { $0.certificates[digest] }
    }

    package func binding(forListener listener: String, peer: String) -> SourceBinding? {
        state.withLock { $0.listeners[listener] }
    }

    package func take(_ delivery: Delivery) async throws(IntakeRefusal) -> [IntakeOutcome] {
        guard let tenant = tenant(delivery.binding.tenant) else { throw .closed }
        return try await tenant.take(delivery, now: setting.cadence.clock())
    }

    // MARK: running

    /// How soon a tenant, source or suppression that was made is known.
    package static let refreshSeconds = 5

    private func refresh() async {
        do throws(StoreFailure) { try await open() } catch {
            guard !Task.isCancelled else { return }
            setting.logger.error(
                "tenants and sources cannot be read", metadata: ["cause": "\(error)"])
        }
    }

    /// Works until it is asked to stop; then takes nothing more, reads every log to its end, and writes what it knows away.
    package func run() async throws { await run(until: waitForStop) }

    /// As ``run()``, until `stop` returns.
    package func run(until stop: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.beat() }
            group.addTask { await self.housekeeping.run { self.tenants } }
            group.addTask {
                await withDiscardingTaskGroup { lanes in
                    for await tenant in self.started {
                        lanes.addTask { await tenant.run() }
                    }
                }
            }
            await stop()
            for tenant in self.tenants {
                do throws(StoreFailure) { try await tenant.close() } catch {
                    self.setting.logger.error(
                        "a tenant's archive cannot be closed", metadata: ["cause": "\(error)"])
                }
            }
            self.starter.finish()
            _ = await group.next()
            group.cancelAll()
        }
        await setting.outlets.events.close()
        setting.outlets.feed.close()
    }

    private nonisolated(nonsending) func waitForStop() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        await withGracefulShutdownHandler {
            for await _ in stream { break }
        } onGracefulShutdown: {
            continuation.yield()
            continuation.finish()
        }
    }

    private var housekeeping: Housekeeping {
        Housekeeping(
            rules: setting.house, events: setting.outlets.events, ledger: ledger, scopes: scopes,
            cadence: setting.cadence, logger: setting.logger)
    }

    /// Logs when a tenant's archive begins or ends to refuse records.
    private func tellFailures(_ failing: inout [TenantID: StoreFailure.Code]) async {
        for tenant in tenants {
            let failure = await tenant.commit.failure
            guard failure?.code != failing[tenant.tenant] else { continue }
            failing[tenant.tenant] = failure?.code
            if let failure {
                setting.logger.error(
                    "a tenant's archive takes nothing; senders are told to come again",
                    metadata: ["tenant": "\(tenant.tenant)", "cause": "\(failure)"])
            } else {
                setting.logger.notice(
                    "a tenant's archive takes records again",
                    metadata: ["tenant": "\(tenant.tenant)"])
            }
        }
    }

    /// Once a second what was collected is written for search; every few seconds the ledger is asked for new tenants, sources and suppressions;
    /// once a minute every log says what time it is.
    private func beat() async {
        var turn = 0
        var failing: [TenantID: StoreFailure.Code] = [:]
        while !Task.isCancelled {
            await setting.cadence.pause(.seconds(1))
            await setting.outlets.events.flush()
            await tellFailures(&failing)
            turn += 1
            if turn % Self.refreshSeconds == 0 { await refresh() }
            guard turn % 60 == 0 else { continue }
            for tenant in tenants where tenant.archive.lastSequence > 0 {
                await tenant.commit.write(.tick, source: WatchNames.watch)
            }
        }
    }
}

extension Suppression {
    init(_ record: SuppressionRecord) {
        self.init(
            id: record.id, ruleID: record.rule,
            conditions: record.conditions.map { .init(field: $0.field, pattern: $0.value) },
            expires: record.expires)
    }
}
