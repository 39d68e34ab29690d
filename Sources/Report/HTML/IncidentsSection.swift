import Engine
import Sigma

/// The list of incidents, then each in full.
struct IncidentsSection {
    /// Incidents unfolded when the page opens; the others unfold when they are chosen.
    private static let openAtFirst = 3

    private let findings: Findings
    private var result: RunResult { findings.result }

    init(_ findings: Findings) { self.findings = findings }

    func write(to html: inout HTMLWriter, _ output: inout Output) throws {
        guard !findings.incidents.isEmpty else { return }
        let shown = findings.incidents.prefix(findings.options.limits.incidents)
        html.open("section", [.id("incidents"), .labelled(by: "incidents-h")])
        html.element("h2", [.id("incidents-h")], text: "Incidents")
        if shown.count > 1 { html.element("ol", [.class("list")], list) }
        for (row, index) in shown.enumerated() {
            let article = IncidentArticle(findings, result.incidents[index], number: row + 1)
            article.write(isOpen: row < Self.openAtFirst, to: &html)
            try output.write(html.take())
        }
        if findings.incidents.count > shown.count {
            let more = Figures.counted(findings.incidents.count - shown.count, "more incident")
            html.element("p", [.class("note")], text: "and \(more); --format json holds them all.")
        }
        html.close("section")
    }

    private func list(_ html: inout HTMLWriter) {
        let shown = findings.incidents.prefix(findings.options.limits.incidents)
        for (row, index) in shown.enumerated() {
            let incident = result.incidents[index]
            html.element("li") {
                $0.element("span") { $0.badge(incident.level) }
                $0.element("span") {
                    $0.meter(incident.risk)
                    $0.element("span", text: "\(incident.risk)")
                }
                $0.element("a", [.link(to: "incident-\(row + 1)")], text: incident.title)
                $0.element(
                    "span", [.class("mute")],
                    text: TerminalReport.listed(findings.hosts(of: incident), atMost: 2))
                $0.element("span", [.class("mute")]) { $0.time(incident.firstSeen) }
                $0.element(
                    "span", [.class("mute num")],
                    text: Figures.counted(findings.alerts(of: incident).count, "alert"))
            }
        }
    }
}

/// One incident in full.
struct IncidentArticle {
    let findings: Findings
    let incident: Incident
    let number: Int
    let alerts: [Int]

    init(_ findings: Findings, _ incident: Incident, number: Int) {
        self.findings = findings
        self.incident = incident
        self.number = number
        alerts = findings.alerts(of: incident)
    }

    private var id: String { "incident-\(number)" }

    func write(isOpen: Bool, to html: inout HTMLWriter) {
        let style = HTMLWriter.Attribute.class("card inc inc-\(incident.level.name)")
        html.element("article", [style, .labelled(by: "\(id)-h")]) {
            $0.element("details", isOpen ? [.flag("open")] : []) {
                $0.element("summary", [], header)
                // The place that links lead to is inside, so that following one unfolds it.
                $0.element("div", [.class("body"), .id(id)], body)
            }
        }
    }

    private func body(_ html: inout HTMLWriter) {
        html.element("div", [.class("part two")]) {
            $0.element("div", [], story)
            $0.element("div", [], facts)
            techniques(&$0)
        }
        graph(&html)
        ProgressChart(self).write(to: &html)
        ProcessTree(self).write(to: &html)
        timeline(&html)
        entities(&html)
    }

    private func header(_ html: inout HTMLWriter) {
        html.element("div") {
            $0.badge(incident.level)
            let count = Figures.counted(alerts.count, "alert")
            $0.element("span", [.class("mute")], text: "  Incident \(number) · \(count)")
            $0.element("h3", [.id("\(id)-h")], text: incident.title)
        }
        html.element("dl", [.class("meters")]) {
            $0.element("div") {
                $0.element("dt", text: "Risk")
                $0.element("dd") {
                    $0.text("\(incident.risk)")
                    $0.element("small", text: " of 100")
                    $0.meter(incident.risk)
                }
            }
            $0.element("div", [.class("sure")]) {
                $0.element("dt", text: "Confidence")
                $0.element("dd") {
                    $0.text("\(incident.confidence)")
                    $0.element("small", text: " %")
                    $0.meter(incident.confidence)
                }
            }
        }
    }

    private func story(_ html: inout HTMLWriter) {
        html.element("h4", text: "What happened")
        html.element("ol", [.class("story")]) {
            for sentence in incident.story { $0.element("li", text: sentence) }
        }
        if incident.story.isEmpty {
            html.element("p", [.class("mute")], text: "No step could be told in words.")
        }
    }

    private func facts(_ html: inout HTMLWriter) {
        html.element("h4", text: "Who and what")
        html.element("dl", [.class("facts")]) { list in
            func fact(_ name: String, _ values: [String]) {
                guard !values.isEmpty else { return }
                list.element("dt", text: name)
                list.element("dd") {
                    for value in values.prefix(24) {
                        $0.element("span", [.class("chip")], text: value)
                    }
                    if values.count > 24 { $0.text("and \(values.count - 24) more") }
                }
            }
            if let when = TimeRange(first: incident.firstSeen, last: incident.lastSeen).text {
                list.element("dt", text: "When")
                list.element("dd", text: when)
            }
            if let root = incident.root,
                let cause = incident.entities.first(where: { $0.id == root })
            {
                list.element("dt", text: "Root cause")
                list.element("dd", text: "\(cause.label) (\(cause.kind.words))")
            }
            fact("Hosts", findings.hosts(of: incident))
            fact("Users", findings.users(of: incident))
            fact("Tactics", incident.tactics.map(Tactic.title))
            list.element("dt", text: "Incident id")
            list.element("dd") { $0.element("code", text: incident.id) }
        }
    }

