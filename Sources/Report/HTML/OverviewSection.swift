import Engine
import Sigma

/// Figures, when it happened, and the list of incidents.
struct OverviewSection {
    private let findings: Findings
    private var result: RunResult { findings.result }

    init(_ findings: Findings) { self.findings = findings }

    func write(to html: inout HTMLWriter) {
        html.element("section", [.id("overview"), .labelled(by: "overview-h")]) {
            $0.element("h2", [.id("overview-h")], text: "Overview")
            $0.element("dl", [.class("tiles")], tiles)
            AlertHistogram(findings).write(to: &$0)
        }
    }

    private func tiles(_ html: inout HTMLWriter) {
        func tile(_ name: String, _ value: String, _ detail: String = "") {
            html.element("div") {
                $0.element("dt", text: name)
                $0.element("dd") {
                    $0.text(value)
                    if !detail.isEmpty { $0.element("small", text: detail) }
                }
            }
        }
        let levels = findings.countsByLevel(findings.alerts.map { result.alerts[$0].level })
        let byLevel = levels.map { "\(Figures.grouped($0.count)) \($0.level.name)" }
        var hosts = OrderedNames(kind: .host)
        var users = OrderedNames(kind: .user)
        for index in findings.alerts {
            hosts.add(result.alerts[index].host)
            users.add(result.alerts[index].user)
        }
        let rules = Set(findings.alerts.map { result.alerts[$0].rule })
        let loose = findings.looseAlerts.count
        tile(
            "Incidents", Figures.grouped(findings.incidents.count),
            loose > 0 ? "\(Figures.counted(loose, "alert")) outside" : "")
        tile("Alerts", Figures.grouped(findings.alerts.count), byLevel.joined(separator: ", "))
        tile(
            "Rules that fired", Figures.grouped(rules.count),
            "of \(Figures.grouped(result.rules.count)) in force")
        tile(
            "Hosts", Figures.grouped(hosts.list.count),
            TerminalReport.listed(hosts.list, atMost: 3))
        tile(
            "Users", Figures.grouped(users.list.count),
            TerminalReport.listed(users.list, atMost: 3))
        tile(
            "Records", Figures.short(Double(result.records)),
            Figures.bytes(Double(result.bytes)))
    }
}

/// Alerts over time, stacked by severity, with the incidents as bars below.
struct AlertHistogram {
    private static let buckets = 96
    private static let width = 1200
    private static let height = 88

    private let findings: Findings
    private let times: [(time: Int64, level: Level)]

    init(_ findings: Findings) {
        self.findings = findings
        times = findings.alerts.compactMap { index in
            let alert = findings.result.alerts[index]
            return alert.time.map { ($0.nanoseconds, alert.level) }
        }
    }

    func write(to html: inout HTMLWriter) {
        guard let first = times.map(\.time).min(), let last = times.map(\.time).max(),
            last > first
        else { return }
        let axis = TimeAxis(first: first, last: last, width: Double(Self.width))
        let incidents = findings.incidents.prefix(6).filter {
            findings.result.incidents[$0].firstSeen != nil
        }
        let below = incidents.count * 16
        let total = Self.height + 22 + below
        html.element("div", [.class("card"), .set("style", "margin-top:16px")]) {
            $0.element(
                "h3", [.set("style", "font-size:13px;margin-bottom:6px")], text: "When it happened")
            let region: [HTMLWriter.Attribute] = [
                .set("style", "overflow-x:auto"), .set("tabindex", 0), .set("role", "region"),
                .label("Chart: alerts over time"),
            ]
            $0.element("div", region) {
                $0.element(
                    "svg",
                    [
                        .class("chart"), .set("viewBox", "0 0 \(Self.width) \(total)"),
                        .set("style", "min-width:760px"), .set("role", "img"),
                        .label(description(axis)),
                    ]
                ) { svg in
                    bars(axis, &svg)
                    ticks(axis, &svg)
                    for (row, index) in incidents.enumerated() {
                        span(findings.result.incidents[index], row: row, axis, &svg)
                    }
                }
            }
        }
    }

