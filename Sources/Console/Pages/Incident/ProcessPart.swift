import Engine
import Store
import Tenancy

/// Who started whom, as an indented list: open without a script, and read aloud as one.
enum ProcessPart {
    static func write(_ dossier: Dossier, _ part: inout Markup) {
        let processes = dossier.graph.processes
        guard !processes.isEmpty else {
            part.state(.noProcesses, .noProcessesCure)
            return
        }
        let levels = dossier.graph.levels(dossier.alerts)
        let titles = Dictionary(
            dossier.alerts.map { ($0.id.text, $0.title) }, uniquingKeysWith: { first, _ in first })
        part.element("section", [.class("panel")]) { panel in
            panel.element("ul", [.class("tree")]) { list in
                for process in processes { write(process, dossier, levels, titles, &list) }
            }
        }
    }

    private static func write(
        _ process: StoryGraph.Process, _ dossier: Dossier, _ levels: [CaseLevel?],
        _ titles: [String: String], _ list: inout Markup
    ) {
        let node = dossier.graph.nodes[process.node]
        list.element("li") { item in
            item.element("div", [.class("process")]) { row in
                if let level = levels[process.node] {
                    row.element(
                        "i", [.class("mark level-\(level.name)"), .set("aria-hidden", "true")],
                        text: "")
                    row.element("span", [.class("unseen")], say: level.phrase)
                } else {
                    row.element("i", [.class("mark none"), .set("aria-hidden", "true")], text: "")
                }
                row.element("b") { $0.text(node.label, atMost: 80) }
                if let number = node.fact("pid") {
                    row.element("span", [.class("soft mono")]) { $0.text(number, atMost: 20) }
                }
                if let user = node.fact("user") {
                    row.element("span", [.class("soft")]) { $0.text(user, atMost: 60) }
                }
                if let host = node.host {
                    row.element("span", [.class("chip")]) { $0.text(host, atMost: 60) }
                }
                if let time = node.firstSeen { row.moment(time, .second) }
            }
            if let line = node.fact("command line") {
                item.element("code", [.class("command")]) { $0.text(line, atMost: 600) }
            }
            let told = Set(node.alerts.compactMap { titles[$0] }).sorted()
            if !told.isEmpty {
                item.element("ul", [.class("plain fired")]) { fired in
                    for title in told.prefix(8) {
                        fired.element("li") { $0.text(title, atMost: 160) }
                    }
                    if told.count > 8 { fired.element("li", text: "+\(told.count - 8)") }
                }
            }
            guard !process.children.isEmpty else { return }
            item.element("ul") { below in
                for child in process.children { write(child, dossier, levels, titles, &below) }
            }
        }
    }
}
