import Engine
import GRDB
import Tenancy

extension CaseReading {
    static func summary(_ row: Row) throws -> IncidentSummary {
        let verdict: String? = row["verdict"]
        let risk: Int = row["queue_risk"]
        let queueTime: Int64 = row["queue_time"]
        var times: [CaseTime: Timestamp] = [:]
        for time in CaseTime.allCases { times[time] = row.time(time.column) }
        return IncidentSummary(
            key: IncidentKey(try row.identifier("id"), of: try row.identifier("tenant")),
            title: row["title"], level: CaseLevel(rawValue: row["level"]) ?? .informational,
            risk: -risk, confidence: row["confidence"], firstSeen: row.time("first_seen"),
            lastSeen: row.time("last_seen"), queueTime: Timestamp(nanoseconds: -queueTime),
            alertCount: row["alert_count"], state: CaseState(rawValue: row["state"]) ?? .new,
            assignee: try row.optionalIdentifier("assignee"),
            verdict: verdict.flatMap(Verdict.init), verdictReason: row["verdict_reason"],
            verdictBy: try row.optionalIdentifier("verdict_by"),
            mergedInto: try row.optionalIdentifier("merged_into"), times: times,
            created: Timestamp(nanoseconds: row["created"]),
            changed: Timestamp(nanoseconds: row["changed"]),
            revision: try row.unsigned("revision"))
    }

    static func view(_ key: IncidentKey, _ db: Database) throws -> IncidentView {
        let place: StatementArguments = [key.tenant.text, key.incident.text]
        let found = try Row.fetchOne(
            db,
            sql: """
                SELECT incidents.*, bodies.body AS told_body FROM incidents
                LEFT JOIN bodies ON bodies.ordinal = incidents.told
                WHERE incidents.tenant = ? AND incidents.id = ?
                """, arguments: place)
        guard let row = found else { throw StoreFailure(.missing, "There is no such incident.") }
        let text: String? = row["told_body"]
        let told = try text.map { try CanonicalJSON(reading: $0) }
        return IncidentView(
            summary: try summary(row), story: told?["story"]?.texts ?? [],
            techniques: told?["techniques"]?.texts ?? [],
            entities: told?["entities"]?.texts ?? [], details: told?["details"]?.text ?? "{}",
            comments: try comments(place, db), tasks: try tasks(place, db),
            evidence: try evidence(place, db),
            tags: try String.fetchAll(
                db, sql: "SELECT tag FROM tags WHERE tenant = ? AND incident = ? ORDER BY tag",
                arguments: place),
            joins: try joins(key, db))
    }

    private static func comments(
        _ place: StatementArguments, _ db: Database
    ) throws -> [IncidentView.Comment] {
        var found: [(id: Int64, versions: [IncidentView.Comment.Version])] = []
        for row in try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM comments WHERE tenant = ? AND incident = ? ORDER BY id, version
                """, arguments: place)
        {
            let version = IncidentView.Comment.Version(
                author: try row.identifier("author"), time: Timestamp(nanoseconds: row["time"]),
                text: row["text"])
            let id: Int64 = row["id"]
            if found.last?.id == id {
                found[found.count - 1].versions.append(version)
            } else {
                found.append((id, [version]))
            }
        }
        return found.map { IncidentView.Comment(id: $0.id, versions: $0.versions) }
    }

    private static func tasks(
        _ place: StatementArguments, _ db: Database
    ) throws -> [IncidentView.Task] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM tasks WHERE tenant = ? AND incident = ? ORDER BY id",
            arguments: place
        ).map { row in
            IncidentView.Task(
                id: row["id"], title: row["title"], author: try row.identifier("author"),
                created: Timestamp(nanoseconds: row["created"]), done: row.time("done"),
                doneBy: try row.optionalIdentifier("done_by"))
        }
    }

    private static func evidence(
        _ place: StatementArguments, _ db: Database
    ) throws -> [IncidentView.Evidence] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM evidence WHERE tenant = ? AND incident = ? ORDER BY id",
            arguments: place
        ).map { row in
            let sequences = try CanonicalJSON(reading: row["sequences"]).list ?? []
            let note = EvidenceNote(
                note: row["note"], digest: try row.digest("digest"),
                sequences: sequences.compactMap(\.integer).map { UInt64(clamping: $0) })
            return IncidentView.Evidence(
                id: row["id"], note: note, author: try row.identifier("author"),
                created: Timestamp(nanoseconds: row["created"]))
        }
    }

    private static func joins(_ key: IncidentKey, _ db: Database) throws -> [IncidentView.Join] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM joins WHERE tenant = ?1 AND ?2 IN (incident, into_incident)
                ORDER BY position
                """, arguments: [key.tenant.text, key.incident.text]
        ).map { row in
            let undone: Int64? = row["undone"]
            return IncidentView.Join(
                kind: row["kind"], position: try row.unsigned("position"),
                incident: try row.identifier("incident"),
                into: try row.identifier("into_incident"), isUndone: undone != nil)
        }
    }

    // MARK: - Alerts

    static func alert(_ row: Row) throws -> AlertSummary {
        AlertSummary(
            tenant: try row.identifier("tenant"), id: try row.identifier("id"),
            rule: row["rule"], title: row["title"],
            level: CaseLevel(rawValue: row["level"]) ?? .informational, host: row["host"],
            user: row["user"], time: row.time("time"),
            received: Timestamp(nanoseconds: row["received"]),
            alerted: Timestamp(nanoseconds: row["alerted"]), suppression: row["suppression"],
            incident: try row.optionalIdentifier("incident"))
    }

    static func question(
        _ query: AlertQuery, tenants: [TenantID]
    ) -> (sql: String, arguments: StatementArguments) {
        var conditions = ["tenant IN (\(QueueQuery.marks(tenants.count)))"]
        var arguments = StatementArguments(tenants.map(\.text))
        func add(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }
        if let incident = query.incident { add("incident = ?", [incident.text]) }
        if let rule = query.rule { add("rule = ?", [rule]) }
        if let host = query.host { add("host = ? COLLATE NOCASE", [host]) }
        if let user = query.user { add("user = ? COLLATE NOCASE", [user]) }
        if query.levelMin > .informational { add("level >= ?", [query.levelMin.rawValue]) }
        if let since = query.since { add("alerted >= ?", [since.nanoseconds]) }
        if let until = query.until { add("alerted < ?", [until.nanoseconds]) }
        if let after = query.after {
            add(
                "(alerted, tenant, id) < (?, ?, ?)",
                [after.alerted.nanoseconds, after.tenant.text, after.id.text])
        }
        let sql = """
            SELECT * FROM alerts WHERE \(conditions.joined(separator: " AND "))
            ORDER BY alerted DESC, tenant DESC, id DESC LIMIT ?
            """
        return (sql, arguments + [query.limit + 1])
    }
}
