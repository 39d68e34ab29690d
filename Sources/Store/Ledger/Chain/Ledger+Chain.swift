package import Engine
import GRDB
package import Tenancy

/// An entry with its place among those of all tenants; for feeds that go on where they ended.
package struct NumberedEntry: Hashable, Sendable {
    /// Grows from entry to entry; the chain does not cover it.
    package let ordinal: Int64
    package let entry: LedgerEntry
}

/// Something happened to an incident.
package struct IncidentChange: Hashable, Sendable {
    /// What `after` takes.
    package let ordinal: Int64
    package let key: IncidentKey
    package let kind: EntryKind
    package let actor: PrincipalID
    package let time: Timestamp
    package let position: UInt64
}

extension Ledger {
    /// Writes down an act outside of the ledger before it is done: a search, an export, an order.
    ///
    /// - Parameters:
    ///   - act: a name as `search-run`; with the scope's permission it stands in the body.
    ///   - scope: the one that allows the act itself.
    package func tell(
        _ act: String, about subject: String, _ details: CanonicalJSON, of tenant: TenantID,
        now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(scope.permission, in: tenant)
        guard (1...LedgerLimits.titleBytesMax).contains(act.utf8.count) else {
            throw StoreFailure(.invalid, "An act has a name of at most 512 bytes.")
        }
        let permission = scope.permission.description
        return try await self.act(in: scope, now: now) { transaction in
            try transaction.append(
                .actTold, subject,
                .object([
                    "act": .text(act), "permission": .text(permission), "details": details,
                ]), in: tenant)
        }
    }

    /// Entries of the scope's tenants, oldest first.
    ///
    /// - Parameters:
    ///   - after: the ordinal of the last one known; 0 begins.
    ///   - limit: 1...``LedgerLimits/pageMax``.
    ///   - scope: allows `read ledger`.
    package func entries(
        after: Int64, limit: Int = LedgerLimits.pageMax, in scope: TenantScope
    ) async throws(StoreFailure) -> [NumberedEntry] {
        try scope.require(Permission(.read, .ledger))
        let tenants = scope.tenants.map(\.text)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(ChainRows.selectEntries)
                    WHERE entries.ordinal > ?
                      AND entries.tenant IN (\(QueueQuery.marks(tenants.count)))
                    ORDER BY entries.ordinal LIMIT ?
                    """,
                arguments: [after] + StatementArguments(tenants)
                    + [min(max(1, limit), LedgerLimits.pageMax)]
            ).map { NumberedEntry(ordinal: $0["ordinal"], entry: try ChainRows.entry($0)) }
        }
    }

    /// What happened to one incident, oldest first; at most ``LedgerLimits/pageMax`` after a position.
    ///
    /// - Parameter scope: allows `read incidents`.
    package func history(
        of key: IncidentKey, after: UInt64 = 0, in scope: TenantScope
    ) async throws(StoreFailure) -> [LedgerEntry] {
        try scope.require(Permission(.read, .incidents), in: key.tenant)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(ChainRows.selectEntries)
                    WHERE entries.tenant = ? AND subject = ? AND position > ?
                      AND kind <> 'alert-kept'
                    ORDER BY position LIMIT ?
                    """,
                arguments: [
                    key.tenant.text, key.incident.text, Int64(clamping: after),
                    LedgerLimits.pageMax,
                ]
            ).map(ChainRows.entry)
        }
    }

    /// Which incidents changed, oldest first, for a live feed.
    ///
    /// - Parameters:
    ///   - after: the ordinal of the last change known; 0 begins.
    ///   - scope: allows `read incidents`.
    package func changes(
        after: Int64, limit: Int = LedgerLimits.pageMax, in scope: TenantScope
    ) async throws(StoreFailure) -> [IncidentChange] {
        try scope.require(Permission(.read, .incidents))
        let tenants = scope.tenants.map(\.text)
        let kinds = EntryKind.allCases.filter(\.isOfIncidents).map(\.rawValue)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT ordinal, tenant, position, time, actor, kind, subject FROM entries
                    WHERE ordinal > ? AND kind IN (\(QueueQuery.marks(kinds.count)))
                      AND tenant IN (\(QueueQuery.marks(tenants.count)))
                    ORDER BY ordinal LIMIT ?
                    """,
                arguments: [after] + StatementArguments(kinds) + StatementArguments(tenants)
                    + [min(max(1, limit), LedgerLimits.pageMax)]
            ).map { row in
                guard let kind = EntryKind(rawValue: row["kind"]) else {
                    throw StoreFailure(.damaged, "The ledger has an entry of an unknown kind.")
                }
                return IncidentChange(
                    ordinal: row["ordinal"],
                    key: IncidentKey(
                        try row.identifier("subject"), of: try row.identifier("tenant")),
                    kind: kind, actor: try row.identifier("actor"),
                    time: Timestamp(nanoseconds: row["time"]),
                    position: try row.unsigned("position"))
            }
        }
    }

    /// The ordinal of the last entry there is: where a feed that wants only what is new begins.
    package func lastOrdinal() async throws(StoreFailure) -> Int64 {
        try await read { db in
            try Int64.fetchOne(db, sql: "SELECT MAX(ordinal) FROM entries") ?? 0
        }
    }

    /// Signs the head of every chain that has none signed; says them all.
    package func signHeads(now: Timestamp) async throws(StoreFailure) -> [SignedHead] {
        try await write { db in
            let transaction = LedgerTransaction(
                db: db, ledger: self, actor: Self.service, time: now)
            for tenant in try ChainRows.tenants(db) { try transaction.sign(tenant) }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM heads WHERE (tenant, position) IN
                      (SELECT tenant, MAX(position) FROM heads GROUP BY tenant) ORDER BY tenant
                    """
            ).map(ChainRows.head)
        }
    }
}

extension EntryKind {
    /// Whether its subject is an incident.
    package var isOfIncidents: Bool {
        switch self {
        case .incidentTold, .incidentReopened, .incidentSeen, .incidentAssigned,
            .incidentDecided, .incidentClosed, .incidentTimed, .incidentsMerged, .incidentSplit,
            .joinUndone, .commentWritten, .taskAdded, .taskSet, .evidenceAdded, .tagAdded,
            .tagRemoved:
            true
        default: false
        }
    }
}
