import Engine
import Sigma

/// How one incident went through ATT&CK: a row for each tactic, a mark for each alert.
struct ProgressChart {
    private static let width = 1160.0
    private static let left = 170.0
    private static let rowHeight = 21.0

    private let article: IncidentArticle
    private var findings: Findings { article.findings }

    init(_ article: IncidentArticle) { self.article = article }

    private struct Mark {
        var row: Int
        var time: Int64
        var level: Level
    }

    func write(to html: inout HTMLWriter) {
        let (tactics, marks) = rows()
        guard tactics.count > 1, let first = marks.map(\.time).min(),
            let last = marks.map(\.time).max(), last > first
        else { return }
        let axis = TimeAxis(first: first, last: last, width: Self.width - Self.left - 20)
        let height = Double(tactics.count) * Self.rowHeight + 24
        html.element("div", [.class("part")]) {
            $0.element("h4", text: "Progress through ATT&CK")
            $0.element(
                "div",
                [
                    .class("scroll"), .set("tabindex", 0), .set("role", "region"),
                    .label("Chart: incident \(article.number) by tactic and time"),
                ]
            ) {
                $0.element(
                    "svg",
                    [
                        .class("chart"),
                        .set("viewBox", "0 0 \(Int(Self.width)) \(Int(height))"),
                        .set("style", "min-width:720px"), .set("role", "img"),
                        .label("Alerts by tactic over time; the timeline below tells the same"),
                    ]
                ) { draw(tactics, marks, axis, height, &$0) }
            }
        }
    }

    private func rows() -> (tactics: [String], marks: [Mark]) {
        var marks: [(tactic: String, time: Int64, level: Level)] = []
        for index in article.alerts {
            guard let alert = findings.alert(index), let time = alert.time else { continue }
            let tags = AttackTags(findings.rule(alert.rule)?.tags ?? [])
            var tactics = Set(
                tags.techniques.flatMap { tags.tactics(of: findings.options.techniques[$0]) })
            if tactics.isEmpty { tactics = Set(tags.tactics(of: nil)) }
            // The rule's own tactic says what this alert meant; a technique may serve many.
            for tactic in tactics.sorted() { marks.append((tactic, time.nanoseconds, alert.level)) }
        }
        let present = Set(marks.map(\.tactic))
        let known = Tactic.all.map(\.name).filter(present.contains)
        let tactics = known + present.subtracting(known).sorted()
        let rowOf = Dictionary(uniqueKeysWithValues: tactics.enumerated().map { ($1, $0) })
        return (
            tactics,
            marks.compactMap { mark in
                rowOf[mark.tactic].map { Mark(row: $0, time: mark.time, level: mark.level) }
            }
        )
    }

    private func draw(
        _ tactics: [String], _ marks: [Mark], _ axis: TimeAxis, _ height: Double,
        _ svg: inout HTMLWriter
    ) {
        let bottom = height - 22
        for (row, tactic) in tactics.enumerated() {
            let y = (Double(row) + 0.5) * Self.rowHeight + 2
            svg.label(Tactic.title(tactic), x: 10, y: y + 4, "", size: 12)
            svg.line(Self.left, y, Self.width - 10, y, "grid")
        }
        for (share, label, anchor) in axis.labels(atMost: 5) {
            svg.label(
                label, x: Self.left + 10 + share * axis.width, y: bottom + 17, "m", size: 11,
                anchor: anchor)
        }
        var drawn: Set<String> = []
        for mark in marks.sorted(by: { $0.level < $1.level }) {
            let x = Self.left + 10 + axis.share(mark.time) * axis.width
            let y = (Double(mark.row) + 0.5) * Self.rowHeight + 2
            // Thousands of alerts in one place are one mark.
            guard drawn.insert("\(mark.row) \(Int(x / 2)) \(mark.level)").inserted else { continue }
            svg.circle(
                x: x, y: y, radius: 3.5 + Double(mark.level.rawValue) * 0.8, "f-\(mark.level.name)")
        }
    }
}
