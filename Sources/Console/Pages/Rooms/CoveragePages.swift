import Engine
import Hummingbird
import Store
import Tenancy

/// The ATT&CK matrix of one tenant, and one technique of it.
enum CoveragePages {
    static func matrix(_ call: PageCall) async throws -> Response {
        guard let tenant = call.shownTenant else {
            throw Problem(.forbidden, "No tenant is in reach.")
        }
        _ = try await call.scope(RuleEndpoints.read, in: tenant.text)
        let report = try await CoverageReport.make(
            of: tenant, for: call.principal, since: nil, call.parts)
        return call.page(.coverage, .coverage, with: [.rooms]) { main in
            main.lead(
                .verbatim("\(Phrase.coverage.text(in: call.language)) · \(tenant.text)"),
                .coverageNote)
            legend(report, &main)
            if !report.kinds.isEmpty {
                main.element("p", [.class("soft fine")]) { line in
                    line.say(.kindsReceived)
                    line.text(": ")
                    for kind in report.kinds.sorted().prefix(40) {
                        line.element("span", [.class("chip")], text: kind)
                        line.text(" ")
                    }
                    if report.isSample { line.say(.sampled) }
                }
            }
            CoverageMatrix(report: report, tenant: tenant).write(to: &main)
        }
    }

    private static func legend(_ report: CoverageReport, _ main: inout Markup) {
        main.element("ul", [.class("legend plain")]) { list in
            for state in CoverageState.allCases.reversed() {
                let count = report.techniques.count { $0.state == state }
                list.element("li", [.class("cover cover-\(state.rawValue)")]) { item in
                    item.coverMark(state)
                    item.element("b", text: Phrase.grouped(count))
                    item.element("span", say: state.phrase)
                    item.element("small", say: state.note)
                }
            }
        }
    }

    static func technique(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(RuleEndpoints.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first else {
            throw Problem(.missing, "There is no such tenant.")
        }
        let report = try await CoverageReport.make(
            of: tenant, for: call.principal, since: nil, call.parts)
        let id = call.part("technique")
        let rows = report.techniques.filter { $0.id == id || $0.parent == id }
        guard let first = rows.first else {
            throw Problem(.missing, "There is no such technique.")
        }
        return call.page(.verbatim(first.name), .coverage, with: [.rooms]) { main in
            main.lead(.verbatim("\(first.id) \(first.name)"), nil) { acts in
                acts.element(
                    "a",
                    [.class("button"), .set("href", "/coverage?tenant=\(tenant.text)")],
                    say: .coverage)
            }
            for row in rows { one(row, report, tenant, &main) }
        }
    }

    private static func one(
        _ row: CoverageReport.Row, _ report: CoverageReport, _ tenant: TenantID,
        _ main: inout Markup
    ) {
        main.element("section", [.class("panel")]) { panel in
            panel.element("h2", [.class("cover cover-\(row.state.rawValue)")]) { heading in
                heading.coverMark(row.state)
                heading.text("\(row.id) \(row.name)")
                heading.element("small", say: row.state.phrase)
            }
            if !row.missingKinds.isEmpty {
                panel.element("p", [.class("soft")]) { line in
                    line.say(.wouldArm)
                    for kind in row.missingKinds.sorted() {
                        line.text(" ")
                        line.element("span", [.class("chip")], text: kind)
                    }
                }
            }
            guard !row.rules.isEmpty else {
                panel.element("p", [.class("soft")], say: .uncoveredNote)
                return
            }
            panel.listing([.level, .title, .withFeeds, .state], label: .rulesForIt) { rows in
                for rule in row.rules.prefix(200) {
                    rows.element("tr") { line in
                        line.cell(.level) { $0.ruleLevel(rule.level) }
                        line.cell(.title) {
                            $0.link(RoomLink.rule(rule.id, of: tenant), text: rule.title)
                        }
                        line.cell(.withFeeds, text: rule.kinds.joined(separator: ", "))
                        let canFire = !report.kinds.isDisjoint(with: rule.kinds)
                        line.cell(.state) { $0.say(canFire ? .canFire : .cannotFire) }
                    }
                }
            }
        }
    }
}

/// Tactics as columns, techniques as cells; sub-techniques are in the cell of their technique.
struct CoverageMatrix {
    let report: CoverageReport
    let tenant: TenantID

