import Engine
import Store
import Tenancy

/// The queue and one incident, as plain pages.
enum IncidentPages {
    static func queue(
        _ page: IncidentPage, of principal: Principal, csrf: String?
    ) -> [UInt8] {
        Markup.page("Incidents", module: "/assets/console.mjs") { body in
            head(principal, csrf, &body)
            body.element("main", [.set("id", "incidents"), .set("aria-live", "polite")]) { main in
                main.element("h1", text: "Incidents")
                guard !page.incidents.isEmpty else {
                    main.element("p", [.class("soft")], text: "Nothing burns.")
                    return
                }
                main.element("table") { table in
                    row(
                        "th", ["Risk", "Level", "Incident", "Tenant", "State", "Last seen"], &table)
                    for incident in page.incidents { line(incident, &table) }
                }
                if page.next != nil {
                    main.element(
                        "p", [.class("soft")],
                        text: "There are more; these are the first \(page.incidents.count).")
                }
            }
        }
    }

    private static func line(_ incident: IncidentSummary, _ table: inout Markup) {
        table.element("tr") { row in
            row.element("td", [.class("risk")], text: String(incident.risk))
            row.element("td") { level(incident.level, &$0) }
            row.element("td") { cell in
                cell.element(
                    "a",
                    [
                        .set(
                            "href",
                            "/incidents/\(incident.key.tenant.text)/\(incident.key.incident.text)")
                    ], text: incident.title)
                cell.element(
                    "div", [.class("soft")], text: "\(incident.alertCount) alerts")
            }
            row.element("td", text: incident.key.tenant.text)
            row.element("td", text: incident.state.rawValue)
            row.element("td") { time(incident.queueTime, &$0) }
        }
    }

    static func one(
        _ view: IncidentView, _ alerts: AlertPage, of principal: Principal, csrf: String?
    ) -> [UInt8] {
        Markup.page(view.summary.title) { body in
            head(principal, csrf, &body)
            body.element("main") { main in
                main.element("h1", text: view.summary.title)
                main.element("p") { line in
                    level(view.summary.level, &line)
                    line.text(
                        " · risk \(view.summary.risk) · confidence \(view.summary.confidence) · "
                            + "\(view.summary.state.rawValue) · \(view.summary.key.tenant.text)")
                }
                list("Story", view.story, &main)
                list("Techniques", view.techniques, &main)
                list("Who and what", view.entities, &main)
                main.element("h2", text: "Alerts")
                main.element("table") { table in
                    row("th", ["Level", "Rule", "Host", "User", "When"], &table)
                    for alert in alerts.alerts { line(alert, &table) }
                }
                if alerts.next != nil {
                    main.element(
                        "p", [.class("soft")],
                        text: "There are more; these are the last \(alerts.alerts.count).")
                }
            }
        }
    }

    private static func line(_ alert: AlertSummary, _ table: inout Markup) {
        table.element("tr") { row in
            row.element("td") { level(alert.level, &$0) }
            row.element("td") { cell in
                cell.element(
                    "a", [.set("href", "/api/v1/alerts/\(alert.tenant.text)/\(alert.id.text)")],
                    text: alert.title)
            }
            row.element("td", text: alert.host ?? "–")
            row.element("td", text: alert.user ?? "–")
            row.element("td") { time(alert.time ?? alert.received, &$0) }
        }
    }

    // MARK: - Pieces

    static func head(
        _ principal: Principal, _ csrf: String?, _ body: inout Markup
    ) {
        body.element("header") { head in
            head.element("a", [.set("href", "/")], text: "Kagari")
            guard let csrf else { return }
            head.element(
                "form", [.set("method", "post"), .set("action", "/sign-out")]
            ) { form in
                form.element("span", [.class("soft")], text: "\(principal.name) ")
                form.open(
                    "input",
                    [.set("type", "hidden"), .set("name", "csrf"), .set("value", csrf)])
                form.element("button", text: "Sign out")
            }
        }
    }

    private static func list(_ title: String, _ lines: [String], _ main: inout Markup) {
        guard !lines.isEmpty else { return }
        main.element("h2", text: title)
        main.element("ul") { list in
            for line in lines { list.element("li", text: line) }
        }
    }

    private static func row(
        _ tag: StaticString, _ cells: [String], _ table: inout Markup
    ) {
        table.element("tr") { row in
            for cell in cells { row.element(tag, text: cell) }
        }
    }

    private static func level(_ level: CaseLevel, _ markup: inout Markup) {
        markup.element("span", [.class("level level-\(level.name)")], text: level.name)
    }

    private static func time(_ time: Timestamp, _ markup: inout Markup) {
        markup.element("time", [.set("datetime", time.text)], text: time.text)
    }
}
