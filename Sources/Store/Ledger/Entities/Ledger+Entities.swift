import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// The newest alerts that entities are taken from.
    package static let entityAlertsMax = 100_000
    /// The incidents changed last that entities are taken from.
    package static let entityIncidentsMax = 1_000

    /// Hosts, users and addresses that alerts and incidents name.
    ///
    /// - Parameter scope: allows `read incidents`; of its tenants only.
    package func entities(
        matching query: EntityQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> EntityList {
        try scope.require(Permission(.read, .incidents))
        let tenants = scope.tenants.map(\.text)
        return try await read { db in
            var tally = EntityTally(query)
            let alerts = try EntityRows.addAlerts(to: &tally, of: tenants, db)
            let incidents = try EntityRows.addIncidents(to: &tally, of: tenants, db)
            return EntityList(
                entities: Array(tally.entities.prefix(query.limit)), count: tally.entities.count,
                isSample: alerts > Self.entityAlertsMax || incidents > Self.entityIncidentsMax)
        }
    }
}

/// What alerts and incidents name, as rows.
private enum EntityRows {
    /// Answers with how many alerts there are, one beyond the bound at most.
    static func addAlerts(
        to tally: inout EntityTally, of tenants: [String], _ db: Database
    ) throws -> Int {
        let recent = """
            SELECT tenant, host, user, time, received, level, incident FROM alerts
            WHERE tenant IN (\(QueueQuery.marks(tenants.count)))
            ORDER BY alerted DESC LIMIT \(Ledger.entityAlertsMax)
            """
        for (kind, column) in [(EntityKind.host, "host"), (.user, "user")]
        where tally.wants(kind) {
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT recent.tenant, recent.\(column) AS name, recent.incident,
                      COUNT(*) AS alerts, MIN(COALESCE(recent.time, recent.received)) AS first,
                      MAX(COALESCE(recent.time, recent.received)) AS last,
                      MAX(recent.level) AS level, incidents.state, incidents.queue_risk
                    FROM (\(recent)) AS recent
                    LEFT JOIN incidents ON incidents.tenant = recent.tenant
                      AND incidents.id = recent.incident
                    WHERE recent.\(column) <> ''
                    GROUP BY recent.tenant, recent.\(column), recent.incident
                    ORDER BY recent.tenant, recent.\(column), recent.incident
                    """, arguments: StatementArguments(tenants))
            while let row = try rows.next() {
                try tally.add(kind, row, incident: row.optionalIdentifier("incident"))
            }
        }
        return try Int.fetchOne(
            db,
            sql: """
                SELECT COUNT(*) FROM (SELECT 1 FROM alerts
                  WHERE tenant IN (\(QueueQuery.marks(tenants.count)))
                  LIMIT \(Ledger.entityAlertsMax + 1))
                """, arguments: StatementArguments(tenants)) ?? 0
    }

    /// Answers with how many incidents there are, one beyond the bound at most.
    static func addIncidents(
        to tally: inout EntityTally, of tenants: [String], _ db: Database
    ) throws -> Int {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT recent.tenant, recent.id AS incident, recent.state, recent.queue_risk,
                  recent.level, recent.first_seen AS first, recent.last_seen AS last, 0 AS alerts,
                  json_extract(named.value, '$.kind') AS kind,
                  json_extract(named.value, '$.label') AS name
                FROM (SELECT * FROM incidents WHERE merged_into IS NULL
                  AND tenant IN (\(QueueQuery.marks(tenants.count)))
                  ORDER BY changed DESC LIMIT \(Ledger.entityIncidentsMax)) AS recent
                JOIN bodies ON bodies.ordinal = recent.told
                JOIN json_each(json_extract(bodies.body, '$.details'), '$.entities') AS named
                WHERE json_extract(named.value, '$.kind')
                  IN ('host', 'user', 'address', 'cloud-principal')
                ORDER BY recent.tenant, recent.id
                """, arguments: StatementArguments(tenants))
        while let row = try rows.next() {
            let word: String? = row["kind"]
            let kind =
                word == "cloud-principal"
                ? EntityKind.user : word.flatMap(EntityKind.init(rawValue:))
            guard let kind, tally.wants(kind) else { continue }
            try tally.add(kind, row, incident: row.optionalIdentifier("incident"))
        }
        return try Int.fetchOne(
            db,
            sql: """
                SELECT COUNT(*) FROM (SELECT 1 FROM incidents WHERE merged_into IS NULL
                  AND tenant IN (\(QueueQuery.marks(tenants.count)))
                  LIMIT \(Ledger.entityIncidentsMax + 1))
                """, arguments: StatementArguments(tenants)) ?? 0
    }
}

/// Rows put together by name.
private struct EntityTally {
    private struct Key: Hashable {
        let tenant: TenantID
        let kind: EntityKind
        let folded: String
    }

    private struct Sum {
        var name: String
        var first: Int64?
        var last: Int64?
        var alerts = 0
        var incidents: Set<IncidentID> = []
        var live: Set<IncidentID> = []
        var risk = 0
        var level = 0
    }

    private let query: EntityQuery
    private let part: String?
    private let whole: String?
    private var sums: [Key: Sum] = [:]

    init(_ query: EntityQuery) {
        self.query = query
        part = query.text.flatMap { $0.isEmpty ? nil : Self.folded($0) }
        whole = query.name.map(Self.folded)
    }

    private static func folded(_ text: String) -> String {
        String(
            decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
    }

    func wants(_ kind: EntityKind) -> Bool { query.kind == nil || query.kind == kind }

    mutating func add(_ kind: EntityKind, _ row: Row, incident: IncidentID?) throws {
        let found: String? = row["name"]
        guard let name = found, !name.isEmpty else { return }
        let folded = Self.folded(name)
        let short = EntityKind.short(folded, of: kind)
        if let whole, short != EntityKind.short(whole, of: kind) { return }
        if let part, !folded.contains(part) { return }
        let key = Key(tenant: try row.identifier("tenant"), kind: kind, folded: short)
        var sum = sums[key] ?? Sum(name: name)
        if name.utf8.count > sum.name.utf8.count { sum.name = name }
        let first: Int64? = row["first"]
        let last: Int64? = row["last"]
        sum.first = [sum.first, first].compactMap { $0 }.min()
        sum.last = [sum.last, last].compactMap { $0 }.max()
        sum.alerts += row["alerts"] as Int
        sum.level = max(sum.level, row["level"] as Int)
        if let incident {
            sum.incidents.insert(incident)
            let state: String? = row["state"]
            if state != CaseState.closed.rawValue {
                sum.live.insert(incident)
                let risk: Int? = row["queue_risk"]
                sum.risk = max(sum.risk, -(risk ?? 0))
            }
        }
        sums[key] = sum
    }

    var entities: [SeenEntity] {
        sums.map { key, sum in
            SeenEntity(
                tenant: key.tenant, kind: key.kind, name: sum.name,
                firstSeen: sum.first.map(Timestamp.init(nanoseconds:)),
                lastSeen: sum.last.map(Timestamp.init(nanoseconds:)), alertCount: sum.alerts,
                incidents: sum.incidents, liveIncidentCount: sum.live.count, risk: sum.risk,
                level: CaseLevel(rawValue: sum.level) ?? .informational)
        }.sorted { left, right in
            if left.risk != right.risk { return left.risk > right.risk }
            let (one, other) = (
                left.lastSeen?.nanoseconds ?? .min, right.lastSeen?.nanoseconds ?? .min
            )
            if one != other { return one > other }
            return (left.name, left.kind.rawValue, left.tenant)
                < (right.name, right.kind.rawValue, right.tenant)
        }
    }
}
