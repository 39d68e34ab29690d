import Engine
import Hummingbird
import Store
import Tenancy

/// The rules in force, and one of them.
enum RulePages {
    static let rowsMax = 100
    static let days: Int64 = 30

    static func list(_ call: PageCall) async throws -> Response {
        guard let tenant = call.shownTenant else {
            throw Problem(.forbidden, "No tenant is in reach.")
        }
        let scope = try await call.scope(RuleEndpoints.read, in: tenant.text)
        let alerting = try await call.scope(Permission(.read, .alerts), in: tenant.text)
        let since = Timestamp(nanoseconds: call.now.nanoseconds - days * 86_400_000_000_000)
        let hits = try await call.ledger.ruleHits(since: since, in: alerting)
        let shelf = RuleShelfView(
            rules: try await call.parts.desk.rules(in: scope),
            hits: Dictionary(hits.map { ($0.rule, $0) }, uniquingKeysWith: { one, _ in one }),
            text: (call.query["text"] ?? "").lowercased(), state: call.query["state"] ?? "",
            page: call.query["page"].flatMap { Int($0) } ?? 0)
        let faults = try await call.parts.desk.ruleFaults(in: scope)
        return call.page(.rules, .rules, with: [.rooms]) { main in
            main.lead(
                .verbatim("\(Phrase.rules.text(in: call.language)) · \(tenant.text)"), .rulesNote
            ) { acts in
                guard call.may(Permission(.update, .rules), in: Ledger.provider) else { return }
                acts.act("/rules/reload", csrf: call.csrf) { form in
                    form.hidden("back", "/rules?tenant=\(tenant.text)")
                    form.element("button", say: .reload)
                }
            }
            filter(shelf, call, &main)
            tell(faults, &main)
            guard !shelf.shown.isEmpty else { return main.state(.noRules, .noRulesCure) }
            main.element(
                "p", [.class("soft fine")],
                say: .shown(shelf.fitting.count, of: shelf.rules.count))
            main.listing(
                [.level, .title, .logsource, .withFeeds, .hits, .lastHit], numbers: [4],
                label: .rules
            ) { rows in
                for rule in shelf.shown { row(rule, shelf.hits[rule.id], tenant, &rows) }
            }
            pager(shelf, call, &main)
        }
    }

    private static func filter(
        _ shelf: RuleShelfView, _ call: PageCall, _ main: inout Markup
    ) {
        main.element("form", [.class("filters"), .set("action", "/rules")]) { form in
            form.element("nav", [.class("segments"), .say("aria-label", .state)]) { segments in
                for (state, phrase) in RuleShelfView.states {
                    segments.element(
                        "a",
                        [
                            .class("button"),
                            .set(
                                "href", "/rules" + call.query.with("state", state)),
                        ] + (state == shelf.state ? [.set("aria-current", "true")] : []),
                        say: phrase)
                }
            }
            if !shelf.state.isEmpty { form.hidden("state", shelf.state) }
            if let tenant = call.tenant { form.hidden("tenant", tenant.text) }
            form.open(
                "input",
                [
                    .set("type", "search"), .set("name", "text"), .set("value", shelf.text),
                    .say("aria-label", .partOfName), .say("placeholder", .partOfName),
                    .set("data-keys", "/"),
                ])
            form.element("button", say: .filter)
        }
    }

    private static func row(
        _ rule: RuleInForce, _ hits: RuleHits?, _ tenant: TenantID, _ rows: inout Markup
    ) {
        rows.element("tr") { row in
            row.cell(.level) { $0.ruleLevel(rule.level) }
            row.cell(.title) { $0.link(RoomLink.rule(rule.id, of: tenant), text: rule.title) }
            row.cell(.logsource, class: "whole") { cell in
                cell.text(rule.logsource, atMost: 80)
                if rule.isCorrelation {
                    cell.text(" ")
                    cell.element("span", [.class("chip")], say: .correlation)
                }
            }
            row.cell(.withFeeds) { cell in
                if rule.kinds.isEmpty {
                    cell.element("span", [.class("wrong")], say: .cannotFire)
                } else {
                    cell.text(rule.kinds.joined(separator: ", "), atMost: 60)
                }
            }
            row.cell(.hits, number: hits?.alertCount ?? 0)
            row.cell(.lastHit, time: hits?.last)
        }
    }

