import Engine
import Sigma

/// Every alert under its rule, with the evidence; past the limits the rest is counted.
struct AlertsSection {
    private let findings: Findings
    private var result: RunResult { findings.result }
    private var limits: ReportLimits { findings.options.limits }

    init(_ findings: Findings) { self.findings = findings }

    /// What may still be written.
    private struct Budget {
        var alerts: Int
        var bytes: Int
        var isSpent: Bool { alerts <= 0 || bytes <= 0 }
    }

    func write(to html: inout HTMLWriter, _ output: inout Output) throws {
        html.open("section", [.id("alerts"), .labelled(by: "alerts-h")])
        html.element("h2", [.id("alerts-h")], text: "Alerts by rule")
        let groups = findings.groupedByRule(findings.alerts)
        if groups.isEmpty {
            html.element("p", [.class("mute")], text: "No rule fired.")
        }
        var budget = Budget(alerts: limits.alertsWithEvidence, bytes: limits.evidenceBytes)
        html.open("div", [.class("rules")])
        for group in groups { try write(group, &budget, to: &html, &output) }
        html.close("div")
        html.close("section")
    }

    private func write(
        _ group: RuleGroup, _ budget: inout Budget, to html: inout HTMLWriter,
        _ output: inout Output
    ) throws {
        let rule = findings.rule(group.rule)
        html.open("details", [.class("rule")])
        html.element("summary") {
            $0.element("span") { $0.badge(group.level) }
            $0.element("b", text: findings.title(ofRule: group.rule))
            $0.element(
                "span", [.class("mute num")], text: Figures.counted(group.alerts.count, "alert"))
            $0.element("span", [.class("by")], text: byLine(rule, group))
        }
        // The place that links lead to is inside, so that following one unfolds it.
        html.element("div", [.id("rule-\(group.rule)")]) {
            if let rule { about(rule, &$0) }
        }
        var shown = 0
        for index in group.alerts {
            guard !budget.isSpent, shown < limits.alertsPerRule, let alert = findings.alert(index)
            else { break }
            let before = html.bytes.count
            AlertEvidence(findings, alert, index).write(to: &html)
            budget.bytes -= html.bytes.count - before
            budget.alerts -= 1
            shown += 1
            try output.write(html.take())
        }
        if shown < group.alerts.count {
            let more = Figures.counted(group.alerts.count - shown, "more alert")
            html.element("div", [.class("note")]) {
                $0.text("and \(more) of this rule; --format jsonl holds every one.")
            }
        }
        html.close("details")
        try output.write(html.take())
    }

    private func byLine(_ rule: RuleMetadata?, _ group: RuleGroup) -> String {
        var parts = [rule?.author.map { "by \($0)" } ?? "author not named"]
        if let license = rule?.license { parts.append("licence \(license)") }
        if let when = TimeRange(first: group.first, last: group.last).text { parts.append(when) }
        return parts.joined(separator: " · ")
    }

    private func about(_ rule: RuleMetadata, _ html: inout HTMLWriter) {
        if let description = rule.description {
            html.element("p", [.set("style", "max-width:90ch;margin-bottom:10px")]) {
                $0.value(description, bytesMax: 2000)
            }
        }
        html.element("dl", [.class("facts")]) { list in
            func fact(_ name: String, _ value: String) {
                guard !value.isEmpty else { return }
                list.element("dt", text: name)
                list.element("dd") { $0.value(value, bytesMax: 1000) }
            }
            let tags = AttackTags(rule.tags)
            fact("Author", rule.author ?? "not named")
            fact("Licence", rule.license ?? "not named")
            fact(
                "Techniques",
                tags.techniques.map(findings.titled(technique:)).joined(separator: ", "))
            fact("May be harmless", rule.falsePositives.prefix(8).joined(separator: "; "))
            fact("Rule", "\(rule.id), \(rule.status ?? "no status"), \(rule.source.path)")
            references(rule, &list)
        }
    }

    private func references(_ rule: RuleMetadata, _ html: inout HTMLWriter) {
        // Only what a browser opens as a page; a rule may hold any text here.
        let links = rule.references.filter { $0.hasPrefix("https://") || $0.hasPrefix("http://") }
        guard !links.isEmpty else { return }
        html.element("dt", text: "References")
        html.element("dd") {
            for link in links.prefix(8) {
                $0.element("div") {
                    $0.element(
                        "a", [.set("href", link), .set("rel", "noreferrer noopener")], text: link)
                }
            }
        }
    }
}

