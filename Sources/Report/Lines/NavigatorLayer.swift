import Engine
import Sigma

/// `--format navigator`: a layer for MITRE's ATT&CK Navigator, format 4.5. The score of a technique
/// is its number of alerts; its colour says the highest severity, and the comment says both.
struct NavigatorLayer {
    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    private static let colours: [(level: Level, colour: String)] = [
        (.critical, "#d1495b"), (.high, "#f08a4b"), (.medium, "#f2c14e"), (.low, "#8fc1e3"),
        (.informational, "#d5d9dd"),
    ]

    func write(to output: inout Output) throws {
        let matrix = AttackMatrix(findings)
        var json = JSONWriter()
        json.object { layer in
            layer.member("name", "Kagari scan")
            layer.object("versions") {
                $0.member("layer", "4.5")
                $0.member("navigator", "5.1.0")
            }
            layer.member("domain", "enterprise-attack")
            layer.member("description", description)
            layer.member("sorting", 3)
            layer.object("layout") {
                $0.member("layout", "side")
                $0.member("showID", true)
                $0.member("showName", true)
            }
            layer.member("hideDisabled", false)
            layer.array("techniques") { list in
                for (tactic, cells) in matrix.columns {
                    for cell in cells { list.object { technique(cell, tactic, &$0) } }
                }
            }
            gradient(matrix, &layer)
            layer.array("legendItems") { list in
                for (level, colour) in Self.colours {
                    list.object {
                        $0.member("label", level.name)
                        $0.member("color", colour)
                    }
                }
            }
            layer.member("showTacticRowBackground", false)
            layer.member("selectTechniquesAcrossTactics", false)
            layer.member("selectSubtechniquesWithParent", false)
        }
        json.lineBreak()
        try output.write(json.bytes)
    }

    private var description: String {
        let alerts = Figures.counted(findings.alerts.count, "alert")
        let when = findings.options.madeAt.map { ", \($0)" } ?? ""
        return "\(alerts) in \(Figures.counted(findings.result.records, "record"))\(when)"
    }

    private func technique(_ cell: AttackMatrix.Cell, _ tactic: String, _ json: inout JSONWriter) {
        json.member("techniqueID", cell.technique)
        json.member("tactic", tactic)
        json.member("score", cell.alerts)
        json.member("color", Self.colours.first { $0.level == cell.level }?.colour ?? "")
        let rules = cell.rules.map(findings.title(ofRule:)).sorted()
        let named = TerminalReport.listed(rules, atMost: 8)
        json.member(
            "comment", "\(Figures.counted(cell.alerts, "alert")), \(cell.level.name): \(named)")
        json.member("enabled", true)
        json.member("showSubtechniques", cell.technique.contains("."))
    }

    private func gradient(_ matrix: AttackMatrix, _ json: inout JSONWriter) {
        let most = matrix.columns.flatMap(\.cells).map(\.alerts).max() ?? 1
        json.object("gradient") {
            $0.member("colors", ["#ffffff", "#f08a4b"])
            $0.member("minValue", 0)
            $0.member("maxValue", most)
        }
    }
}