    private struct Cell {
        let id: String
        let name: String
        var rows: [CoverageReport.Row]

        var state: CoverageState {
            let all = CoverageState.allCases
            return rows.map(\.state).max {
                (all.firstIndex(of: $0) ?? 0) < (all.firstIndex(of: $1) ?? 0)
            } ?? .none
        }
        var alertCount: Int { rows.reduce(0) { $0 + $1.alertCount } }
        var ruleCount: Int { Set(rows.flatMap { $0.rules.map(\.id) }).count }
    }

    func write(to main: inout Markup) {
        let columns = columns
        main.element(
            "div",
            [
                .class("matrix"), .set("tabindex", "0"), .set("role", "region"),
                .say("aria-label", .coverage),
            ]
        ) { matrix in
            for (title, cells) in columns where !cells.isEmpty {
                matrix.element("section") { column in
                    column.element("h2") { heading in
                        heading.say(title)
                        let covered = cells.count { $0.state == .armed || $0.state == .fired }
                        heading.element("small", text: "\(covered)/\(cells.count)")
                    }
                    column.element("ul", [.class("plain")]) { list in
                        for cell in cells { list.element("li") { write(cell, &$0) } }
                    }
                }
            }
        }
    }

    private func write(_ cell: Cell, _ item: inout Markup) {
        item.element(
            "a",
            [
                .class("cover cover-\(cell.state.rawValue)"),
                .set("href", "/coverage/\(tenant.text)/\(cell.id)"),
            ]
        ) { link in
            link.coverMark(cell.state)
            link.element("span") { $0.text(cell.name, atMost: 60) }
            link.element("small") { small in
                small.element("span", [.class("unseen")]) { words in
                    words.say(cell.state.phrase)
                    words.text(" ")
                }
                small.text(Phrase.grouped(cell.alertCount > 0 ? cell.alertCount : cell.ruleCount))
                small.element("span", [.class("unseen")]) { words in
                    words.text(" ")
                    words.say(cell.alertCount > 0 ? .alerts : .rules)
                }
            }
        }
    }

    /// Techniques that no tactic has stand last.
    private var columns: [(Phrase, [Cell])] {
        var cells: [String: Cell] = [:]
        for row in report.techniques {
            let name = report.techniques.first { $0.id == row.parent }?.name ?? row.name
            cells[row.parent, default: Cell(id: row.parent, name: name, rows: [])].rows.append(row)
        }
        let all = cells.values.sorted { $0.name < $1.name }
        var columns: [(Phrase, [Cell])] = Tactic.allCases.map { tactic in
            (
                tactic.phrase,
                all.filter { cell in
                    cell.rows.contains { $0.tactics.contains(tactic.shortName) }
                }
            )
        }
        columns.append((.otherTechniques, all.filter { $0.rows.allSatisfy(\.tactics.isEmpty) }))
        return columns
    }
}

extension CoverageState {
    var phrase: Phrase {
        switch self {
        case .none: .uncovered
        case .unfed: .unfed
        case .armed: .armed
        case .fired: .fired
        }
    }

    var note: Phrase {
        switch self {
        case .none: .uncoveredNote
        case .unfed: .unfedNote
        case .armed: .armedNote
        case .fired: .firedNote
        }
    }

    /// On a field of 12 by 12: empty, half, whole, whole with a spark.
    fileprivate var shape: String {
        switch self {
        case .none: "M2 2h8v8H2zM3.2 3.2v5.6h5.600V3.2z"
        case .unfed: "M2 2h8v8H2zM3.2 3.2v5.6L8.8 3.2z"
        case .armed: "M2 2h8v8H2z"
        case .fired: "M6 0l1.700 4.300L12 6 7.700 7.700 6 12 4.300 7.700 0 6l4.300-1.700z"
        }
    }
}

extension Markup {
    mutating func coverMark(_ state: CoverageState) {
        element(
            "svg", [.class("mark"), .set("viewBox", "0 0 12 12"), .set("aria-hidden", "true")]
        ) { svg in
            svg.element("path", [.set("d", state.shape), .set("fill-rule", "evenodd")]) { _ in }
        }
    }

    /// A rule's level, by its name.
    mutating func ruleLevel(_ name: String) {
        level(CaseLevel(name: name) ?? .informational)
    }
}
