import Engine
import GRDB
package import Tenancy

/// How far something got, or how often it happened. No entry tells of it: there would be more of them than of everything else.
package struct Mark: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The record up to which findings were kept.
        case findingsThrough = "findings-through"
        /// Nanoseconds since 1970 of a source's last record, a session's last use, a key's last use.
        case sourceSeen = "source-seen"
        case sessionUsed = "session-used"
        case keyUsed = "key-used"
        /// A passkey's signature counter.
        case passkeyCount = "passkey-count"
        /// The ordinal up to which a webhook was told.
        case webhookThrough = "webhook-through"
        /// What a tenant handed in on a day (UTC, `2026-11-28`).
        case usageRecords = "usage-records"
        case usageBytes = "usage-bytes"
        /// Alerts that a suppression covered.
        case suppressionMatched = "suppression-matched"

        /// What a scope must allow.
        package func permission(_ action: Permission.Action) -> Permission {
            switch self {
            case .findingsThrough: Permission(action, .incidents)
            case .sourceSeen: Permission(action, .sources)
            case .sessionUsed, .keyUsed: Permission(action, .tokens)
            case .passkeyCount: Permission(action, .people)
            case .webhookThrough: Permission(action, .webhooks)
            case .usageRecords, .usageBytes: Permission(action, .tenants)
            case .suppressionMatched: Permission(action, .suppressions)
            }
        }
    }

    package let kind: Kind
    package let tenant: TenantID
    package let subject: String
    package let value: Int64

    package init(_ kind: Kind, _ subject: String, of tenant: TenantID, _ value: Int64) {
        self.kind = kind
        self.tenant = tenant
        self.subject = subject
        self.value = value
    }
}

extension Ledger {
    /// Raises marks; one that is higher already stays.
    ///
    /// - Parameter marks: of one kind, at most ``LedgerLimits/marksMax``; those of suppressions are counted by the ledger itself.
    package func note(_ marks: [Mark], in scope: TenantScope) async throws(StoreFailure) {
        guard marks.count <= LedgerLimits.marksMax else {
            throw StoreFailure(.tooLarge, "At most \(LedgerLimits.marksMax) marks in one call.")
        }
        for mark in marks {
            try scope.require(mark.kind.permission(.update), in: mark.tenant)
            guard mark.kind != .suppressionMatched, mark.kind != .findingsThrough else {
                throw StoreFailure(.invalid, "The ledger counts that itself.")
            }
        }
        try await write { db in
            for mark in marks {
                try MarkRows.raise(mark.kind, mark.subject, of: mark.tenant, to: mark.value, db)
            }
        }
    }

    /// One mark; nil where nothing was noted.
    package func mark(
        _ kind: Mark.Kind, _ subject: String, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> Int64? {
        try scope.require(kind.permission(.read), in: tenant)
        return try await read { db in try MarkRows.value(kind, subject, of: tenant, db) }
    }

    /// Marks of a kind, by tenant and subject; at most ``LedgerLimits/marksMax``.
    ///
    /// - Parameter first: the least subject that is told of; empty begins.
    package func marks(
        _ kind: Mark.Kind, from first: String = "", in scope: TenantScope
    ) async throws(StoreFailure) -> [Mark] {
        try scope.require(kind.permission(.read))
        let tenants = scope.tenants.map(\.text)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT tenant, subject, value FROM marks
                    WHERE kind = ? AND subject >= ? AND tenant IN (\(QueueQuery.marks(tenants.count)))
                    ORDER BY tenant, subject LIMIT ?
                    """,
                arguments: [kind.rawValue, first] + StatementArguments(tenants)
                    + [LedgerLimits.marksMax]
            ).map { row in
                Mark(kind, row["subject"], of: try row.identifier("tenant"), row["value"])
            }
        }
    }
}

enum MarkRows {
    static func raise(
        _ kind: Mark.Kind, _ subject: String, of tenant: TenantID, to value: Int64, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO marks (tenant, kind, subject, value) VALUES (?, ?, ?, ?)
                ON CONFLICT (tenant, kind, subject) DO UPDATE SET value = excluded.value
                  WHERE excluded.value > marks.value
                """, arguments: [tenant.text, kind.rawValue, subject, value])
    }

    static func add(
        _ kind: Mark.Kind, _ subject: String, of tenant: TenantID, _ count: Int64, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO marks (tenant, kind, subject, value) VALUES (?, ?, ?, ?)
                ON CONFLICT (tenant, kind, subject) DO UPDATE SET value = value + excluded.value
                """, arguments: [tenant.text, kind.rawValue, subject, count])
    }

    static func value(
        _ kind: Mark.Kind, _ subject: String, of tenant: TenantID, _ db: Database
    ) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT value FROM marks WHERE tenant = ? AND kind = ? AND subject = ?",
            arguments: [tenant.text, kind.rawValue, subject])
    }
}