    private static func pager(
        _ shelf: RuleShelfView, _ call: PageCall, _ main: inout Markup
    ) {
        main.element("nav", [.class("pager"), .say("aria-label", .next)]) { pager in
            if shelf.page > 0 {
                pager.element(
                    "a",
                    [
                        .class("button"),
                        .set("href", "/rules" + call.query.with("page", String(shelf.page - 1))),
                    ], say: .previous)
            }
            if shelf.hasMore {
                pager.element(
                    "a",
                    [
                        .class("button"),
                        .set("href", "/rules" + call.query.with("page", String(shelf.page + 1))),
                        .set("data-keys", "n"),
                    ], say: .next)
            }
        }
    }

    private static func tell(_ faults: [RuleFault], _ main: inout Markup) {
        guard !faults.isEmpty else { return }
        main.element("details", [.class("panel faults")]) { details in
            details.element("summary") { summary in
                summary.element("h2", say: .faults)
                summary.element("b", [.class("number")], text: Phrase.grouped(faults.count))
            }
            details.element("ul", [.class("plain")]) { list in
                for fault in faults.prefix(200) {
                    list.element("li") { item in
                        item.element(
                            "span", [.class(fault.isRefused ? "wrong" : "soft")],
                            say: fault.isRefused ? .refusedRule : .warning)
                        item.text(" ")
                        item.element("code") { $0.text(fault.place, atMost: 200) }
                        item.element("span", [.set("lang", "en")]) {
                            $0.text(fault.message, atMost: 500)
                        }
                    }
                }
            }
        }
    }

    static func reload(_ call: PageCall) async throws -> Response {
        _ = try await call.perform(.post, "/api/v1/rules/reload")
        return call.away(to: call.form["back"] ?? "/rules")
    }
}

/// The rules of one tenant, narrowed and cut into pages.
struct RuleShelfView {
    static let states: [(String, Phrase)] = [
        ("", .all), ("fired", .fired), ("fed", .canFire), ("unfed", .cannotFire),
    ]

    let rules: [RuleInForce]
    let hits: [String: RuleHits]
    let text: String
    let state: String
    let page: Int
    /// Those that fired first, then by level and title.
    let fitting: [RuleInForce]

    init(
        rules: [RuleInForce], hits: [String: RuleHits], text: String, state: String, page: Int
    ) {
        self.rules = rules
        self.hits = hits
        self.text = String(text.prefix(256))
        self.state = Self.states.contains { $0.0 == state } ? state : ""
        let wanted = self.text
        let chosen = self.state
        fitting = rules.filter { rule in
            let isState =
                switch chosen {
                case "fired": hits[rule.id] != nil
                case "fed": !rule.kinds.isEmpty
                case "unfed": rule.kinds.isEmpty
                default: true
                }
            return isState
                && (wanted.isEmpty || rule.title.lowercased().contains(wanted)
                    || rule.id.lowercased().hasPrefix(wanted)
                    || rule.techniques.contains { $0.contains(wanted) }
                    || rule.logsource.contains(wanted))
        }.sorted { left, right in
            let (one, other) = (hits[left.id]?.alertCount ?? 0, hits[right.id]?.alertCount ?? 0)
            if one != other { return one > other }
            let (high, low) = (CaseLevel(name: left.level), CaseLevel(name: right.level))
            if high != low { return (high ?? .informational) > (low ?? .informational) }
            return (left.title, left.id) < (right.title, right.id)
        }
        self.page = min(max(0, page), max(0, (fitting.count - 1) / RulePages.rowsMax))
    }

    var shown: ArraySlice<RuleInForce> {
        fitting.dropFirst(page * RulePages.rowsMax).prefix(RulePages.rowsMax)
    }

    var hasMore: Bool { (page + 1) * RulePages.rowsMax < fitting.count }
}

