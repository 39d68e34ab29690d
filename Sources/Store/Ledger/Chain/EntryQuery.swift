package import Engine
import GRDB
package import Tenancy

/// Which entries of the record to show.
package struct EntryQuery: Hashable, Sendable {
    package var actor: PrincipalID?
    /// Empty for all.
    package var kinds: Set<EntryKind>
    /// What the subject begins with, as `source/` or an incident's id.
    package var subject: String?
    /// By when they were written, half open.
    package var since: Timestamp?
    package var until: Timestamp?
    package var newestFirst: Bool
    package var limit: Int
    /// The ordinal of the last one known; nil begins.
    package var after: Int64?

    package init(
        actor: PrincipalID? = nil, kinds: Set<EntryKind> = [], subject: String? = nil,
        since: Timestamp? = nil, until: Timestamp? = nil, newestFirst: Bool = false,
        limit: Int = 100, after: Int64? = nil
    ) {
        self.actor = actor
        self.kinds = kinds
        self.subject = subject
        self.since = since
        self.until = until
        self.newestFirst = newestFirst
        self.limit = min(max(1, limit), LedgerLimits.pageMax)
        self.after = after
    }
}

extension EntryKind {
    /// What people and programs do, without what the engine finds.
    package static let acts = Set(allCases).subtracting([.alertKept, .incidentTold])
}

extension Ledger {
    /// Entries of the scope's tenants that a query matches.
    ///
    /// - Parameter scope: allows `read ledger`.
    package func entries(
        matching query: EntryQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> [NumberedEntry] {
        try scope.require(Permission(.read, .ledger))
        let tenants = scope.tenants.map(\.text)
        var conditions = ["entries.tenant IN (\(QueueQuery.marks(tenants.count)))"]
        var arguments = StatementArguments(tenants)
        func add(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }
        if let actor = query.actor { add("actor = ?", [actor.text]) }
        if !query.kinds.isEmpty, query.kinds.count < EntryKind.allCases.count {
            let names = query.kinds.map(\.rawValue).sorted()
            add("kind IN (\(QueueQuery.marks(names.count)))", StatementArguments(names))
        }
        if let subject = query.subject, !subject.isEmpty {
            add("substr(subject, 1, ?) = ?", [subject.unicodeScalars.count, subject])
        }
        if let since = query.since { add("time >= ?", [since.nanoseconds]) }
        if let until = query.until { add("time < ?", [until.nanoseconds]) }
        if let after = query.after {
            add("entries.ordinal \(query.newestFirst ? "<" : ">") ?", [after])
        }
        let sql = """
            \(ChainRows.selectEntries) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY entries.ordinal \(query.newestFirst ? "DESC" : "ASC") LIMIT ?
            """
        let all = arguments + [query.limit]
        return try await read { db in
            try Row.fetchAll(db, sql: sql, arguments: all).map {
                NumberedEntry(ordinal: $0["ordinal"], entry: try ChainRows.entry($0))
            }
        }
    }
}
