import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// Incidents by risk, those of what needs a person first on top.
    ///
    /// - Parameter scope: allows `read incidents`; incidents of other tenants than its own do not exist.
    package func incidents(
        matching query: IncidentQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> IncidentPage {
        try scope.require(Permission(.read, .incidents))
        let question = QueueQuery(query, tenants: scope.tenants)
        return try await read { db in
            let rows = try Row.fetchAll(db, sql: question.sql, arguments: question.arguments)
            let found = try rows.prefix(query.limit).map(CaseReading.summary)
            return IncidentPage(
                incidents: found, next: rows.count > query.limit ? found.last?.cursor : nil)
        }
    }

    /// One incident; also one that is part of another now.
    ///
    /// - Throws: ``StoreFailure`` of code `missing`.
    package func incident(
        _ key: IncidentKey, in scope: TenantScope
    ) async throws(StoreFailure) -> IncidentView {
        try scope.require(Permission(.read, .incidents), in: key.tenant)
        return try await read { db in try CaseReading.view(key, db) }
    }

    package func incidentCounts(
        in scope: TenantScope
    ) async throws(StoreFailure) -> [IncidentCount] {
        try scope.require(Permission(.read, .incidents))
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT tenant, state, level, verdict, COUNT(*) AS count FROM incidents
                    WHERE merged_into IS NULL
                      AND tenant IN (\(QueueQuery.marks(scope.tenants.count)))
                    GROUP BY tenant, state, level, verdict
                    """, arguments: StatementArguments(scope.tenants.map(\.text))
            ).map { row in
                let verdict: String? = row["verdict"]
                return IncidentCount(
                    tenant: try row.identifier("tenant"),
                    state: CaseState(rawValue: row["state"]) ?? .new,
                    level: CaseLevel(rawValue: row["level"]) ?? .informational,
                    verdict: verdict.flatMap(Verdict.init), count: row["count"])
            }
        }
    }

    /// Alerts, those made last first.
    ///
    /// - Parameter scope: allows `read alerts`.
    package func alerts(
        matching query: AlertQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> AlertPage {
        try scope.require(Permission(.read, .alerts))
        let (sql, arguments) = CaseReading.question(query, tenants: scope.tenants)
        return try await read { db in
            let rows = try Row.fetchAll(db, sql: sql, arguments: arguments)
            let found = try rows.prefix(query.limit).map(CaseReading.alert)
            let next = rows.count > query.limit ? found.last : nil
            return AlertPage(
                alerts: found,
                next: next.map {
                    AlertCursor(alerted: $0.alerted, tenant: $0.tenant, id: $0.id)
                })
        }
    }

    /// One alert, with its JSON text as it was handed over.
    package func alert(
        _ id: AlertID, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> (summary: AlertSummary, body: String) {
        try scope.require(Permission(.read, .alerts), in: tenant)
        let found = try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT alerts.*, bodies.body FROM alerts
                    LEFT JOIN bodies ON bodies.ordinal = alerts.kept
                    WHERE alerts.tenant = ? AND alerts.id = ?
                    """, arguments: [tenant.text, id.text])
            guard let row else { throw StoreFailure(.missing, "There is no such alert.") }
            let text: String? = row["body"]
            let body = try text.map { try CanonicalJSON(reading: $0) }
            return AlertText(
                summary: try CaseReading.alert(row), body: body?["body"]?.text ?? "{}")
        }
        return (found.summary, found.body)
    }
}

private struct AlertText: Sendable {
    let summary: AlertSummary
    let body: String
}
