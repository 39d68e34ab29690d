import Engine
import Store
import Tenancy

/// What an analyst asks first: what happened, to whom, how far it went, since when; then the story in words.
enum OverviewPart {
    static let relatedMax = 5
    /// Entities whose past is looked up.
    static let lookedUpMax = 4

    private struct Related: Sendable {
        let name: String
        let incidents: [IncidentSummary]
    }

    static func content(
        _ dossier: Dossier
    ) async throws -> @Sendable (inout Markup) -> Void {
        let related = try await related(to: dossier)
        return { part in
            story(dossier, &part)
            entities(dossier, &part)
            past(related, dossier, &part)
        }
    }

    // MARK: - Four answers

    static func answers(_ dossier: Dossier, _ part: inout Markup) {
        let graph = dossier.graph
        part.element("div", [.class("answers")]) { boxes in
            box(.whatHappened, &boxes) { box in
                if let root = graph.root {
                    box.element("p") { $0.say(.rootOf(graph.nodes[root].label)) }
                }
                box.element("p", [.class("techniques")]) { list in
                    for technique in dossier.view.techniques.prefix(12) {
                        list.technique(technique)
                    }
                }
            }
            box(.whoAffected, &boxes) { box in
                names(graph.labels([.host]), .host, dossier, &box)
                names(graph.labels([.user, .cloudPrincipal]), .user, dossier, &box)
            }
            box(.howFar, &boxes) { box in
                box.element("ul", [.class("plain")]) { list in
                    list.element("li", say: .hosts(graph.labels([.host]).count))
                    list.element(
                        "li", say: .accounts(graph.labels([.user, .cloudPrincipal]).count))
                    list.element("li", say: .addresses(graph.labels([.address]).count))
                    list.element("li", say: .tacticsReached(graph.tactics.count))
                    list.element("li", say: .alertCount(dossier.summary.alertCount))
                }
            }
            box(.sinceWhen, &boxes) { since(dossier.summary, &$0) }
        }
    }

    private static func box(
        _ title: Phrase, _ boxes: inout Markup, _ body: (inout Markup) -> Void
    ) {
        boxes.element("section", [.class("answer")]) { box in
            box.element("h2", say: title)
            body(&box)
        }
    }

    private static func names(
        _ names: [String], _ kind: Entity.Kind, _ dossier: Dossier, _ box: inout Markup
    ) {
        guard !names.isEmpty else { return }
        box.element("p", [.class("names")]) { list in
            for name in names.prefix(8) {
                list.entity(name, kind, of: dossier.key.tenant)
            }
            if names.count > 8 { list.element("span", text: "+\(names.count - 8)") }
        }
    }

    private static func since(_ summary: IncidentSummary, _ box: inout Markup) {
        box.element("dl", [.class("pairs")]) { list in
            if let first = summary.firstSeen {
                list.element("dt", say: .firstSeen)
                list.element("dd") { $0.moment(first, .second) }
            }
            if let last = summary.lastSeen {
                list.element("dt", say: .lastSeen)
                list.element("dd") { $0.moment(last, .second) }
            }
            if let first = summary.firstSeen, let last = summary.lastSeen {
                list.element("dt", say: .lasted)
                list.element("dd") {
                    $0.span(seconds: (last.nanoseconds - first.nanoseconds) / 1_000_000_000)
                }
            }
        }
    }

    // MARK: - Story and entities

