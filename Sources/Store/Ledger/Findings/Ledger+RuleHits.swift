package import Engine
import GRDB
package import Tenancy

/// How often a rule made alerts.
package struct RuleHits: Hashable, Sendable {
    package let tenant: TenantID
    package let rule: String
    package let alertCount: Int
    /// Of those, the ones that a suppression covers.
    package let suppressedCount: Int
    /// When the last one was made.
    package let last: Timestamp
}

extension Ledger {
    /// Rules of one answer.
    package static let ruleHitsMax = 100_000

    /// Rules that made alerts, by tenant and rule; at most ``ruleHitsMax``.
    ///
    /// - Parameters:
    ///   - since: of alerts made then or later; nil of all.
    ///   - scope: allows `read alerts`; of its tenants only.
    package func ruleHits(
        since: Timestamp? = nil, in scope: TenantScope
    ) async throws(StoreFailure) -> [RuleHits] {
        try scope.require(Permission(.read, .alerts))
        let tenants = scope.tenants.map(\.text)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT tenant, rule, COUNT(*) AS alerts, COUNT(suppression) AS suppressed,
                      MAX(alerted) AS last FROM alerts
                    WHERE tenant IN (\(QueueQuery.marks(tenants.count))) AND alerted >= ?
                    GROUP BY tenant, rule ORDER BY tenant, rule LIMIT \(Self.ruleHitsMax)
                    """,
                arguments: StatementArguments(tenants) + [since?.nanoseconds ?? Int64.min]
            ).map { row in
                RuleHits(
                    tenant: try row.identifier("tenant"), rule: row["rule"],
                    alertCount: row["alerts"], suppressedCount: row["suppressed"],
                    last: Timestamp(nanoseconds: row["last"]))
            }
        }
    }
}
