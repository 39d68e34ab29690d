import GRDB
import Tenancy

/// Reads what ``IncidentCase`` decides on.
enum CaseReading {
    struct Standing {
        var standing: IncidentCase
        var revision: UInt64

        func require(revision wanted: UInt64?) throws(StoreFailure) {
            guard let wanted, wanted != revision else { return }
            throw StoreFailure(
                .conflict, "The incident has changed since; read it again, then decide.")
        }
    }

    static func revision(_ key: IncidentKey, _ db: Database) throws -> UInt64 {
        let row = try Row.fetchOne(
            db, sql: "SELECT revision FROM incidents WHERE tenant = ? AND id = ?",
            arguments: [key.tenant.text, key.incident.text])
        guard let row else { throw StoreFailure(.missing, "There is no such incident.") }
        return try row.unsigned("revision")
    }

    static func standing(_ key: IncidentKey, _ db: Database) throws -> Standing {
        let place: StatementArguments = [key.tenant.text, key.incident.text]
        let found = try Row.fetchOne(
            db, sql: "SELECT * FROM incidents WHERE tenant = ? AND id = ?", arguments: place)
        guard let row = found else {
            throw StoreFailure(.missing, "There is no such incident.")
        }
        var standing = IncidentCase()
        standing.state = CaseState(rawValue: row["state"]) ?? .new
        standing.assignee = try row.optionalIdentifier("assignee")
        let verdict: String? = row["verdict"]
        standing.verdict = verdict.flatMap(Verdict.init)
        standing.verdictReason = row["verdict_reason"]
        standing.verdictHolds = row["verdict_holds"]
        standing.mergedInto = try row.optionalIdentifier("merged_into")
        standing.times = Set(CaseTime.allCases.filter { row.time($0.column) != nil })
        standing.tags = Set(
            try String.fetchAll(
                db, sql: "SELECT tag FROM tags WHERE tenant = ? AND incident = ?",
                arguments: place))
        for task in try Row.fetchAll(
            db, sql: "SELECT id, done FROM tasks WHERE tenant = ? AND incident = ?",
            arguments: place)
        {
            standing.tasks[task["id"]] = task.time("done") != nil
        }
        for comment in try Row.fetchAll(
            db,
            sql: """
                SELECT id, author, MAX(version) AS version FROM comments
                WHERE tenant = ? AND incident = ? GROUP BY id
                """, arguments: place)
        {
            standing.comments[comment["id"]] = IncidentCase.Written(
                author: try comment.identifier("author"), versions: comment["version"])
        }
        standing.evidenceCount =
            try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM evidence WHERE tenant = ? AND incident = ?",
                arguments: place) ?? 0
        return Standing(standing: standing, revision: try row.unsigned("revision"))
    }
}
