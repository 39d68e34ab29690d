import Engine
import Store
import Tenancy

/// One incident as a row. It is short on purpose: fifty of them, and what they stand in, are a first page.
enum QueueRow {
    static func write(
        _ incident: IncidentSummary, _ roster: Roster, _ call: PageCall, _ list: inout Markup
    ) {
        let key = "\(incident.key.tenant.text)/\(incident.key.incident.text)"
        list.element(
            "li",
            [
                .class("row"), .set("data-key", key),
                .set("data-decided", incident.verdict == nil ? "" : "1"),
            ]
        ) { row in
            row.element("label", [.class("pick")]) { label in
                label.open(
                    "input",
                    [
                        .set("type", "checkbox"), .set("name", "pick"),
                        .set("value", "\(key)/\(incident.revision)"),
                        .say("aria-label", .select(String(incident.title.prefix(120)))),
                    ])
            }
            row.risk(incident.risk)
            row.level(incident.level)
            row.element("a", [.class("what"), .set("href", "/incidents/\(key)")]) { link in
                link.element("span") { $0.text(incident.title, atMost: 300) }
                link.element("small") { small in
                    small.text("\(incident.key.tenant.text) · ")
                    small.say(.alertCount(incident.alertCount))
                }
            }
            row.serviceLevel(incident, call.parts.settings.serviceLevels, now: call.now)
            row.phase(incident.state, incident.verdict)
            row.owner(incident.assignee, roster)
            row.moment(incident.queueTime)
        }
    }
}

extension Markup {
    /// A state as a sign and a word, with the verdict where there is one.
    mutating func phase(_ state: CaseState, _ verdict: Verdict?) {
        element("span", [.class("phase phase-\(state.rawValue)")]) { phase in
            phase.element("i", [.set("aria-hidden", "true")], text: "")
            phase.element("span") { words in
                words.say(state.phrase)
                if let verdict { words.element("small", say: verdict.short) }
            }
        }
    }
}

extension Verdict {
    /// As it stands in a row.
    var short: Phrase {
        switch self {
        case .truePositive: Phrase("True positive", "真陽性")
        case .benignTruePositive: Phrase("Benign", "正当な操作")
        case .falsePositive: Phrase("False positive", "誤検知")
        case .undetermined: Phrase("Undetermined", "判断不能")
        }
    }
}
