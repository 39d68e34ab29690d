import Engine
import Hummingbird
import Store
import Tenancy

/// What stands above every part: what it is, how it stands, what can be done, and the parts.
enum IncidentHead {
    static func write(_ dossier: Dossier, _ wrong: Problem?, _ page: inout Markup) {
        let summary = dossier.summary
        page.element("header", [.class("head"), .set("id", "head")]) { head in
            head.element("div", [.class("facts")]) { facts in
                facts.risk(summary.risk)
                facts.level(summary.level)
                facts.phase(summary.state, summary.verdict)
                facts.serviceLevel(
                    summary, dossier.call.parts.settings.serviceLevels, now: dossier.call.now)
                facts.owner(summary.assignee, dossier.roster)
                facts.element("span", [.class("chip")]) { $0.text(summary.key.tenant.text) }
                facts.element("span", [.class("soft")]) { part in
                    part.say(.confidence)
                    part.text(" \(summary.confidence) %")
                }
            }
            head.element("div", [.class("title")]) { title in
                title.element("h1") { $0.text(summary.title, atMost: 300) }
                if dossier.isWorker { acts(dossier, &title) }
            }
            if let wrong { told(wrong, dossier, &head) }
            merged(dossier, &head)
            strip(dossier, &head)
            parts(dossier, &head)
        }
    }

    private static func told(_ wrong: Problem, _ dossier: Dossier, _ head: inout Markup) {
        let words = ProblemPage.words(of: wrong, id: dossier.call.context.id)
        head.element("p", [.class("wrong"), .set("role", "alert"), .set("id", "wrong")]) { line in
            line.say(words.title)
            line.text(" — ")
            line.element("span", [.set("lang", "en")], text: wrong.detail)
        }
    }

    private static func merged(_ dossier: Dossier, _ head: inout Markup) {
        guard let into = dossier.summary.mergedInto else { return }
        head.element("p", [.class("notice")]) { notice in
            notice.icon(.merge)
            notice.say(.mergedAway)
            notice.element(
                "a", [.set("href", "/incidents/\(dossier.key.tenant.text)/\(into.text)")],
                say: .seeOther)
        }
    }

    // MARK: - Acts

    private static func acts(_ dossier: Dossier, _ title: inout Markup) {
        title.element(
            "div",
            [.class("toolbar"), .set("role", "toolbar"), .say("aria-label", .acts)]
        ) { bar in
            if dossier.summary.assignee != dossier.call.principal.id,
                dossier.summary.state != .closed
            {
                bar.caseForm("claim", dossier) { form in
                    button(.hand, .claim, "c", &form)
                }
            }
            if dossier.summary.state != .closed { assign(dossier, &bar) }
            guard dossier.isDecider else { return }
            decide(dossier, &bar)
            if dossier.summary.state == .closed { reopen(dossier, &bar) }
            exports(dossier, &bar)
        }
    }

    /// To take along: for people, for other tools, for a lake of events.
    private static func exports(_ dossier: Dossier, _ bar: inout Markup) {
        guard dossier.call.may(ExportEndpoints.permission, in: dossier.key.tenant) else { return }
        menu("act-export", .download, .exports, "d", &bar) { sheet in
            for (format, phrase) in [
                ("html", Phrase("Report (HTML)", "レポート（HTML）")),
                ("stix", Phrase("STIX 2.1", "STIX 2.1")),
                ("ocsf", Phrase("OCSF 1.8.0", "OCSF 1.8.0")),
            ] {
                sheet.element(
                    "a",
                    [
                        .set(
                            "href",
                            "/api/v1/incidents/\(dossier.key.tenant.text)/\(dossier.key.incident.text)/export/\(format)"
                        ), .flag("download"),
                    ]
                ) { $0.element("span", say: phrase) }
            }
        }
    }

    private static func button(
        _ icon: Icon, _ phrase: Phrase, _ key: String, _ form: inout Markup
    ) {
        form.element("button", [.set("data-keys", key)]) { button in
            button.icon(icon)
            button.element("span", say: phrase)
            button.element("kbd", [.set("aria-hidden", "true")], text: key)
        }
    }

    private static func menu(
        _ id: String, _ icon: Icon, _ phrase: Phrase, _ key: String, isPrimary: Bool = false,
        _ bar: inout Markup, _ body: (inout Markup) -> Void
    ) {
        bar.element("details", [.class("menu"), .set("id", id)]) { menu in
            menu.element(
                "summary",
                [.class(isPrimary ? "button primary" : "button"), .set("data-keys", key)]
            ) { summary in
                summary.icon(icon)
                summary.element("span", say: phrase)
                summary.element("kbd", [.set("aria-hidden", "true")], text: key)
            }
            menu.element("div", [.class("sheet wide")], body)
        }
    }

