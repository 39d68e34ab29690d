import Engine
import HTTPTypes
import Store
import Tenancy

/// The rules: what is in force, what it asks, how often it fired, what is wrong with it, what it covers.
enum RuleEndpoints {
    static let all: [Endpoint] = [rules, reload, hits, faults, rule, coverage]
    static let read = Permission(.read, .rules)

    private static let text = Shape.text(bytesMax: 1 << 20)
    private static let count = Shape.integer(0...Int64.max)
    private static let texts = Shape.list(text, countMax: 10_000)
    private static let ruleFields: [Shape.Field] = [
        .must("id", text), .must("title", text), .must("level", text),
        .must("techniques", texts), .must("tenant", .optional(.identifier)),
        .must("logsource", text), .must("kinds", texts), .must("correlation", .flag),
    ]

    private static let rules = Endpoint(
        method: .get, path: "/api/v1/rules",
        summary: "The rules in force; one without kinds of logs cannot fire",
        right: .tenants(read), query: [Endpoint.tenant],
        answer: .object([.must("rules", .list(.object(ruleFields), countMax: 1_000_000))])
    ) { call in
        let rules = try await call.parts.desk.rules(in: call.scope())
        return Answer(["rules": .list(rules.map { .object($0.members) })])
    }

    private static let reload = Endpoint(
        method: .post, path: "/api/v1/rules/reload", summary: "Load the rules anew",
        right: .provider(Permission(.update, .rules)), body: .object([]),
        answer: .object([
            .must("in_force", count), .must("faults", .list(text, countMax: 100_000)),
        ])
    ) { call in
        let reload = try await call.parts.desk.reloadRules(in: call.scope())
        return Answer([
            "in_force": .integer(Int64(reload.inForce)), "faults": .texts(reload.faults),
        ])
    }

    private static let hits = Endpoint(
        method: .get, path: "/api/v1/rules/hits", summary: "How often rules made alerts",
        right: .tenants(Permission(.read, .alerts)),
        query: [
            Endpoint.tenant,
            .init(name: "since", shape: .time, note: "Of alerts made then or later."),
        ],
        answer: .object([
            .must(
                "rules",
                .list(
                    .object([
                        .must("tenant", .identifier), .must("rule", text), .must("alerts", count),
                        .must("suppressed", count), .must("last", .time),
                    ]), countMax: Ledger.ruleHitsMax))
        ])
    ) { call in
        let hits = try await call.ledger.ruleHits(
            since: call.query["since"].flatMap(Timestamp.init(rfc3339:)), in: call.scope())
        return Answer([
            "rules": .list(
                hits.map { hit in
                    [
                        "tenant": .text(hit.tenant.text), "rule": .text(hit.rule),
                        "alerts": .integer(Int64(hit.alertCount)),
                        "suppressed": .integer(Int64(hit.suppressedCount)),
                        "last": .time(hit.last),
                    ]
                })
        ])
    }

    private static let faults = Endpoint(
        method: .get, path: "/api/v1/rules/faults",
        summary: "What is wrong with rule files, at most 1,000 a tenant", right: .tenants(read),
        query: [Endpoint.tenant],
        answer: .object([
            .must(
                "faults",
                .list(
                    .object([
                        .must("tenant", .identifier), .must("place", text),
                        .must("reason", text), .must("refused", .flag), .must("message", text),
                    ]), countMax: 1_000_000))
        ])
    ) { call in
        let faults = try await call.parts.desk.ruleFaults(in: call.scope())
        return Answer([
            "faults": .list(
                faults.map { fault in
                    [
                        "tenant": .text(fault.tenant.text), "place": .text(fault.place),
                        "reason": .text(fault.reason), "refused": .flag(fault.isRefused),
                        "message": .text(fault.message),
                    ]
                })
        ])
    }

    private static let rule = Endpoint(
        method: .get, path: "/api/v1/rules/{tenant}/{rule}",
        summary: "One rule: what it asks, which logs feed it, its text", right: .tenant(read),
        answer: .object(
            ruleFields + [
                .must("status", .optional(text)), .must("author", .optional(text)),
                .must("license", .optional(text)), .must("description", .optional(text)),
                .must("tags", texts), .must("references", texts),
                .must("false_positives", texts), .must("file", text),
                .must("text", .optional(text)), .must("fields", texts), .must("feeds", texts),
                .must(
                    "asks",
                    .list(
                        .object([.must("depth", .integer(0...1000)), .must("text", text)]),
                        countMax: RuleReading.linesMax)),
            ])
    ) { call in
        let found = try await call.parts.desk.rule(
            call.names["rule"] ?? "", of: call.name("tenant"), in: call.scope())
        guard let found else { throw Problem(.missing, "There is no such rule in force.") }
        return Answer(found.json)
    }

    private static let state = Shape.choice(CoverageState.allCases.map(\.rawValue))
    private static let coverage = Endpoint(
        method: .get, path: "/api/v1/coverage/{tenant}",
        summary:
            "ATT&CK: which techniques no rule looks for, which lack logs, which are armed, which fired",
        right: .tenant(read),
        query: [
            .init(name: "since", shape: .time, note: "Of alerts made then or later; 30 days.")
        ],
        answer: .object([
            .must("kinds", texts), .must("sampled", .flag),
            .must(
                "techniques",
                .list(
                    .object([
                        .must("id", text), .must("name", text), .must("tactics", texts),
                        .must("state", state), .must("rules", count),
                        .must("rules_armed", count), .must("alerts", count),
                        .must("missing_kinds", texts),
                    ]), countMax: 10_000)),
        ])
    ) { call in
        let tenant: TenantID = try call.name("tenant")
        let found = try await CoverageReport.make(
            of: tenant, for: call.principal,
            since: call.query["since"].flatMap(Timestamp.init(rfc3339:)), call.parts)
        return Answer([
            "kinds": .texts(found.kinds.sorted()), "sampled": .flag(found.isSample),
            "techniques": .list(
                found.techniques.map { technique in
                    [
                        "id": .text(technique.id), "name": .text(technique.name),
                        "tactics": .texts(technique.tactics),
                        "state": .text(technique.state.rawValue),
                        "rules": .integer(Int64(technique.rules.count)),
                        "rules_armed": .integer(Int64(technique.armedCount)),
                        "alerts": .integer(Int64(technique.alertCount)),
                        "missing_kinds": .texts(technique.missingKinds.sorted()),
                    ]
                }),
        ])
    }
}

extension RuleInForce {
    fileprivate var members: [JSON.Member] {
        [
            .init("id", .text(id)), .init("title", .text(title)), .init("level", .text(level)),
            .init("techniques", .texts(techniques)), .init("tenant", .text(orNull: tenant?.text)),
            .init("logsource", .text(logsource)), .init("kinds", .texts(kinds)),
            .init("correlation", .flag(isCorrelation)),
        ]
    }
}

extension RuleReading {
    fileprivate var json: JSON {
        .object(
            rule.members + [
                .init("status", .text(orNull: status)), .init("author", .text(orNull: author)),
                .init("license", .text(orNull: license)),
                .init("description", .text(orNull: description)), .init("tags", .texts(tags)),
                .init("references", .texts(references)),
                .init("false_positives", .texts(falsePositives)), .init("file", .text(file)),
                .init("text", .text(orNull: text)), .init("fields", .texts(fields)),
                .init("feeds", .texts(feeds)),
                .init(
                    "asks",
                    .list(
                        outline.map {
                            ["depth": .integer(Int64($0.depth)), "text": .text($0.text)]
                        })),
            ])
    }
}
