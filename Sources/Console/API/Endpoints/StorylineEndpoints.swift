import Engine
import HTTPTypes
import Store
import Tenancy

/// What led to what in an incident, for whoever draws it.
enum StorylineEndpoints {
    static let all: [Endpoint] = [storyline]

    private static let text = Shape.text(bytesMax: 1 << 20)
    private static let node = Shape.object([
        .must("id", text), .must("kind", .optional(.choice(Entity.Kind.allCases.map(\.rawValue)))),
        .must("label", text), .must("host", .optional(text)),
        .must("first_seen", .optional(.time)), .must("last_seen", .optional(.time)),
        .must("level", .optional(.choice(CaseLevel.allCases.map(\.name)))),
        .must("alert_count", .integer(0...Int64.max)),
        .must(
            "facts",
            .list(.object([.must("name", text), .must("value", text)]), countMax: 100)),
    ])
    private static let edge = Shape.object([
        .must("from", .integer(0...Int64.max)), .must("to", .integer(0...Int64.max)),
        .must("reason", text), .must("time", .optional(.time)),
    ])

    static let storyline = Endpoint(
        method: .get, path: "/api/v1/incidents/{tenant}/{incident}/storyline",
        summary: "The causal graph of an incident; edges name places in the list of nodes",
        right: .tenant(IncidentEndpoints.read),
        answer: .object([
            .must("root", .optional(.integer(0...Int64.max))),
            .must("nodes", .list(node, countMax: 10_000)),
            .must("edges", .list(edge, countMax: 20_000)),
        ])
    ) { call in
        let key = try call.incident()
        let view = try await call.ledger.incident(key, in: call.scope())
        let graph = StoryGraph(details: view.details)
        var alerts: [AlertSummary] = []
        // Levels are shown to whoever may see alerts.
        if let scope = try? call.scope(Permission(.read, .alerts), in: key.tenant) {
            alerts = try await call.ledger.alerts(
                matching: AlertQuery(incident: key.incident, limit: LedgerLimits.pageMax),
                in: scope
            ).alerts
        }
        return Answer(graph.json(graph.levels(alerts)))
    }
}

extension StoryGraph {
    fileprivate func json(_ levels: [CaseLevel?]) -> JSON {
        [
            "root": .integer(orNull: root),
            "nodes": .list(
                zip(nodes, levels).map { node, level in
                    [
                        "id": .text(node.id), "kind": .text(orNull: node.kind?.rawValue),
                        "label": .text(node.label), "host": .text(orNull: node.host),
                        "first_seen": .time(node.firstSeen), "last_seen": .time(node.lastSeen),
                        "level": .text(orNull: level?.name),
                        "alert_count": .integer(Int64(node.alerts.count)),
                        "facts": .list(
                            node.facts.map { ["name": .text($0.name), "value": .text($0.value)] }),
                    ]
                }),
            "edges": .list(
                edges.map { edge in
                    [
                        "from": .integer(Int64(edge.from)), "to": .integer(Int64(edge.to)),
                        "reason": .text(edge.reason), "time": .time(edge.time),
                    ]
                }),
        ]
    }
}