    private static func assign(_ dossier: Dossier, _ bar: inout Markup) {
        menu("act-assign", .person, .assign, "a", &bar) { sheet in
            sheet.caseForm("assign", dossier) { form in
                for person in dossier.roster.candidates.prefix(100) {
                    form.element(
                        "button",
                        [.class("plain"), .set("name", "assignee"), .set("value", person.id.text)]
                    ) { button in
                        button.element("span") { $0.text(person.name, atMost: 60) }
                        if person.id == dossier.call.principal.id {
                            button.element("small", say: .you)
                        }
                    }
                }
                form.element(
                    "button",
                    [.class("plain"), .set("name", "assignee"), .set("value", "-")],
                    say: .assignNobody)
            }
        }
    }

    private static func decide(_ dossier: Dossier, _ bar: inout Markup) {
        let isClosed = dossier.summary.state == .closed
        menu("act-decide", .flag, .decide, "v", isPrimary: !isClosed, &bar) { sheet in
            sheet.caseForm("verdict", dossier) { form in
                form.verdictFields(chosen: dossier.summary.verdict)
                form.element("div", [.class("acts")]) { acts in
                    if !isClosed {
                        acts.element(
                            "button",
                            [
                                .class("primary"), .set("name", "then"), .set("value", "close"),
                            ], say: .giveVerdictAndClose)
                    }
                    acts.element("button", say: .giveVerdict)
                }
            }
        }
        guard !isClosed, dossier.summary.verdict != nil else { return }
        bar.caseForm("close", dossier) { button(.check, .closeIncident, "e", &$0) }
    }

    private static func reopen(_ dossier: Dossier, _ bar: inout Markup) {
        menu("act-reopen", .arrow, .reopen, "r", &bar) { sheet in
            sheet.caseForm("reopen", dossier) { form in
                form.reason("reopen-reason", .reopenHint)
                form.element("button", [.class("primary")], say: .reopen)
            }
        }
    }

    // MARK: - ATT&CK and parts

    /// The kill chain, what was seen of it lit.
    private static func strip(_ dossier: Dossier, _ head: inout Markup) {
        guard !dossier.graph.tactics.isEmpty else { return }
        head.element("ol", [.class("strip"), .say("aria-label", .attack)]) { list in
            for tactic in Tactic.allCases
            where tactic != .stealth && tactic != .defenseImpairment
                || dossier.graph.tactics.contains(tactic)
            {
                let isSeen = dossier.graph.tactics.contains(tactic)
                list.element(
                    "li",
                    [.say("title", tactic.phrase)]
                        + (isSeen ? [.class("seen")] : [.set("aria-hidden", "true")]),
                    say: tactic.short)
            }
        }
    }

    private static func parts(_ dossier: Dossier, _ head: inout Markup) {
        head.element("nav", [.class("parts"), .say("aria-label", .parts)]) { nav in
            for (index, part) in Dossier.Part.allCases.enumerated() {
                nav.element(
                    "a",
                    [
                        .set("href", dossier.address(of: part)),
                        .set("data-keys", String(index + 1)),
                    ] + (part == dossier.part ? [.set("aria-current", "page")] : [])
                ) { link in
                    link.element("span", say: part.phrase)
                    if part == .alerts {
                        link.element(
                            "b", [.class("count")],
                            text: Phrase.grouped(dossier.summary.alertCount))
                    }
                }
            }
        }
    }
}

extension Markup {
    /// A form that does one act to the incident.
    mutating func caseForm(
        _ act: String, _ dossier: Dossier, _ body: (inout Markup) -> Void
    ) {
        element(
            "form",
            [
                .class("act"), .set("method", "post"),
                .set("action", "\(dossier.address)/acts?part=\(dossier.part.rawValue)"),
            ]
        ) { form in
            form.hidden("csrf", dossier.call.csrf ?? "")
            form.hidden("act", act)
            form.hidden("revision", String(dossier.summary.revision))
            body(&form)
        }
    }

    /// Why something is done; it must be said.
    mutating func reason(_ id: String, _ hint: Phrase) {
        element("label", [.set("for", id)], say: .reason)
        element(
            "textarea",
            [
                .set("id", id), .set("name", "reason"), .set("rows", "2"), .flag("required"),
                .set("maxlength", String(LedgerLimits.reasonBytesMax)), .say("placeholder", hint),
            ]
        ) { _ in }
    }
}
