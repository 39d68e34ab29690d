import Engine

/// What was read, what could not be, and what the run cost.
struct SourcesSection {
    private let findings: Findings
    private let statistics: RunStatistics?
    private var result: RunResult { findings.result }

    init(_ findings: Findings, _ statistics: RunStatistics?) {
        self.findings = findings
        self.statistics = statistics
    }

    func write(to html: inout HTMLWriter) {
        html.element("section", [.id("sources"), .labelled(by: "sources-h")]) {
            $0.element("h2", [.id("sources-h")], text: "Sources")
            $0.element("div", [.class("card")], sources)
            if !result.unparsedByReason.isEmpty { $0.element("div", [.class("card")], unparsed) }
            if let statistics { $0.element("div", [.class("card")]) { figures(statistics, &$0) } }
        }
    }

    private func sources(_ html: inout HTMLWriter) {
        // What could not be read comes first: it is where findings may be missing.
        let ordered =
            result.sources.filter { $0.problem != nil }
            + result.sources.filter { $0.problem == nil && $0.unparsed > 0 }
            + result.sources.filter { $0.problem == nil && $0.unparsed == 0 }
        let limit = findings.options.limits.sources
        html.element("table", [.class("stack")]) { table in
            table.element("thead") {
                $0.element("tr") {
                    $0.element("th", [.set("scope", "col")], text: "Source")
                    $0.element("th", [.set("scope", "col")], text: "Format")
                    $0.element("th", [.set("scope", "col"), .class("num")], text: "Records")
                    $0.element("th", [.set("scope", "col"), .class("num")], text: "Not parsed")
                    $0.element("th", [.set("scope", "col")], text: "Problem")
                }
            }
            table.element("tbody") { body in
                for source in ordered.prefix(limit) {
                    body.element("tr") {
                        $0.element("td") { $0.element("code", text: source.path) }
                        $0.element("td", text: source.format?.rawValue ?? "")
                        $0.element("td", [.class("num")], text: Figures.grouped(source.records))
                        $0.element(
                            "td", [.class("num")],
                            text: source.unparsed > 0 ? Figures.grouped(source.unparsed) : "")
                        $0.element("td", text: source.problem ?? "")
                    }
                }
            }
        }
        if ordered.count > limit {
            html.element(
                "p", [.class("note")],
                text: "and \(Figures.counted(ordered.count - limit, "more source")).")
        }
    }

    private func unparsed(_ html: inout HTMLWriter) {
        html.element("h3", [.set("style", "font-size:14px;margin-bottom:8px")], text: "Not parsed")
        html.element("table", [.class("stack")]) { table in
            table.headings(["Reason", "Records", "First seen at", "Begins with"])
            table.element("tbody") { body in
                for (reason, count) in result.unparsedByReason.byCount.prefix(50) {
                    let sample = result.unparsed.first { $0.reason == reason }
                    body.element("tr") {
                        $0.element("td", text: reason)
                        $0.element("td", text: Figures.grouped(count))
                        $0.element("td", text: sample.map(place) ?? "")
                        $0.element("td") {
                            guard let bytes = sample?.bytes, !bytes.isEmpty else { return }
                            let text = String(decoding: bytes.prefix(96), as: UTF8.self)
                            $0.element("code", text: text)
                        }
                    }
                }
            }
        }
    }

    private func place(_ record: RunResult.Unparsed) -> String {
        let known = result.sources.indices.contains(record.source)
        let path = known ? result.sources[record.source].path : "source unknown"
        return "\(path), offset \(record.offset)"
    }

    private func figures(_ statistics: RunStatistics, _ html: inout HTMLWriter) {
        html.element("h3", [.set("style", "font-size:14px;margin-bottom:8px")], text: "This run")
        html.element("dl", [.class("facts")]) {
            for (name, value) in StatisticsSection(statistics).rows {
                $0.element("dt", text: name)
                $0.element("dd", text: value)
            }
            for (reason, count) in statistics.rulesSkippedByReason.byCount.prefix(20) {
                $0.element("dt", text: "rules skipped")
                $0.element("dd", text: "\(Figures.grouped(count)) \(reason)")
            }
        }
    }
}
