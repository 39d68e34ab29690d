import Engine
import Sigma

/// ATT&CK as columns of tactics, with the techniques that fired.
struct AttackMatrix {
    struct Cell {
        var technique: String
        var alerts = 0
        var level = Level.informational
        var rules: Set<Int> = []
    }

    private let findings: Findings
    /// By tactic; each most severe first, then most alerts.
    private(set) var columns: [(tactic: String, cells: [Cell])] = []

    init(_ findings: Findings) {
        self.findings = findings
        var cells: [String: [String: Cell]] = [:]
        for group in findings.groupedByRule(findings.alerts) {
            let tags = AttackTags(findings.rule(group.rule)?.tags ?? [])
            for id in tags.techniques {
                for tactic in tags.tactics(of: findings.options.techniques[id]) {
                    var cell = cells[tactic]?[id] ?? Cell(technique: id)
                    cell.alerts += group.alerts.count
                    cell.level = max(cell.level, group.level)
                    cell.rules.insert(group.rule)
                    cells[tactic, default: [:]][id] = cell
                }
            }
        }
        let known = Tactic.all.filter { $0.columnName == $0.name }.map(\.name)
        let others = cells.keys.filter { !known.contains($0) }.sorted()
        for tactic in known + others {
            let sorted = (cells[tactic] ?? [:]).values.sorted {
                if $0.level != $1.level { return $0.level > $1.level }
                return $0.alerts != $1.alerts
                    ? $0.alerts > $1.alerts : $0.technique < $1.technique
            }
            columns.append((tactic, sorted))
        }
    }

    func write(to html: inout HTMLWriter) {
        html.element("section", [.id("attack"), .labelled(by: "attack-h")]) {
            $0.element("h2", [.id("attack-h")], text: "ATT&CK")
            guard columns.contains(where: { !$0.cells.isEmpty }) else {
                $0.element("p", [.class("mute")], text: "No rule that fired names a technique.")
                return
            }
            $0.element("div", [.class("matrix")]) { matrix in
                for (tactic, cells) in columns { column(tactic, cells, &matrix) }
            }
        }
    }

    private func column(_ tactic: String, _ cells: [Cell], _ html: inout HTMLWriter) {
        guard !cells.isEmpty else {
            html.element("div", [.class("none")], text: "\(Tactic.title(tactic)): none")
            return
        }
        html.element("div") { column in
            column.element("h3", text: Tactic.title(tactic))
            for cell in cells {
                column.element("div", [.class("tech tech-\(cell.level.name)")]) {
                    let name = findings.options.techniques[cell.technique]?.name
                    $0.text(name ?? cell.technique)
                    $0.element("small") {
                        if name != nil { $0.element("span", text: cell.technique) }
                        $0.element(
                            "span", text: "×\(Figures.grouped(cell.alerts)) \(cell.level.name)")
                    }
                }
            }
        }
    }
}
