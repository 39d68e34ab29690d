import Engine
import Sigma

/// `--format html`: one file, no network, no script; readable in light and dark, on a phone and on
/// paper. docs/output.md says what it leaves out at which limit.
struct RunPage {
    let findings: Findings
    let statistics: RunStatistics?
    private var result: RunResult { findings.result }

    init(_ findings: Findings, _ statistics: RunStatistics?) {
        self.findings = findings
        self.statistics = statistics
    }

    func write(to output: inout Output) throws {
        var html = HTMLWriter()
        html.open("html", [.set("lang", "en")])
        html.element("head", [], head)
        html.open("body")
        html.element("a", [.class("skip"), .link(to: "main")], text: "Skip to the findings")
        html.element("header", [.class("wrap")], header)
        html.element("nav", [.label("Parts of this report")], navigation)
        html.open("main", [.id("main"), .class("wrap")])
        OverviewSection(findings).write(to: &html)
        try IncidentsSection(findings).write(to: &html, &output)
        AttackMatrix(findings).write(to: &html)
        try AlertsSection(findings).write(to: &html, &output)
        SourcesSection(findings, statistics).write(to: &html)
        html.close("main")
        html.element("footer", [.class("wrap")], footer)
        html.close("body")
        html.close("html")
        try output.write(html.take())
    }

    private func head(_ html: inout HTMLWriter) {
        html.void("meta", [.set("charset", "utf-8")])
        html.void(
            "meta",
            [
                .set("http-equiv", "Content-Security-Policy"),
                .set("content", "default-src 'none'; style-src 'unsafe-inline'"),
            ])
        html.void("meta", [.set("name", "referrer"), .set("content", "no-referrer")])
        html.void(
            "meta",
            [.set("name", "viewport"), .set("content", "width=device-width, initial-scale=1")])
        html.element("title", text: "Kagari: \(verdict)")
        html.styleSheet(StyleSheet.css)
    }

    private func header(_ html: inout HTMLWriter) {
        html.element("div", [.class("top")]) {
            $0.element("svg", [.set("viewBox", "0 0 20 20"), .hidden]) {
                $0.element(
                    "path",
                    [
                        .set(
                            "d",
                            "M10 1c1 3-3 5-3 8 0 1 .6 1.8 1.4 1.8C10 10.8 9.5 8 10.600 6"
                                + "c3 2 4.9 4 4.9 7A5.5 5.5 0 0 1 4.5 13C4.5 8 9 6 10 1z"
                        )
                    ], { _ in })
                $0.element(
                    "path", [.set("d", "M2.5 18.5h15v1h-15z")], { _ in })
            }
            $0.element("b", text: "Kagari")
            $0.element("span", text: "scan report")
            $0.element("span", [.class("when")], text: findings.options.madeAt ?? "")
        }
        html.element("div", [.class("lead")]) {
            $0.element("h1", text: verdict)
            $0.element("p", text: extent)
            if let command = findings.options.commandLine {
                $0.element("p") { $0.element("code", text: command) }
            }
        }
    }

    /// What a person must know first.
    private var verdict: String {
        if findings.alerts.isEmpty { return "Nothing found" }
        if findings.incidents.isEmpty {
            return "No incident, \(Figures.counted(findings.alerts.count, "alert")) to review"
        }
        let levels = findings.countsByLevel(findings.incidents.map { result.incidents[$0].level })
        if levels.count == 1, let only = levels.first {
            return Figures.counted(only.count, "\(only.level.name) incident")
        }
        let counts = levels.map { "\($0.count) \($0.level.name)" }.joined(separator: ", ")
        return "\(Figures.counted(findings.incidents.count, "incident")): \(counts)"
    }

    private var extent: String {
        let sources = Figures.counted(result.sources.count, "source")
        var text = "\(Figures.counted(result.records, "record")) of \(sources) read"
        let times = findings.alerts.compactMap { result.alerts[$0].time }
        if let when = TimeRange(first: times.min(), last: times.max()).text {
            text += "; what was found happened \(when)"
        }
        let unreadable = result.sources.count { $0.problem != nil }
        if unreadable > 0 { text += ". \(Figures.counted(unreadable, "source")) could not be read" }
        if findings.options.minLevel > .informational {
            text += ". Below \(findings.options.minLevel.name) is left out"
        }
        return text + "."
    }

    private func navigation(_ html: inout HTMLWriter) {
        html.element("ul", [.class("wrap")]) { list in
            func item(_ id: String, _ name: String, _ count: Int? = nil) {
                list.element("li") {
                    let count = count.map { " \(Figures.grouped($0))" } ?? ""
                    $0.element("a", [.link(to: id)], text: name + count)
                }
            }
            item("overview", "Overview")
            if !findings.incidents.isEmpty {
                item("incidents", "Incidents", findings.incidents.count)
            }
            item("attack", "ATT&CK")
            item("alerts", "Alerts", findings.alerts.count)
            item("sources", "Sources", result.sources.count)
        }
    }

    private func footer(_ html: inout HTMLWriter) {
        html.element("p") {
            $0.text("Made by Kagari \(findings.options.productVersion). ")
            $0.text("Times are UTC. Rules are shown with their authors and licences. ")
            $0.text(
                "ATT&CK names are © The MITRE Corporation, used under the ATT&CK terms of use. ")
            $0.text("Characters that could mislead a reader are written as escapes, like \\x1b.")
        }
    }
}