    private func description(_ axis: TimeAxis) -> String {
        let range = TimeRange(
            first: Timestamp(nanoseconds: axis.first), last: Timestamp(nanoseconds: axis.last))
        return "Alerts over time: \(Figures.counted(times.count, "alert")), \(range.text ?? "")"
    }

    private func bars(_ axis: TimeAxis, _ svg: inout HTMLWriter) {
        var counts = [[Int]](
            repeating: [Int](repeating: 0, count: Level.allCases.count), count: Self.buckets)
        for (time, level) in times {
            let slot = min(Self.buckets - 1, Int(axis.share(time) * Double(Self.buckets)))
            counts[slot][level.rawValue] += 1
        }
        let most = max(1, counts.map { $0.reduce(0, +) }.max() ?? 1)
        let step = Double(Self.width) / Double(Self.buckets)
        for (slot, byLevel) in counts.enumerated() {
            var top = Double(Self.height)
            // Square roots, so that a burst of low alerts does not flatten the one that matters.
            let sum = Double(byLevel.reduce(0, +))
            let full = sum > 0 ? (sum / Double(most)).squareRoot() * Double(Self.height - 8) : 0
            for level in Level.allCases where byLevel[level.rawValue] > 0 {
                let part = max(2.5, full * Double(byLevel[level.rawValue]) / sum)
                top -= part
                svg.rect(
                    x: Double(slot) * step + 1, y: top, width: step - 2, height: part, radius: 1,
                    "f-\(level.name)")
            }
        }
        svg.line(0, Double(Self.height), Double(Self.width), Double(Self.height), "axis")
    }

    private func ticks(_ axis: TimeAxis, _ svg: inout HTMLWriter) {
        for (share, label, anchor) in axis.labels(atMost: 5) {
            svg.label(
                label, x: share * Double(Self.width), y: Double(Self.height) + 15, "m", size: 12,
                anchor: anchor)
        }
    }

    private func span(_ incident: Incident, row: Int, _ axis: TimeAxis, _ svg: inout HTMLWriter) {
        guard let first = incident.firstSeen, let last = incident.lastSeen else { return }
        let y = Double(Self.height) + 26 + Double(row) * 16
        let left = axis.share(first.nanoseconds) * Double(Self.width)
        let right = axis.share(last.nanoseconds) * Double(Self.width)
        let wide = max(6, right - left)
        svg.rect(
            x: min(left, Double(Self.width) - 6), y: y, width: wide, height: 9, radius: 3,
            "f-\(incident.level.name)")
        let atRight = left + wide > Double(Self.width) * 0.6
        svg.label(
            "incident \(row + 1)", x: atRight ? left - 6 : left + wide + 6, y: y + 9, "m", size: 12,
            anchor: atRight ? "end" : "start")
    }
}

/// Times on a line from 0 to 1.
struct TimeAxis {
    let first: Int64
    let last: Int64
    let width: Double

    func share(_ time: Int64) -> Double {
        let span = Double(last) - Double(first)
        guard span > 0 else { return 0.5 }
        return min(1, max(0, (Double(time) - Double(first)) / span))
    }

    func labels(atMost count: Int) -> [(share: Double, label: String, anchor: String)] {
        let range = (Timestamp(nanoseconds: first), Timestamp(nanoseconds: last))
        let oneDay = TimeRange.day(range.0) == TimeRange.day(range.1)
        let span = Double(last) - Double(first)
        let (isShort, isLong) = (span < 10e9, span > 3 * 86_400e9)
        return (0..<count).map { index in
            let share = Double(index) / Double(count - 1)
            let time = Timestamp(
                nanoseconds: Int64(
                    clamping: Int(Double(first) + share * (Double(last) - Double(first)))))
            let shown =
                oneDay
                ? isShort ? TimeRange.fineClock(time) : TimeRange.clock(time)
                : isLong ? TimeRange.day(time) : String(TimeRange.moment(time).dropLast(3))
            return (share, shown, index == 0 ? "start" : index == count - 1 ? "end" : "middle")
        }
    }
}
