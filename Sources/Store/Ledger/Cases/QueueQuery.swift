import Engine
import GRDB
import Tenancy

/// The queue's question as SQL. Which index answers it is said here, not left to the planner: at 10,000 incidents a wrong guess is a scan.
struct QueueQuery {
    let sql: String
    let arguments: StatementArguments

    init(_ query: IncidentQuery, tenants: [TenantID]) {
        var conditions = ["merged_into IS NULL"]
        var arguments: StatementArguments = []
        let isLive = !query.states.isEmpty && !query.states.contains(.closed)
        if isLive { conditions.append("state <> 'closed'") }
        if tenants.count == 1, let tenant = tenants.first {
            conditions.append("tenant = ?")
            arguments += [tenant.text]
        } else {
            conditions.append("tenant IN (\(Self.marks(tenants.count)))")
            arguments += StatementArguments(tenants.map(\.text))
        }
        if let after = query.after {
            if tenants.count == 1 {
                conditions.append("(queue_risk, queue_time, id) > (?, ?, ?)")
                arguments += [
                    -after.risk, -after.lastSeen.nanoseconds, after.key.incident.text,
                ]
            } else {
                conditions.append("(queue_risk, queue_time, tenant, id) > (?, ?, ?, ?)")
                arguments += [
                    -after.risk, -after.lastSeen.nanoseconds, after.key.tenant.text,
                    after.key.incident.text,
                ]
            }
        }
        Self.filter(query, &conditions, &arguments)
        let index =
            (isLive ? "live" : "incidents") + (tenants.count == 1 ? "_of_tenant" : "_of_all")
        let order = tenants.count == 1 ? "id" : "tenant, id"
        sql = """
            SELECT * FROM incidents INDEXED BY \(index)
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY queue_risk, queue_time, \(order) LIMIT ?
            """
        self.arguments = arguments + [query.limit + 1]
    }

    private static func filter(
        _ query: IncidentQuery, _ conditions: inout [String],
        _ arguments: inout StatementArguments
    ) {
        if !query.states.isEmpty, query.states.count < CaseState.allCases.count {
            conditions.append("state IN (\(marks(query.states.count)))")
            arguments += StatementArguments(query.states.map(\.rawValue).sorted())
        }
        if query.levelMin > .informational {
            conditions.append("level >= ?")
            arguments += [query.levelMin.rawValue]
        }
        if let assignee = query.assignee {
            conditions.append("assignee = ?")
            arguments += [assignee.text]
        }
        if query.isUnassigned { conditions.append("assignee IS NULL") }
        if let verdict = query.verdict {
            conditions.append("verdict = ?")
            arguments += [verdict.rawValue]
        }
        if let tag = query.tag {
            conditions.append(
                """
                EXISTS (SELECT 1 FROM tags WHERE tags.tenant = incidents.tenant
                  AND tags.incident = incidents.id AND tag = ?)
                """)
            arguments += [tag]
        }
        if let text = query.text, !text.isEmpty {
            conditions.append("instr(search, ?) > 0")
            arguments += [String(decoding: text.lowercased().utf8.prefix(256), as: UTF8.self)]
        }
    }

    static func marks(_ count: Int) -> String {
        Array(repeating: "?", count: count).joined(separator: ", ")
    }
}
