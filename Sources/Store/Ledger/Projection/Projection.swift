import Engine
import GRDB
import Tenancy

/// What each kind of entry changes in the tables. There is no other way to change them, so they can be made again from the entries.
enum Projection {
    static func apply(
        _ entry: LedgerEntry, _ body: CanonicalJSON, ordinal: Int64, _ db: Database
    ) throws {
        switch entry.kind {
        case .alertKept: try FindingRows.keepAlert(entry, body, ordinal, db)
        case .incidentTold: try FindingRows.tellIncident(entry, body, ordinal, db)
        case .incidentsMerged: try JoinRows.merge(entry, body, ordinal, db)
        case .incidentSplit: try JoinRows.split(entry, body, ordinal, db)
        case .joinUndone: try JoinRows.undo(entry, body, db)
        case .incidentReopened, .incidentSeen, .incidentAssigned, .incidentDecided,
            .incidentClosed, .incidentTimed:
            try CaseRows.change(entry, body, db)
        case .commentWritten, .taskAdded, .taskSet, .evidenceAdded, .tagAdded, .tagRemoved:
            try CaseRows.add(entry, body, db)
        case .valueKept: try RegistryRows.keep(entry, body, db)
        case .valueRemoved: try RegistryRows.remove(entry, body, db)
        case .secretKept: try RegistryRows.keepSecret(entry, body, db)
        case .secretRemoved: try RegistryRows.removeSecret(entry, body, db)
        case .tenantErased: try erase(entry, db)
        case .actTold: break
        }
    }

    private static func erase(_ entry: LedgerEntry, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO erased (tenant, time) VALUES (?, ?)",
            arguments: [entry.subject, entry.time.nanoseconds])
        for table in LedgerSchema.stateTables where table != "erased" {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE tenant = ?", arguments: [entry.subject])
        }
    }

    /// Makes the tables anew in `target` from the entries of `source`; `target` has the tables, empty.
    static func replay(from source: Database, into target: Database) throws {
        let rows = try Row.fetchCursor(
            source, sql: "\(ChainRows.selectEntries) ORDER BY entries.ordinal")
        while let row = try rows.next() {
            let entry = try ChainRows.entry(row)
            let ordinal: Int64 = row["ordinal"]
            if target !== source { try copy(entry, ordinal: ordinal, into: target) }
            guard let text = entry.body?.text else { continue }
            try apply(entry, try CanonicalJSON(reading: text), ordinal: ordinal, target)
        }
    }

    /// The row that the tables refer to; the body stays where it is.
    private static func copy(
        _ entry: LedgerEntry, ordinal: Int64, into target: Database
    ) throws {
        try target.execute(
            sql: """
                INSERT INTO entries (ordinal, tenant, position, time, actor, kind, subject,
                  body_digest, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                ordinal, entry.tenant.text, Int64(entry.position), entry.time.nanoseconds,
                entry.actor.text, entry.kind.rawValue, entry.subject,
                entry.bodyDigest.bytes.blob, entry.previous.bytes.blob, entry.hash.bytes.blob,
            ])
    }

    /// Empties the tables and fills them again, in the caller's transaction.
    static func rebuild(_ db: Database) throws {
        for table in LedgerSchema.stateTables {
            if table == "incidents" {
                // They refer to each other; the check waits for the end of the transaction.
                try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
            }
            try db.execute(sql: "DELETE FROM \(table)")
        }
        try replay(from: db, into: db)
    }

    /// The tables that are not as a replay in memory makes them.
    static func faults(_ db: Database) throws -> [String] {
        let fresh = try DatabaseQueue(configuration: Ledger.configuration())
        let made = try fresh.write { target in
            try LedgerMigrations.migrate(target)
            try replay(from: db, into: target)
            return try digests(target)
        }
        let found = try digests(db)
        return LedgerSchema.stateTables.filter { made[$0] != found[$0] }.sorted()
    }

    /// A digest of each table's rows, in the order of their keys.
    static func digests(_ db: Database) throws -> [String: LedgerDigest] {
        var digests: [String: LedgerDigest] = [:]
        for table in LedgerSchema.stateTables {
            var hash = RowDigest()
            let keys = try db.primaryKey(table).columns.joined(separator: ", ")
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table) ORDER BY \(keys)")
            while let row = try rows.next() { hash.add(row) }
            digests[table] = hash.digest
        }
        return digests
    }
}
