import Engine
import GRDB
import Tenancy

/// The registry and the digests of secrets, as rows.
enum RegistryRows {
    static func keep(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        let lookup = body["lookup"]?.text.flatMap(LedgerDigest.init(hex:))
        try db.execute(
            sql: """
                INSERT INTO registry (kind, tenant, id, name, lookup, created, changed, revision,
                  body) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)
                ON CONFLICT (kind, tenant, id) DO UPDATE SET name = excluded.name,
                  lookup = excluded.lookup, changed = excluded.changed, body = excluded.body,
                  revision = revision + 1
                """,
            arguments: [
                body["kind"]?.text, entry.tenant.text, body["id"]?.text, body["name"]?.text,
                lookup?.bytes.blob, entry.time.nanoseconds, entry.time.nanoseconds,
                body["value"]?.string,
            ])
    }

    static func remove(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM registry WHERE kind = ? AND tenant = ? AND id = ?",
            arguments: [body["kind"]?.text, entry.tenant.text, body["id"]?.text])
        try db.execute(
            sql: "DELETE FROM secret_digests WHERE tenant = ? AND owner = ?",
            arguments: [entry.tenant.text, entry.subject])
    }

    static func keepSecret(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        let digest = body["digest"]?.text.flatMap(LedgerDigest.init(hex:))
        try db.execute(
            sql: """
                INSERT INTO secret_digests (tenant, owner, kind, digest) VALUES (?, ?, ?, ?)
                ON CONFLICT (tenant, owner, kind) DO UPDATE SET digest = excluded.digest
                """,
            arguments: [
                entry.tenant.text, entry.subject, body["kind"]?.text, digest?.bytes.blob,
            ])
    }

    static func removeSecret(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM secret_digests WHERE tenant = ? AND owner = ? AND kind = ?",
            arguments: [entry.tenant.text, entry.subject, body["kind"]?.text])
    }

    static func registered<Value: RegistryValue>(
        _: Value.Type, _ row: Row
    ) throws -> Registered<Value> {
        guard let value = Value(json: try CanonicalJSON(reading: row["body"])) else {
            throw StoreFailure(.damaged, "The registry has a value that cannot be read.")
        }
        return Registered(
            value: value, created: Timestamp(nanoseconds: row["created"]),
            changed: Timestamp(nanoseconds: row["changed"]),
            revision: try row.unsigned("revision"))
    }

    static func find<Value: RegistryValue>(
        _: Value.Type, _ id: String, of tenant: TenantID, _ db: Database
    ) throws -> Registered<Value>? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM registry WHERE kind = ? AND tenant = ? AND id = ?",
            arguments: [Value.kind.rawValue, tenant.text, id]
        ).map { try registered(Value.self, $0) }
    }

    /// Ids of a principal's sessions, keys, passkeys and invitations.
    static func belongings(
        of principal: PrincipalID, kinds: Set<RegistryKind>, _ db: Database
    ) throws -> [(kind: String, tenant: TenantID, id: String)] {
        let names = kinds.map(\.rawValue).sorted()
        return try Row.fetchAll(
            db,
            sql: """
                SELECT kind, tenant, id FROM registry
                WHERE kind IN (\(QueueQuery.marks(names.count)))
                  AND COALESCE(json_extract(body, '$.principal'),
                    json_extract(body, '$.owner')) = ?
                ORDER BY kind, tenant, id
                """, arguments: StatementArguments(names) + [principal.text]
        ).map { (kind: $0["kind"], tenant: try $0.identifier("tenant"), id: $0["id"]) }
    }
}