    private func techniques(_ html: inout HTMLWriter) {
        guard !incident.techniques.isEmpty else { return }
        html.element("div", [.class("techs")]) {
            $0.element("h4", text: "Techniques")
            for id in incident.techniques.prefix(40) {
                $0.element("span", [.class("chip")], text: findings.titled(technique: id))
            }
            if incident.techniques.count > 40 {
                $0.text("and \(incident.techniques.count - 40) more")
            }
        }
    }

    private func graph(_ html: inout HTMLWriter) {
        let story = StorylineGraph(
            incident, findings: findings, nodesMax: findings.options.limits.graphNodes)
        guard story.nodes.count > 1 else { return }
        html.element("div", [.class("part")]) {
            $0.element("h4", text: "Storyline")
            GraphDrawing(story, GraphLayout(story), incident: number).write(to: &$0)
            let note = story.note
            if !note.isEmpty { $0.element("p", [.class("note")], text: note) }
        }
    }

    private func timeline(_ html: inout HTMLWriter) {
        guard !alerts.isEmpty else { return }
        html.element("div", [.class("part")]) {
            $0.element("h4", text: "Timeline")
            $0.element("table", [.class("stack line")]) { table in
                table.headings(["Time", "Severity", "What fired", "Host", "User"])
                table.element("tbody") {
                    for step in TimelineStep.folded(alerts, findings).prefix(150) {
                        row(step, &$0)
                    }
                }
            }
        }
    }

    private func row(_ step: TimelineStep, _ html: inout HTMLWriter) {
        guard let alert = findings.alert(step.alerts[0]) else { return }
        html.element("tr") {
            $0.element("td", [.class("t")]) { $0.time(alert.time) }
            $0.element("td") { $0.badge(alert.level) }
            $0.element("td") {
                $0.element(
                    "a", [.link(to: "rule-\(alert.rule)")],
                    text: findings.title(ofRule: alert.rule))
                if step.alerts.count > 1 {
                    $0.element("span", [.class("mute")], text: step.repetition(findings))
                }
                if let match = alert.tellingMatch {
                    $0.void("br")
                    $0.element("code", [.class("mute")]) {
                        if let field = match.field { $0.text("\(field): ") }
                        $0.value(match.value, bytesMax: 240)
                    }
                }
            }
            $0.element("td", text: alert.host ?? "")
            $0.element("td", text: alert.user ?? "")
        }
    }

    private func entities(_ html: inout HTMLWriter) {
        guard !incident.entities.isEmpty else { return }
        let limit = findings.options.limits.entitiesPerIncident
        html.element("div", [.class("part")]) {
            $0.element("details", [.class("more")]) {
                let counts = Figures.counted(incident.entities.count, "entity", "entities")
                let links = Figures.counted(incident.edges.count, "link")
                $0.element("summary", text: "\(counts) and \(links) in words")
                $0.element("table", [.class("stack")]) { table in
                    table.headings(["Kind", "Name", "Host", "First seen", "Known", "Leads to"])
                    table.element("tbody") { body in
                        let links = EntityLinks(incident)
                        for entity in incident.entities.prefix(limit) {
                            body.element("tr") { row(entity, links, &$0) }
                        }
                    }
                }
                if incident.entities.count > limit {
                    $0.element(
                        "p", [.class("note")],
                        text: "and \(incident.entities.count - limit) more; --format json has all.")
                }
            }
        }
    }

    private func row(_ entity: Entity, _ links: EntityLinks, _ html: inout HTMLWriter) {
        html.element("td", [.class("t")], text: entity.kind.words)
        html.element("td", text: entity.label)
        html.element("td", text: entity.host ?? "")
        html.element("td", [.class("t")]) { $0.time(entity.firstSeen) }
        html.element("td") { cell in
            for fact in entity.facts.prefix(8) {
                cell.element("div") {
                    $0.element("span", [.class("mute")], text: "\(fact.name) ")
                    $0.element("code") { $0.value(fact.value, bytesMax: 600) }
                }
            }
        }
        html.element("td") { cell in
            let all = links.from(entity.id)
            for link in all.prefix(12) { cell.element("div", text: link) }
            if all.count > 12 { cell.element("div", text: "and \(all.count - 12) more") }
        }
    }
}

extension HTMLWriter {
    /// A bar for 0...100; the number stands beside it.
    mutating func meter(_ value: Int) {
        let share = min(100, max(0, value))
        element("span", [.class("bar"), .hidden]) {
            $0.element("i", [.set("style", "width:\(share)%")], { _ in })
        }
    }

    mutating func headings(_ names: [String]) {
        element("thead") {
            $0.element("tr") {
                for name in names { $0.element("th", [.set("scope", "col")], text: name) }
            }
        }
    }
}

extension Entity.Kind {
    var words: String { rawValue.replacing("-", with: " ") }
}