    /// The engine tells stories in English.
    private static func story(_ dossier: Dossier, _ part: inout Markup) {
        guard !dossier.view.story.isEmpty else {
            part.state(.noStory, .noStoryCure)
            return
        }
        part.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .story)
            panel.element("ol", [.class("story"), .set("lang", "en")]) { list in
                for sentence in dossier.view.story {
                    list.element("li") { $0.text(sentence, atMost: 2000) }
                }
            }
        }
    }

    private static func entities(_ dossier: Dossier, _ part: inout Markup) {
        let nodes = dossier.graph.nodes
        guard !nodes.isEmpty else { return }
        let levels = dossier.graph.levels(dossier.alerts)
        part.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .entitiesOf)
            panel.element("dl", [.class("kinds")]) { list in
                for kind in Entity.Kind.allCases {
                    let own = nodes.indices.filter { nodes[$0].kind == kind }
                    guard !own.isEmpty else { continue }
                    list.element("dt") { term in
                        term.say(kind.phrase)
                        term.element("b", [.class("count")], text: String(own.count))
                    }
                    list.element("dd", [.class("names")]) { names in
                        let named = byName(own, nodes)
                        for (label, same) in named.prefix(40) {
                            names.entity(
                                label, kind, of: dossier.key.tenant, count: same.count,
                                level: same.compactMap { levels[$0] }.max())
                        }
                        if named.count > 40 {
                            names.element("span", text: "+\(named.count - 40)")
                        }
                    }
                }
            }
        }
    }

    /// Those of one name are one chip, in the order of their first.
    private static func byName(
        _ own: [Int], _ nodes: [StoryGraph.Node]
    ) -> [(label: String, same: [Int])] {
        var places: [String: Int] = [:]
        var named: [(label: String, same: [Int])] = []
        for index in own {
            let label = nodes[index].label
            if let place = places[label] {
                named[place].same.append(index)
            } else {
                places[label] = named.count
                named.append((label, [index]))
            }
        }
        return named
    }

    // MARK: - The past

    private static func related(to dossier: Dossier) async throws -> [Related] {
        let graph = dossier.graph
        let names =
            graph.labels([.host]).prefix(2) + graph.labels([.user, .cloudPrincipal]).prefix(2)
        let scope = try await dossier.call.scope(
            IncidentEndpoints.read, in: dossier.key.tenant.text)
        var found: [Related] = []
        for name in names.prefix(lookedUpMax) {
            let page = try await dossier.call.ledger.incidents(
                matching: IncidentQuery(text: name, limit: relatedMax + 1), in: scope)
            let others = page.incidents.filter { $0.key != dossier.key }.prefix(relatedMax)
            if !others.isEmpty { found.append(Related(name: name, incidents: Array(others))) }
        }
        return found
    }

    private static func past(_ related: [Related], _ dossier: Dossier, _ part: inout Markup) {
        part.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .related)
            if related.isEmpty { panel.element("p", [.class("soft")], say: .noRelated) }
            for group in related {
                panel.element("h3") { $0.text(group.name, atMost: 80) }
                panel.element("ul", [.class("plain lines")]) { list in
                    for incident in group.incidents {
                        list.element("li") { line(incident, &$0) }
                    }
                }
            }
        }
    }

    private static func line(_ incident: IncidentSummary, _ item: inout Markup) {
        item.level(incident.level)
        item.element(
            "a",
            [
                .set(
                    "href",
                    "/incidents/\(incident.key.tenant.text)/\(incident.key.incident.text)")
            ]
        ) { $0.text(incident.title, atMost: 160) }
        item.phase(incident.state, incident.verdict)
        item.moment(incident.queueTime)
    }
}

extension Markup {
    /// A technique of ATT&CK, with a link to its page.
    mutating func technique(_ id: String) {
        let path = id.split(separator: ".").map { $0.filter { $0.isLetter || $0.isNumber } }
        element(
            "a",
            [
                .class("chip"), .set("rel", "noreferrer noopener"), .set("target", "_blank"),
                .set(
                    "href", "https://attack.mitre.org/techniques/\(path.joined(separator: "/"))/"),
            ], text: id)
    }

    /// An entity as a chip that leads to what is known of it; those without a page of their own to the incidents that name them.
    mutating func entity(
        _ label: String, _ kind: Entity.Kind, of tenant: TenantID, count: Int = 1,
        level: CaseLevel? = nil
    ) {
        let query = "tenant=\(tenant.text)&state=all&text=\(FormText.encoded(label))"
        let own: EntityKind? =
            switch kind {
            case .host: .host
            case .user, .cloudPrincipal: .user
            case .address: .address
            default: nil
            }
        let place = own.map { RoomLink.entity($0, label, of: tenant) } ?? "/?\(query)"
        element(
            "a", [.class("chip"), .set("href", place), .say("title", kind.phrase)]
        ) { chip in
            if let level {
                chip.element(
                    "i", [.class("mark level-\(level.name)"), .set("aria-hidden", "true")],
                    text: "")
                chip.element("span", [.class("unseen")], say: level.phrase)
            }
            chip.element("span") { $0.text(label, atMost: 60) }
            if count > 1 { chip.element("b", [.class("count")], text: "×\(count)") }
        }
    }
}
