import Engine
import HTTPTypes
import Store
import Tenancy

/// The queue, and one incident as everybody sees it.
enum IncidentEndpoints {
    static let all: [Endpoint] = [list, counts, get, alerts, timeline]
    static let read = Permission(.read, .incidents)

    static let list = Endpoint(
        method: .get, path: "/api/v1/incidents",
        summary: "Incidents, those of the highest risk first", right: .tenants(read),
        query: Endpoint.page + [
            Endpoint.tenant,
            .init(
                name: "state", shape: .choice(CaseState.allCases.map(\.rawValue) + ["live"]),
                note: "Only of this state; `live` is new and open."),
            .init(
                name: "level", shape: .choice(CaseLevel.allCases.map(\.name)),
                note: "Of this level or above."),
            .init(name: "assignee", shape: .identifier, note: "Only whose this is."),
            .init(name: "unassigned", shape: .flag, note: "Only those nobody has."),
            .init(
                name: "verdict", shape: .choice(Verdict.allCases.map(\.rawValue)),
                note: "Only of this verdict."),
            .init(name: "tag", shape: .text(bytesMax: 64), note: "Only with this tag."),
            .init(name: "text", shape: .text(bytesMax: 256), note: "Some name of it holds this."),
        ], answer: .page("incidents", IncidentShapes.summary)
    ) { call in
        let page = try await call.ledger.incidents(
            matching: IncidentQuery(call.query, limit: call.limit), in: call.scope())
        return .page(
            "incidents", page.incidents.map(\.json), next: page.next.map(\.text))
    }

    static let counts = Endpoint(
        method: .get, path: "/api/v1/incidents/counts",
        summary: "How many incidents there are of each kind", right: .tenants(read),
        query: [Endpoint.tenant],
        answer: .object([
            .must(
                "counts",
                .list(
                    .object([
                        .must("tenant", .identifier),
                        .must("state", .choice(CaseState.allCases.map(\.rawValue))),
                        .must("level", .choice(CaseLevel.allCases.map(\.name))),
                        .must(
                            "verdict", .optional(.choice(Verdict.allCases.map(\.rawValue)))),
                        .must("count", .integer(0...Int64.max)),
                    ]), countMax: 1_000_000))
        ])
    ) { call in
        let counts = try await call.ledger.incidentCounts(in: call.scope())
        return Answer([
            "counts": .list(
                counts.map { count in
                    [
                        "tenant": .text(count.tenant.text), "state": .text(count.state.rawValue),
                        "level": .text(count.level.name),
                        "verdict": .text(orNull: count.verdict?.rawValue),
                        "count": .integer(Int64(count.count)),
                    ]
                })
        ])
    }

    static let get = Endpoint(
        method: .get, path: "/api/v1/incidents/{tenant}/{incident}",
        summary: "One incident with all that is said of it", right: .tenant(read),
        answer: IncidentShapes.view
    ) { call in
        let view = try await call.ledger.incident(call.incident(), in: call.scope())
        return Answer(view.json, revision: view.summary.revision)
    }

    static let alerts = Endpoint(
        method: .get, path: "/api/v1/incidents/{tenant}/{incident}/alerts",
        summary: "The alerts of an incident", right: .tenant(Permission(.read, .alerts)),
        query: Endpoint.page, answer: .page("alerts", AlertShapes.summary)
    ) { call in
        let key = try call.incident()
        _ = try await call.ledger.incident(key, in: call.scope(read, in: key.tenant))
        let page = try await call.ledger.alerts(
            matching: AlertQuery(
                incident: key.incident, limit: call.limit,
                after: call.query["cursor"].map { try AlertCursor(text: $0) }),
            in: call.scope())
        return .page("alerts", page.alerts.map(\.json), next: page.next.map(\.text))
    }

    static let timeline = Endpoint(
        method: .get, path: "/api/v1/incidents/{tenant}/{incident}/timeline",
        summary: "What happened to an incident, oldest first", right: .tenant(read),
        query: [
            .init(
                name: "after", shape: .integer(0...Int64.max),
                note: "Only what stands behind this position of the chain.")
        ], answer: .object([.must("entries", .list(LedgerShapes.entry, countMax: 500))])
    ) { call in
        let key = try call.incident()
        _ = try await call.ledger.incident(key, in: call.scope())
        let entries = try await call.ledger.history(
            of: key, after: call.query["after"].flatMap { UInt64($0) } ?? 0, in: call.scope())
        return Answer(["entries": .list(entries.map(\.json))])
    }
}

extension IncidentQuery {
    init(_ query: [String: String], limit: Int) throws(Problem) {
        var cursor: IncidentCursor?
        if let text = query["cursor"] { cursor = try IncidentCursor(text: text) }
        var states: Set<CaseState> = []
        if query["state"] == "live" {
            states = [.new, .open]
        } else if let state = query["state"].flatMap(CaseState.init) {
            states = [state]
        }
        self.init(
            states: states,
            levelMin: query["level"].flatMap { CaseLevel(name: $0) } ?? .informational,
            assignee: query["assignee"].flatMap { PrincipalID($0) },
            isUnassigned: query["unassigned"] == "true",
            verdict: query["verdict"].flatMap(Verdict.init), tag: query["tag"],
            text: query["text"], limit: limit, after: cursor)
    }
}
