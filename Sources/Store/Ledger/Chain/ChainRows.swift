import Engine
import GRDB
import Tenancy

/// Entries, bodies and heads as rows.
enum ChainRows {
    static func head(
        of tenant: TenantID, _ db: Database
    ) throws -> (position: UInt64, hash: LedgerDigest)? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT position, hash FROM entries WHERE tenant = ?
                ORDER BY position DESC LIMIT 1
                """, arguments: [tenant.text])
        guard let row else { return nil }
        return (try row.unsigned("position"), try row.digest("hash"))
    }

    /// Answers with the entry's place among those of all tenants.
    static func insert(_ entry: LedgerEntry, _ db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO entries (tenant, position, time, actor, kind, subject, body_digest,
                  previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            entry.tenant.text, Int64(entry.position), entry.time.nanoseconds, entry.actor.text,
            entry.kind.rawValue, entry.subject, entry.bodyDigest.bytes.blob,
            entry.previous.bytes.blob, entry.hash.bytes.blob,
        ])
        let ordinal = db.lastInsertedRowID
        if let body = entry.body {
            let bodies = try db.cachedStatement(
                sql: "INSERT INTO bodies (ordinal, tenant, salt, body) VALUES (?, ?, ?, ?)")
            try bodies.execute(arguments: [
                ordinal, entry.tenant.text, body.salt.blob, body.text,
            ])
        }
        return ordinal
    }

    static func entry(_ row: Row) throws -> LedgerEntry {
        guard let kind = EntryKind(rawValue: row["kind"]) else {
            throw StoreFailure(.damaged, "The ledger has an entry of an unknown kind.")
        }
        let text: String? = row["body"]
        let salt = try row.bytes("salt")
        return LedgerEntry(
            tenant: try row.identifier("tenant"), position: try row.unsigned("position"),
            time: Timestamp(nanoseconds: row["time"]), actor: try row.identifier("actor"),
            kind: kind, subject: row["subject"], bodyDigest: try row.digest("body_digest"),
            previous: try row.digest("previous"), hash: try row.digest("hash"),
            body: text.flatMap { text in salt.map { EntryBody(text: text, salt: $0) } })
    }

    /// Without its end: a WHERE, an ORDER BY.
    static let selectEntries = """
        SELECT entries.ordinal, entries.tenant, position, time, actor, kind, subject, body_digest,
          previous, hash, salt, body
        FROM entries LEFT JOIN bodies ON bodies.ordinal = entries.ordinal
        """

    static func insert(_ head: SignedHead, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO heads (tenant, position, hash, time, signature) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                head.tenant.text, Int64(head.position), head.hash.bytes.blob,
                head.time.nanoseconds, head.signature.blob,
            ])
    }

    static func head(_ row: Row) throws -> SignedHead {
        SignedHead(
            tenant: try row.identifier("tenant"), position: try row.unsigned("position"),
            hash: try row.digest("hash"), time: Timestamp(nanoseconds: row["time"]),
            signature: try row.bytes("signature") ?? [])
    }

    static func hasHead(of tenant: TenantID, at position: UInt64, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM heads WHERE tenant = ? AND position = ?)",
            arguments: [tenant.text, Int64(position)]) ?? false
    }

    static func lastHeadTime(of tenant: TenantID, _ db: Database) throws -> Timestamp? {
        try Int64.fetchOne(
            db, sql: "SELECT time FROM heads WHERE tenant = ? ORDER BY position DESC LIMIT 1",
            arguments: [tenant.text]
        ).map(Timestamp.init(nanoseconds:))
    }

    static func tenants(_ db: Database) throws -> [TenantID] {
        try String.fetchAll(db, sql: "SELECT DISTINCT tenant FROM entries ORDER BY tenant")
            .compactMap(TenantID.init)
    }
}
