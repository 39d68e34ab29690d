import Engine
import GRDB
import Tenancy

/// Merges and splits laid over what the engine told, as rows.
///
/// An alert's own incident is where a person split it off to, else where the engine told it; its incident is the one that this was merged
/// into, followed to the end.
enum JoinRows {
    /// The incident that `key` is part of now; itself where it is merged into none.
    static func root(of key: IncidentKey, _ db: Database) throws -> IncidentID {
        let statement = try db.cachedStatement(
            sql: "SELECT merged_into FROM incidents WHERE tenant = ? AND id = ?")
        var incident = key.incident
        for _ in 0..<LedgerLimits.mergeDepthMax {
            let arguments: StatementArguments = [key.tenant.text, incident.text]
            guard let next = try String.fetchOne(statement, arguments: arguments),
                let into = IncidentID(next)
            else { return incident }
            incident = into
        }
        throw StoreFailure(
            .damaged, "Incidents are merged more than \(LedgerLimits.mergeDepthMax) deep.")
    }

    static func isMerged(_ key: IncidentKey, _ db: Database) throws -> Bool {
        try root(of: key, db) != key.incident
    }

    /// How many merges lie below `key`.
    static func depth(of key: IncidentKey, _ db: Database) throws -> Int {
        try Int.fetchOne(
            db,
            sql: """
                WITH RECURSIVE part(id, depth) AS (
                  SELECT ?2, 0 UNION ALL
                  SELECT incidents.id, depth + 1 FROM incidents
                    JOIN part ON merged_into = part.id WHERE tenant = ?1 AND depth < ?3
                ) SELECT MAX(depth) FROM part
                """,
            arguments: [key.tenant.text, key.incident.text, LedgerLimits.mergeDepthMax]) ?? 0
    }

    /// Whether `loser` was merged into `survivor` before, and that was undone.
    static func wasMerged(
        _ loser: IncidentKey, into survivor: IncidentKey, _ db: Database
    ) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM joins WHERE tenant = ? AND kind = 'merge'
                  AND incident = ? AND told_into = ? AND undone IS NOT NULL)
                """,
            arguments: [loser.tenant.text, loser.incident.text, survivor.incident.text]) ?? false
    }

    static func merge(
        _ entry: LedgerEntry, _ body: CanonicalJSON, _ ordinal: Int64, _ db: Database
    ) throws {
        let loser = try key(entry.subject, of: entry.tenant)
        let into = try key(body["into"]?.text, of: entry.tenant)
        try db.execute(
            sql: "UPDATE incidents SET merged_into = ? WHERE tenant = ? AND id = ?",
            arguments: [into.incident.text, entry.tenant.text, loser.incident.text])
        try db.execute(
            sql: "UPDATE alerts SET incident = ? WHERE tenant = ? AND incident = ?",
            arguments: [into.incident.text, entry.tenant.text, loser.incident.text])
        try record(
            entry, ordinal, "merge", loser, into: into,
            told: body["told"]?.text ?? into.incident.text, db)
        try settle([loser, into], at: entry.time, db)
    }

    static func split(
        _ entry: LedgerEntry, _ body: CanonicalJSON, _ ordinal: Int64, _ db: Database
    ) throws {
        let origin = try key(entry.subject, of: entry.tenant)
        let made = try key(body["into"]?.text, of: entry.tenant)
        try db.execute(
            sql: """
                INSERT INTO incidents (tenant, id, told, told_digest, told_level, told_risk, title,
                  level, confidence, first_seen, last_seen, state, created, changed, revision,
                  search, t0, t1, t2, queue_risk, queue_time)
                SELECT tenant, ?1, ?2, told_digest, told_level, told_risk, ?3,
                  level, confidence, first_seen, last_seen, 'open', ?4, ?4, 0,
                  ?5, t0, t1, t2, queue_risk, queue_time
                FROM incidents WHERE tenant = ?6 AND id = ?7
                """,
            arguments: [
                made.incident.text, ordinal, body["title"]?.text, entry.time.nanoseconds,
                (body["title"]?.text ?? "").lowercased(), entry.tenant.text,
                origin.incident.text,
            ])
        let move = try db.cachedStatement(
            sql: """
                UPDATE alerts SET split_incident = ?1, incident = ?1
                WHERE tenant = ?2 AND id = ?3
                """)
        for alert in body["alerts"]?.list ?? [] {
            try move.execute(arguments: [
                made.incident.text, entry.tenant.text, alert["id"]?.text,
            ])
        }
        try record(
            entry, ordinal, "split", origin, into: made, told: made.incident.text, db)
        try settle([origin, made], at: entry.time, db)
    }

    static func undo(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        let incident = try key(entry.subject, of: entry.tenant)
        let into = try key(body["into"]?.text, of: entry.tenant)
        try db.execute(
            sql: "UPDATE joins SET undone = ? WHERE tenant = ? AND position = ?",
            arguments: [Int64(entry.position), entry.tenant.text, body["of"]?.integer])
        if body["kind"]?.text == "merge" {
            try db.execute(
                sql: "UPDATE incidents SET merged_into = NULL WHERE tenant = ? AND id = ?",
                arguments: [entry.tenant.text, incident.incident.text])
            try settleAlerts(below: incident, db)
        } else {
            let restore = try db.cachedStatement(
                sql: "UPDATE alerts SET split_incident = ? WHERE tenant = ? AND id = ?")
            for pair in body["alerts"]?.list ?? [] {
                try restore.execute(arguments: [
                    pair["before"]?.text, entry.tenant.text, pair["id"]?.text,
                ])
            }
            // What people wrote in it stays readable, as part of where it came from.
            let back = try root(of: incident, db)
            try db.execute(
                sql: "UPDATE incidents SET merged_into = ? WHERE tenant = ? AND id = ?",
                arguments: [back.text, entry.tenant.text, into.incident.text])
            try settleAlerts(below: IncidentKey(back, of: entry.tenant), db)
        }
        let root = IncidentKey(try root(of: into, db), of: entry.tenant)
        try settle([incident, into, root], at: entry.time, db)
    }

    /// Points each alert of the incidents that are part of `top` to `top`.
    private static func settleAlerts(below top: IncidentKey, _ db: Database) throws {
        try db.execute(
            sql: """
                WITH RECURSIVE part(id) AS (
                  SELECT ?2 UNION SELECT incidents.id FROM incidents
                    JOIN part ON merged_into = part.id WHERE tenant = ?1
                )
                UPDATE alerts SET incident = ?2 WHERE tenant = ?1
                  AND COALESCE(split_incident, told_incident) IN (SELECT id FROM part)
                """, arguments: [top.tenant.text, top.incident.text])
    }

    private static func settle(
        _ keys: Set<IncidentKey>, at time: Timestamp, _ db: Database
    ) throws {
        for key in keys {
            try CaseRows.refresh(key, db)
            try CaseRows.touch(key, at: time, db)
        }
    }

    private static func record(
        _ entry: LedgerEntry, _ ordinal: Int64, _ kind: String, _ incident: IncidentKey,
        into: IncidentKey, told: String, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO joins (ordinal, tenant, position, kind, incident, into_incident,
                  told_into) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                ordinal, entry.tenant.text, Int64(entry.position), kind, incident.incident.text,
                into.incident.text, told,
            ])
    }

    private static func key(_ text: String?, of tenant: TenantID) throws -> IncidentKey {
        guard let incident = text.flatMap(IncidentID.init) else {
            throw StoreFailure(.damaged, "An entry names an incident of the wrong form.")
        }
        return IncidentKey(incident, of: tenant)
    }
}
