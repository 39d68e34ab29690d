import Engine
import Hummingbird
import Store
import Tenancy

/// The alerts of an incident, each with why it fired one click away, and a form that splits some of them off.
enum AlertsPart {
    static func write(_ dossier: Dossier, _ part: inout Markup) {
        part.caseForm("split", dossier) { form in
            form.element("div", [.class("panel flush")]) { panel in
                panel.element("ol", [.class("rows alerts")]) { list in
                    for alert in dossier.alerts { row(alert, dossier, &list) }
                }
            }
            guard dossier.isWorker, dossier.alerts.count > 1 else { return }
            form.element("details", [.class("panel"), .set("id", "split")]) { box in
                box.element("summary") { summary in
                    summary.icon(.split)
                    summary.element("span", say: .splitOff)
                }
                box.element("label", [.set("for", "split-title")], say: .splitTitle)
                box.open(
                    "input",
                    [
                        .set("id", "split-title"), .set("name", "title"),
                        .set("maxlength", String(LedgerLimits.titleBytesMax)), .flag("required"),
                    ])
                box.reason("split-reason", .splitHint)
                box.element("div", [.class("acts")]) { $0.element("button", say: .splitOff) }
            }
        }
    }

    private static func row(_ alert: AlertSummary, _ dossier: Dossier, _ list: inout Markup) {
        list.element("li", [.class("alert")]) { item in
            if dossier.isWorker {
                item.open(
                    "input",
                    [
                        .set("type", "checkbox"), .set("name", "alert"),
                        .set("value", alert.id.text), .say("aria-label", .select(alert.title)),
                    ])
            }
            item.moment(alert.time ?? alert.received, .second)
            item.level(alert.level)
            item.element(
                "a",
                [
                    .class("what"), .set("data-inline", "alert"),
                    .set("href", "/alerts/\(alert.tenant.text)/\(alert.id.text)"),
                ]
            ) { link in
                link.element("span") { $0.text(alert.title, atMost: 200) }
                if alert.suppression != nil { link.element("small", say: .suppressed) }
            }
            item.element("span", [.class("soft")]) { cell in
                cell.text(alert.host ?? "", atMost: 60)
                if let user = alert.user {
                    if alert.host != nil { cell.text(" · ") }
                    cell.text(user, atMost: 60)
                }
            }
        }
    }
}

/// One alert: what rule fired, on what, and the record.
enum AlertPage {
    static func answer(_ call: PageCall) async throws -> Response {
        let tenant = call.part("tenant")
        guard let tenantID = TenantID(tenant), let id = AlertID(call.part("alert")) else {
            throw Problem(.missing, "There is no such alert.")
        }
        let (alert, text) = try await call.ledger.alert(
            id, of: tenantID, in: call.scope(Permission(.read, .alerts), in: tenant))
        let body = try? CanonicalJSON(reading: text)
        return call.page(.verbatim(alert.title), .queue, with: [.incidentStyle]) { main in
            main.element("article", [.class("detail-of"), .set("id", "detail")]) { article in
                article.element("h1") { $0.text(alert.title, atMost: 300) }
                article.element("p", [.class("facts")]) { facts in
                    facts.level(alert.level)
                    facts.moment(alert.time ?? alert.received, .second)
                    if let incident = alert.incident {
                        facts.element(
                            "a", [.set("href", "/incidents/\(tenant)/\(incident.text)")],
                            say: .incident)
                    }
                }
                write(body, of: tenantID, &article)
            }
        }
    }

    private static func write(
        _ body: CanonicalJSON?, of tenant: TenantID, _ article: inout Markup
    ) {
        guard let body else { return }
        if let text = body["rule"]?["description"]?.text {
            article.element("p", [.set("lang", "en")]) { $0.text(text, atMost: 2000) }
        }
        pairs(
            .matched,
            (body["matched"]?.list ?? []).map {
                ($0["field"]?.text ?? $0["selection"]?.text ?? "", $0["value"]?.text ?? "")
            }, &article)
        let known = body["rule"]?["false_positives"]?.texts ?? []
        if !known.isEmpty {
            article.element("h2", say: .falsePositives)
            article.element("ul", [.set("lang", "en")]) { list in
                for line in known.prefix(20) { list.element("li") { $0.text(line, atMost: 400) } }
            }
        }
        pairs(
            .evidenceFields,
            (body["evidence"]?["fields"]?.list ?? []).map {
                ($0["name"]?.text ?? "", $0["value"]?.text ?? "")
            }, &article)
        let others = (body["other_sequences"]?.list ?? []).compactMap(\.integer)
        let all = (body["sequence"]?.integer.map { [$0] } ?? []) + others
        guard !all.isEmpty else { return }
        article.element("p", [.class("names")]) { line in
            for sequence in all.prefix(20) {
                line.element(
                    "a",
                    [
                        .class("chip"), .set("data-inline", "record"),
                        .set("href", "/records/\(tenant.text)/\(sequence)"),
                    ]
                ) { chip in
                    chip.say(.rawRecord)
                    chip.text(" \(sequence)")
                }
            }
        }
    }

    private static func pairs(
        _ title: Phrase, _ values: [(name: String, value: String)], _ article: inout Markup
    ) {
        guard !values.isEmpty else { return }
        article.element("h2", say: title)
        article.element("dl", [.class("pairs fields")]) { list in
            for (name, value) in values.prefix(256) {
                list.element("dt") { $0.text(name, atMost: 120) }
                list.element("dd") { $0.text(value, atMost: 2000) }
            }
        }
    }
}