/// One alert: why it fired, and the whole event.
struct AlertEvidence {
    private let findings: Findings
    private let alert: Alert
    private let index: Int
    private var limits: ReportLimits { findings.options.limits }

    init(_ findings: Findings, _ alert: Alert, _ index: Int) {
        self.findings = findings
        self.alert = alert
        self.index = index
    }

    func write(to html: inout HTMLWriter) {
        html.element("details", [.class("alert")]) {
            $0.element("summary", [], summary)
            $0.element("div") {
                why(&$0)
                place(&$0)
                fields(&$0)
                raw(&$0)
            }
        }
    }

    private func summary(_ html: inout HTMLWriter) {
        html.time(alert.time)
        let who = [alert.host, alert.user].compactMap { $0 }.joined(separator: " · ")
        if !who.isEmpty { html.text("  \(who)") }
        if let match = alert.tellingMatch {
            html.text("  ")
            html.element("code", [.class("mute")]) {
                $0.text(VisibleText(match.value, bytesMax: 160).text)
            }
        }
    }

    private func why(_ html: inout HTMLWriter) {
        guard !alert.matched.isEmpty else { return }
        html.element("ul", [.class("why")]) {
            for match in alert.matched.prefix(32) {
                $0.element("li") {
                    $0.element("code") {
                        $0.element("b", text: match.field ?? "anywhere")
                        $0.text(" = ")
                        $0.value(match.value, bytesMax: limits.valueBytes)
                    }
                    $0.element(
                        "span", [.class("mute")],
                        text: "  because \(match.selection) asks \(match.asked)")
                }
            }
        }
    }

    private func place(_ html: inout HTMLWriter) {
        let reference = alert.event.reference
        html.element("p", [.class("note"), .set("style", "margin:0 0 8px")]) {
            $0.text("\(findings.path(reference) ?? "source unknown"), record \(reference.record)")
            $0.text(", offset \(reference.offset) · alert \(alert.id)")
            if let incident = findings.incident(ofAlert: index),
                let number = findings.number(ofIncident: incident), number <= limits.incidents
            {
                $0.text(" · ")
                $0.element("a", [.link(to: "incident-\(number)")], text: "incident \(number)")
            }
            if !alert.others.isEmpty {
                let numbers = alert.others.prefix(40).map { String($0.record) }
                let more = alert.others.count > 40 ? " and \(alert.others.count - 40) more" : ""
                $0.text(" · with records \(numbers.joined(separator: ", "))\(more)")
            }
        }
    }

    private func fields(_ html: inout HTMLWriter) {
        guard !alert.event.fields.isEmpty else { return }
        let hits = Set(alert.matched.compactMap(\.field))
        html.element("dl", [.class("fields")]) {
            for field in alert.event.fields.prefix(limits.fieldsPerAlert) {
                $0.element("dt", text: field.name)
                let style = hits.contains(field.name) ? [HTMLWriter.Attribute.class("hit")] : []
                $0.element("dd", style) {
                    if field.kind == .null {
                        $0.element("span", [.class("mute")], text: "null")
                    } else {
                        $0.value(alert.event.text(of: field), bytesMax: limits.valueBytes)
                    }
                }
            }
        }
        if alert.event.fields.count > limits.fieldsPerAlert {
            let more = alert.event.fields.count - limits.fieldsPerAlert
            html.element("p", [.class("note")], text: "and \(Figures.counted(more, "more field")).")
        }
    }

    private func raw(_ html: inout HTMLWriter) {
        guard !alert.event.raw.isEmpty else { return }
        html.element("details", [.class("more"), .set("style", "margin-top:8px")]) {
            $0.element("summary", text: "The record as received")
            $0.element("pre", [.set("tabindex", 0), .label("The record as received")]) {
                $0.value(
                    String(decoding: alert.event.raw.prefix(limits.valueBytes * 2), as: UTF8.self),
                    bytesMax: limits.valueBytes)
            }
        }
    }
}
