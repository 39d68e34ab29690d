import Console
import Engine
import Listen
import Receive
import Report
import Sigma
import Store
import Tenancy
import Watch

/// The running watch, as the console asks it.
struct ConsoleDesk: WatchDesk {
    let watch: Watch
    let server: IntakeServer
    let fetched: FetchFigures
    let events: EventWriter
    let data: DataFolder
    let techniques: [String: Technique]
    let started: Timestamp
    let agents: AgentHub?

    func record(
        _ sequence: UInt64, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RawRecord? {
        try require(Permission(.read, .events), tenant, scope)
        guard let record = try watch.tenant(tenant)?.archive.record(sequence) else { return nil }
        return RawRecord(
            source: record.source, received: record.received, labels: record.envelope.labels,
            bytes: record.bytes)
    }

    func sourceHealth(
        in scope: TenantScope
    ) async throws(StoreFailure) -> [Console.SourceHealth] {
        var found: [Console.SourceHealth] = []
        for tenant in watch.tenants where scope.covers(tenant.tenant) {
            let unparsed = await tenant.detection.unparsedByReason
            let silent = await tenant.detection.silentSources
            for (source, health) in tenant.health.sorted(by: { $0.key < $1.key }) {
                var told = Console.SourceHealth(tenant: tenant.tenant, source: source)
                told.lastSeen = health.lastReceived
                told.records = health.records
                told.bytes = health.bytes
                told.duplicates = health.duplicates
                told.refused = health.refused
                told.lagSeconds = health.lagSeconds
                told.unparsed = (unparsed[source] ?? [:]).map { ($0.key, UInt64($0.value)) }
                    .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
                told.isSilent = silent.contains(source)
                found.append(told)
            }
        }
        return found
    }

    func reloadRules(in scope: TenantScope) async throws(StoreFailure) -> RuleReload {
        try require(Permission(.update, .rules), Ledger.provider, scope)
        let loaded = try await watch.reloadContent()
        let faults = loaded.sorted { $0.key < $1.key }.flatMap { tenant, loaded in
            loaded.problems.map { "\(tenant): \($0)" }
        }
        return RuleReload(
            inForce: loaded.values.map(\.rules.metadata.count).max() ?? 0,
            faults: Array(faults.prefix(1000)))
    }

    func binding(
        forCertificate fingerprint: String
    ) -> (tenant: TenantID, source: LogSourceID)? {
        watch.binding(forCertificate: fingerprint).map { ($0.tenant, $0.source) }
    }

    func complaints() async -> [String] {
        var found: [String] = []
        for tenant in watch.tenants {
            if let failure = await tenant.commit.failure { found.append(failure.message) }
            if let failure = await tenant.detection.failure { found.append(failure.message) }
        }
        found += watch.tenants.compactMap { $0.house.failure?.message }
        if let failure = await events.failure { found.append(failure.message) }
        return found
    }

    func figures() async -> [Figure] {
        var found: [Figure] = []
        for (name, tally) in await server.tallies.sorted(by: { $0.key < $1.key }) {
            let listener = [Figure.Label("listener", name)]
            found += [
                Figure(
                    "kagari_intake_records_total", .counter, "Records made durable.",
                    labels: listener, value: Int64(tally.stored)),
                Figure(
                    "kagari_intake_refused_total", .counter, "Requests and records refused.",
                    labels: listener, value: Int64(tally.refused.values.reduce(0, +))),
                Figure(
                    "kagari_intake_connections", .gauge, "Connections that are open.",
                    labels: listener, value: Int64(tally.connectionsOpen)),
            ]
        }
        found += await fetched.figures()
        for tenant in watch.tenants {
            let name = [Figure.Label("tenant", tenant.tenant.text)]
            found += await keepingFigures(of: tenant, labels: name)
            let told = await tenant.detection.toldThrough
            found += [
                Figure(
                    "kagari_archive_records_total", .counter, "Records in the archive.",
                    labels: name, value: Int64(clamping: tenant.archive.lastSequence)),
                Figure(
                    "kagari_detection_lag_records", .gauge,
                    "Records that are durable and not looked at yet.", labels: name,
                    value: Int64(
                        clamping: tenant.archive.lastSequence
                            - min(told, tenant.archive.lastSequence))),
            ]
        }
        return found
    }

    private func keepingFigures(
        of tenant: TenantWatch, labels: [Figure.Label]
    ) async -> [Figure] {
        let house = tenant.house
        let searched = await tenant.detection.searchThrough
        let counts: [(name: String, help: String, value: UInt64)] = [
            ("retention_records", "Records that retention let go.", house.recordsRemoved),
            ("retention_bytes", "Bytes that retention let go.", house.bytesRemoved),
            ("compaction_segments", "Segments packed tighter.", UInt64(house.segmentsCompacted)),
            ("compaction_saved_bytes", "Bytes that this saved.", house.bytesSaved),
            ("archive_damaged_segments", "Damage met by it.", UInt64(house.segmentsDamaged)),
        ]
        let last = tenant.archive.lastSequence
        return counts.map { count in
            Figure(
                "kagari_\(count.name)_total", .counter, count.help, labels: labels,
                value: Int64(clamping: count.value))
        } + [
            Figure(
                "kagari_search_lag_records", .gauge,
                "Records that are durable and not yet handed to the event store.",
                labels: labels, value: Int64(clamping: last - min(searched, last)))
        ]
    }

    func require(
        _ permission: Permission, _ tenant: TenantID, _ scope: TenantScope
    ) throws(StoreFailure) {
        guard scope.permission == permission, scope.covers(tenant) else {
            throw StoreFailure(.refused, "The scope does not allow that.")
        }
    }
}

extension StoreFailure.Code {
    /// For whoever asks without a key: no path, no name. The log has the rest.
    fileprivate var plainly: String {
        switch self {
        case .diskFull: "the disk is full"
        case .readOnly: "the disk may not be written"
        case .damaged: "what is kept is damaged"
        case .locked: "another program works there"
        case .missing, .conflict, .invalid, .tooLarge, .limit, .refused: "the store refused"
        }
    }
}