/// One rule.
enum RulePage {
    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(RuleEndpoints.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first,
            let id = FormText.decoded(call.part("rule")[...]),
            let found = try await call.parts.desk.rule(id, of: tenant, in: scope)
        else { throw Problem(.missing, "There is no such rule in force.") }
        let alerting = try await call.scope(Permission(.read, .alerts), in: tenant.text)
        let alerts = try await call.ledger.alerts(
            matching: AlertQuery(rule: found.rule.id, limit: 20), in: alerting)
        return call.page(.verbatim(String(found.rule.title.prefix(80))), .rules, with: [.rooms]) {
            main in
            main.element("article", [.class("rule")]) { article in
                article.lead(.verbatim(found.rule.title)) { acts in
                    acts.element(
                        "a",
                        [.class("button"), .set("href", "/rules?tenant=\(tenant.text)")],
                        say: .rules)
                }
                if let description = found.description {
                    article.element("p", [.class("prose")]) { $0.text(description, atMost: 4000) }
                }
                facts(found, alerts, tenant, &article)
                asks(found, &article)
                EntityPages.list(alerts, &article)
                text(found, &article)
            }
        }
    }

    private static func facts(
        _ found: RuleReading, _ alerts: Store.AlertPage, _ tenant: TenantID, _ article: inout Markup
    ) {
        article.facts([
            (.level, { $0.ruleLevel(found.rule.level) }),
            (.logsource, { $0.text(found.rule.logsource) }),
            (.state, { $0.say(found.rule.kinds.isEmpty ? .cannotFire : .canFire) }),
            (
                .lastHit,
                { value in
                    if let last = alerts.alerts.first {
                        value.moment(last.alerted)
                    } else {
                        value.say(.neverFired)
                    }
                }
            ), (.author, { $0.text(found.author ?? "–", atMost: 200) }),
            (.license, { $0.text(found.license ?? "–", atMost: 100) }),
            (.file, { value in value.element("code") { $0.text(found.file, atMost: 200) } }),
        ])
        guard !found.tags.isEmpty else { return }
        article.element("p") { line in
            for tag in found.tags.prefix(40) {
                let technique = tag.dropFirst("attack.".count).uppercased()
                if tag.hasPrefix("attack.t"), technique.dropFirst().first?.isNumber == true {
                    line.element(
                        "a",
                        [
                            .class("chip"),
                            .set(
                                "href",
                                "/coverage/\(tenant.text)/\(FormText.encoded(technique))"),
                        ], text: tag)
                } else {
                    line.element("span", [.class("chip")]) { $0.text(tag, atMost: 80) }
                }
                line.text(" ")
            }
        }
    }

    private static func asks(_ found: RuleReading, _ article: inout Markup) {
        article.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .asks)
            panel.element("ol", [.class("outline plain")]) { list in
                for line in found.outline.prefix(500) {
                    list.element("li", [.class("depth-\(min(8, line.depth))")]) { item in
                        item.element("code") { $0.text(line.text, atMost: 500) }
                    }
                }
            }
            panel.element("h3", say: .fieldsRead)
            panel.element("p") { line in
                for field in found.fields.prefix(60) {
                    line.element("span", [.class("chip")], text: field)
                    line.text(" ")
                }
            }
            panel.element("h3", say: .fedBy)
            guard !found.feeds.isEmpty else {
                panel.element("p", [.class("wrong")], say: .notFed)
                return
            }
            panel.element("ul", [.class("plain")]) { list in
                for feed in found.feeds.prefix(60) {
                    list.element("li") { $0.element("code", text: feed) }
                }
            }
            guard !found.falsePositives.isEmpty else { return }
            panel.element("h3", say: .falsePositives)
            panel.element("ul") { list in
                for note in found.falsePositives.prefix(40) {
                    list.element("li") { $0.text(note, atMost: 500) }
                }
            }
        }
    }

    private static func text(_ found: RuleReading, _ article: inout Markup) {
        article.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .itsText)
            guard let text = found.text else {
                panel.element("p", [.class("soft")], say: .textGone)
                return
            }
            panel.element(
                "pre", [.class("raw"), .set("tabindex", "0"), .say("aria-label", .itsText)]
            ) { $0.text(text) }
        }
    }
}
