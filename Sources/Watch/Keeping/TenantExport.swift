package import Engine
package import Store
package import Tenancy

/// Everything of one tenant in open forms, for whoever leaves.
///
///     DIR/archive.jsonl        every record as received, in order
///     DIR/incidents.jsonl      cases with comments, tasks, evidence, verdicts and times
///     DIR/alerts.jsonl         alerts, newest first
///     DIR/ledger.jsonl         the chain of every act, which `kagari ledger verify --export` checks
///     DIR/manifest.json, .sig  every file with its digest, signed by the server
package struct TenantExport {
    package static let kind = "kagari-tenant-export-1"

    package struct Told: Sendable {
        package var records: UInt64 = 0
        package var incidents = 0
        package var alerts = 0
        /// What the archive could not give.
        package var gaps: [ArchiveGap] = []
        package var byteCount: Int64 = 0
    }

    /// Makes the scope for one of: `export events`, `read incidents`, `read alerts`, `export ledger`.
    package typealias Authorize = (Permission) throws(StoreFailure) -> TenantScope

    private let archive: ArchiveFolder
    private let ledger: Ledger
    private let copy: LedgerCopy
    private let authorize: Authorize
    private var told = Told()

    /// - Parameters:
    ///   - ledger: open, whoever has it.
    ///   - copy: the same ledger's file.
    package init(
        of archive: ArchiveFolder, ledger: Ledger, copy: LedgerCopy,
        authorize: @escaping Authorize
    ) {
        self.archive = archive
        self.ledger = ledger
        self.copy = copy
        self.authorize = authorize
    }

    /// - Parameters:
    ///   - target: a folder that is new or empty.
    ///   - progress: is given what is being written, and how much of it.
    package mutating func run(
        to target: String, now: Timestamp, progress: (String, UInt64) -> Void
    ) async throws(StoreFailure) -> Told {
        var draft = try SealedFolderDraft(target)
        try records(&draft, progress)
        try await incidents(&draft, progress)
        try await alerts(&draft, progress)
        let lines = try draft.lines(as: "ledger.jsonl")
        try copy.export(archive.tenant, in: authorize(Permission(.export, .ledger))) {
            try lines.add($0)
        }
        try draft.take(lines)
        let facts = CanonicalJSON.object([
            "tenant": .text(archive.tenant.text),
            "records": .integer(Int64(clamping: told.records)),
            "incidents": .integer(Int64(told.incidents)), "alerts": .integer(Int64(told.alerts)),
            "public_key": .text(ledger.keys.proof.description),
        ])
        let sealed = try draft.seal(kind: Self.kind, facts: facts, keys: ledger.keys, now: now)
        told.byteCount = sealed.byteCount
        return told
    }

    private mutating func records(
        _ draft: inout SealedFolderDraft, _ progress: (String, UInt64) -> Void
    ) throws(StoreFailure) {
        try authorize(Permission(.export, .events)).requireReach(of: archive.tenant)
        let lines = try draft.lines(as: "archive.jsonl")
        let reader = try archive.reader(from: 1)
        while true {
            let batch = try reader.next()
            told.gaps += batch.gaps
            guard !batch.isEmpty else { break }
            for record in batch.records { try lines.add(record.exported.string) }
            told.records += UInt64(batch.records.count)
            progress("records", told.records)
        }
        try draft.take(lines)
    }

    private mutating func incidents(
        _ draft: inout SealedFolderDraft, _ progress: (String, UInt64) -> Void
    ) async throws(StoreFailure) {
        let scope = try authorize(Permission(.read, .incidents))
        let lines = try draft.lines(as: "incidents.jsonl")
        var query = IncidentQuery(limit: LedgerLimits.pageMax)
        repeat {
            let page = try await ledger.incidents(matching: query, in: scope)
            for incident in page.incidents {
                try lines.add(try await ledger.incident(incident.key, in: scope).exported.string)
                told.incidents += 1
            }
            progress("incidents", UInt64(told.incidents))
            query.after = page.next
        } while query.after != nil
        try draft.take(lines)
    }

    private mutating func alerts(
        _ draft: inout SealedFolderDraft, _ progress: (String, UInt64) -> Void
    ) async throws(StoreFailure) {
        let scope = try authorize(Permission(.read, .alerts))
        let lines = try draft.lines(as: "alerts.jsonl")
        var query = AlertQuery(limit: LedgerLimits.pageMax)
        repeat {
            let page = try await ledger.alerts(matching: query, in: scope)
            for alert in page.alerts {
                let whole = try await ledger.alert(alert.id, of: archive.tenant, in: scope)
                try lines.add(alert.exported(whole.body).string)
                told.alerts += 1
            }
            progress("alerts", UInt64(told.alerts))
            query.after = page.next
        } while query.after != nil
        try draft.take(lines)
    }
}

extension TenantScope {
    fileprivate func requireReach(of tenant: TenantID) throws(StoreFailure) {
        guard permission == Permission(.export, .events), covers(tenant) else {
            throw StoreFailure(.refused, "The scope does not allow to export \(tenant)'s events.")
        }
    }
}
