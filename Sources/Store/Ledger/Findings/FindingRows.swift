import Engine
import GRDB
import Tenancy

/// Alerts and the engine's part of incidents, as rows.
enum FindingRows {
    static func hasAlert(_ id: AlertID, of tenant: TenantID, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM alerts WHERE tenant = ? AND id = ?)",
            arguments: [tenant.text, id.text]) ?? false
    }

    static func keepAlert(
        _ entry: LedgerEntry, _ body: CanonicalJSON, _ ordinal: Int64, _ db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO alerts (tenant, id, kept, rule, title, level, host, user, time,
                  received, alerted, suppression) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            entry.tenant.text, entry.subject, ordinal, body["rule"]?.text, body["title"]?.text,
            body["level"]?.integer, body["host"]?.text, body["user"]?.text,
            body["time"]?.integer, body["received"]?.integer, body["alerted"]?.integer,
            body["suppression"]?.text,
        ])
    }

    /// Digest of what the engine told last, without the alerts; nil where it told nothing.
    static func told(
        _ id: IncidentID, of tenant: TenantID, _ db: Database
    ) throws -> LedgerDigest? {
        try Row.fetchOne(
            db, sql: "SELECT told_digest FROM incidents WHERE tenant = ? AND id = ?",
            arguments: [tenant.text, id.text]
        )?.digest("told_digest")
    }

    /// Those of `alerts` that the engine had in no incident, or in another one.
    ///
    /// - Throws: ``StoreFailure`` of code `invalid` where one was not kept.
    static func alertsToMove(
        _ alerts: [AlertID], to incident: IncidentID, of tenant: TenantID, _ db: Database
    ) throws -> [AlertID] {
        let statement = try db.cachedStatement(
            sql: "SELECT told_incident FROM alerts WHERE tenant = ? AND id = ?")
        return try alerts.filter { alert in
            let arguments: StatementArguments = [tenant.text, alert.text]
            guard let row = try Row.fetchOne(statement, arguments: arguments) else {
                throw StoreFailure(.invalid, "An incident names an alert that was not kept.")
            }
            let told: String? = row["told_incident"]
            return told != incident.text
        }
    }

    /// How many of `alerts` no suppression covers.
    static func count(ofLoud alerts: [AlertID], of tenant: TenantID, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM alerts
                  WHERE tenant = ? AND id = ? AND suppression IS NULL)
                """)
        return try alerts.count { alert in
            try Bool.fetchOne(statement, arguments: [tenant.text, alert.text]) ?? false
        }
    }

    static func tellIncident(
        _ entry: LedgerEntry, _ body: CanonicalJSON, _ ordinal: Int64, _ db: Database
    ) throws {
        guard let id = IncidentID(entry.subject) else {
            throw StoreFailure(.damaged, "An entry tells of an incident without a name.")
        }
        let key = IncidentKey(id, of: entry.tenant)
        try upsert(key, body, ordinal, at: entry.time, db)
        let before = try moveAlerts(body["alerts"]?.texts ?? [], to: key, db)
        for other in before where other != id {
            try CaseRows.refresh(IncidentKey(other, of: entry.tenant), db)
        }
        try CaseRows.refresh(IncidentKey(try JoinRows.root(of: key, db), of: entry.tenant), db)
        try CaseRows.refresh(key, db)
        try recordFirstTimes(key, db)
        try CaseRows.touch(key, at: entry.time, db)
    }

    private static func upsert(
        _ key: IncidentKey, _ body: CanonicalJSON, _ ordinal: Int64, at time: Timestamp,
        _ db: Database
    ) throws {
        guard case .object(var members) = body else { return }
        members["alerts"] = nil
        let digest = LedgerDigest(of: Array(CanonicalJSON.object(members).string.utf8))
        let entities = body["entities"]?.texts ?? []
        let title = body["title"]?.text ?? ""
        let words = [title] + entities + (body["techniques"]?.texts ?? [])
        try db.execute(
            sql: """
                INSERT INTO incidents (tenant, id, told, told_digest, told_level, told_risk, title,
                  level, confidence, first_seen, last_seen, state, created, changed, revision,
                  search, queue_risk, queue_time)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?, ?, 0, ?, 0, 0)
                ON CONFLICT (tenant, id) DO UPDATE SET told = excluded.told,
                  told_digest = excluded.told_digest, told_level = excluded.told_level,
                  told_risk = excluded.told_risk, title = excluded.title,
                  confidence = excluded.confidence, first_seen = excluded.first_seen,
                  last_seen = excluded.last_seen, search = excluded.search
                """,
            arguments: [
                key.tenant.text, key.incident.text, ordinal, digest.bytes.blob,
                body["level"]?.integer, body["risk"]?.integer, title, body["level"]?.integer,
                body["confidence"]?.integer, body["first_seen"]?.integer,
                body["last_seen"]?.integer, time.nanoseconds, time.nanoseconds,
                words.joined(separator: "\n").lowercased(),
            ])
    }

    /// Lays the engine's membership down; what a person split off stays there. Answers with the incidents that lost alerts.
    private static func moveAlerts(
        _ alerts: [String], to key: IncidentKey, _ db: Database
    ) throws -> Set<IncidentID> {
        let root = try JoinRows.root(of: key, db)
        let find = try db.cachedStatement(
            sql: """
                SELECT incident FROM alerts
                WHERE tenant = ? AND id = ? AND split_incident IS NULL AND incident IS NOT NULL
                """)
        let move = try db.cachedStatement(
            sql: """
                UPDATE alerts SET told_incident = ?,
                  incident = CASE WHEN split_incident IS NULL THEN ? ELSE incident END
                WHERE tenant = ? AND id = ?
                """)
        var before: Set<IncidentID> = []
        for alert in alerts {
            let was = try String.fetchOne(find, arguments: [key.tenant.text, alert])
            if let incident = was.flatMap(IncidentID.init) { before.insert(incident) }
            try move.execute(arguments: [
                key.incident.text, root.text, key.tenant.text, alert,
            ])
        }
        return before
    }

    /// T0, T1 and T2, where they are not recorded yet.
    private static func recordFirstTimes(_ key: IncidentKey, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE incidents SET
                  t0 = COALESCE(t0, first_seen, (SELECT MIN(time) FROM alerts
                    WHERE tenant = ?1 AND incident = ?3)),
                  t1 = COALESCE(t1, (SELECT MIN(received) FROM alerts
                    WHERE tenant = ?1 AND incident = ?3)),
                  t2 = COALESCE(t2, (SELECT MIN(alerted) FROM alerts
                    WHERE tenant = ?1 AND incident = ?3))
                WHERE tenant = ?1 AND id = ?2
                """,
            arguments: [
                key.tenant.text, key.incident.text, try JoinRows.root(of: key, db).text,
            ])
    }
}
