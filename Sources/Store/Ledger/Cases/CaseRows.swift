import Engine
import GRDB
import Tenancy

/// What people did to incidents, as rows.
enum CaseRows {
    static func exists(_ key: IncidentKey, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM incidents WHERE tenant = ? AND id = ?)",
            arguments: [key.tenant.text, key.incident.text]) ?? false
    }

    /// The incident that `key` is part of, where that is closed.
    static func closedRoot(of key: IncidentKey, _ db: Database) throws -> IncidentID? {
        let root = try JoinRows.root(of: key, db)
        let state = try String.fetchOne(
            db, sql: "SELECT state FROM incidents WHERE tenant = ? AND id = ?",
            arguments: [key.tenant.text, root.text])
        return state == CaseState.closed.rawValue ? root : nil
    }

    /// Makes what the queue is ordered by follow from the incident and all that is merged into it.
    static func refresh(_ key: IncidentKey, _ db: Database) throws {
        try db.execute(
            sql: """
                WITH RECURSIVE part(id) AS (
                  SELECT ?2 UNION SELECT incidents.id FROM incidents
                    JOIN part ON merged_into = part.id WHERE tenant = ?1
                ), whole AS (
                  SELECT MAX(told_risk) AS risk, MAX(told_level) AS level,
                    MAX(COALESCE(last_seen, created)) AS time
                  FROM incidents WHERE tenant = ?1 AND id IN (SELECT id FROM part)
                )
                UPDATE incidents SET queue_risk = -(SELECT risk FROM whole),
                  level = (SELECT level FROM whole), queue_time = -(SELECT time FROM whole),
                  alert_count = (SELECT COUNT(*) FROM alerts WHERE tenant = ?1 AND incident = ?2)
                WHERE tenant = ?1 AND id = ?2
                """, arguments: [key.tenant.text, key.incident.text])
    }

    static func touch(_ key: IncidentKey, at time: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE incidents SET revision = revision + 1, changed = ?
                WHERE tenant = ? AND id = ?
                """, arguments: [time.nanoseconds, key.tenant.text, key.incident.text])
    }

    static func change(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        let time = entry.time.nanoseconds
        var sets: String
        var values: StatementArguments = []
        switch entry.kind {
        case .incidentSeen:
            sets = "state = CASE state WHEN 'new' THEN 'open' ELSE state END, t3 = COALESCE(t3, ?)"
            values = [time]
        case .incidentAssigned:
            sets = """
                assignee = ?, state = CASE state WHEN 'new' THEN 'open' ELSE state END,
                t3 = COALESCE(t3, ?)
                """
            values = [body["assignee"]?.text, time]
        case .incidentDecided:
            sets = """
                verdict = ?, verdict_reason = ?, verdict_by = ?, verdict_holds = 1,
                state = CASE state WHEN 'new' THEN 'open' ELSE state END,
                t3 = COALESCE(t3, ?), t4 = COALESCE(t4, ?)
                """
            values = [
                body["verdict"]?.text, body["reason"]?.text, entry.actor.text, time, time,
            ]
        case .incidentClosed: sets = "state = 'closed'"
        case .incidentReopened: sets = "state = 'open', verdict_holds = 0"
        default:
            guard let name = body["time"]?.text,
                let column = CaseTime.allCases.first(where: { $0.name == name })?.column
            else { return }
            sets = "\(column) = COALESCE(\(column), ?)"
            values = [body["at"]?.integer]
        }
        sets += ", revision = revision + 1, changed = ?"
        values += [time, entry.tenant.text, entry.subject]
        try db.execute(
            sql: "UPDATE incidents SET \(sets) WHERE tenant = ? AND id = ?", arguments: values)
    }

    static func add(_ entry: LedgerEntry, _ body: CanonicalJSON, _ db: Database) throws {
        let place: StatementArguments = [entry.tenant.text, entry.subject]
        let time = entry.time.nanoseconds
        switch entry.kind {
        case .commentWritten:
            try db.execute(
                sql: """
                    INSERT INTO comments (tenant, incident, id, version, author, time, text)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: place + [
                    body["id"]?.integer, body["version"]?.integer, entry.actor.text, time,
                    body["text"]?.text,
                ])
        case .taskAdded:
            try db.execute(
                sql: """
                    INSERT INTO tasks (tenant, incident, id, title, author, created)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: place + [
                    body["id"]?.integer, body["title"]?.text, entry.actor.text, time,
                ])
        case .taskSet:
            let isDone = body["done"]?.flag ?? false
            try db.execute(
                sql: """
                    UPDATE tasks SET done_by = ?, done = ?
                    WHERE tenant = ? AND incident = ? AND id = ?
                    """,
                arguments: [isDone ? entry.actor.text : nil, isDone ? time : nil] + place
                    + [body["id"]?.integer])
        case .evidenceAdded:
            let digest = body["digest"]?.text.flatMap(LedgerDigest.init(hex:))
            try db.execute(
                sql: """
                    INSERT INTO evidence (tenant, incident, id, note, digest, sequences, author,
                      created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: place + [
                    body["id"]?.integer, body["note"]?.text, digest?.bytes.blob,
                    body["sequences"]?.string, entry.actor.text, time,
                ])
        case .tagAdded:
            try db.execute(
                sql: "INSERT INTO tags (tenant, incident, tag) VALUES (?, ?, ?)",
                arguments: place + [body["tag"]?.text])
        default:
            try db.execute(
                sql: "DELETE FROM tags WHERE tenant = ? AND incident = ? AND tag = ?",
                arguments: place + [body["tag"]?.text])
        }
        try db.execute(
            sql: """
                UPDATE incidents SET revision = revision + 1, changed = ?
                WHERE tenant = ? AND id = ?
                """, arguments: [time] + place)
    }
}
