import Engine
import Sigma

/// `--format table`: incidents most severe first, then what stands alone, then what could not be
/// read, and one summary line at the end, where the eye is when the command returns.
struct TerminalReport {
    let findings: Findings
    private let statistics: RunStatistics?
    private var result: RunResult { findings.result }

    init(_ findings: Findings, _ statistics: RunStatistics?) {
        self.findings = findings
        self.statistics = statistics
    }

    func write(to output: inout Output) throws {
        var canvas = TerminalCanvas(width: findings.options.width, colour: findings.options.colour)
        let shown = findings.incidents.prefix(findings.options.limits.incidents)
        let inFull = findings.options.limits.incidentsInFull
        for (number, index) in shown.enumerated() {
            let incident = result.incidents[index]
            if number == inFull { canvas.rule() }
            if number < inFull {
                write(incident, number: number + 1, to: &canvas)
            } else {
                writeLine(incident, number: number + 1, to: &canvas)
            }
            try output.write(canvas.take())
        }
        if shown.count > inFull { canvas.blankLine() }
        if findings.incidents.count > shown.count {
            canvas.put("and \(findings.incidents.count - shown.count) more incidents", .dim)
            canvas.put(" (--format json holds them all)", .dim)
            canvas.blankLine()
        }
        writeLooseAlerts(to: &canvas)
        writeProblems(to: &canvas)
        if let statistics { StatisticsSection(statistics).write(to: &canvas) }
        writeSummary(to: &canvas)
        try output.write(canvas.take())
    }

    // MARK: incidents

    private func write(_ incident: Incident, number: Int, to canvas: inout TerminalCanvas) {
        canvas.rule()
        canvas.put("\(number)", .dim, in: 4)
        canvas.put(" \(incident.level.label) ", incident.level.style)
        canvas.put("  ")
        canvas.hangingParagraph(incident.title, .strong, hanging: 4)
        writeFacts(incident, to: &canvas)
        if !incident.story.isEmpty { canvas.blankLine() }
        for sentence in incident.story.prefix(12) {
            canvas.paragraph("• \(sentence)", indent: 4, hanging: 2, linesMax: 4)
        }
        if incident.story.count > 12 {
            canvas.paragraph("… and \(incident.story.count - 12) more steps", .dim, indent: 6)
        }
        canvas.blankLine()
        writeGroups(findings.groupedByRule(findings.alerts(of: incident)), to: &canvas)
        canvas.blankLine()
    }

    /// One line, for what comes after the incidents that matter most.
    private func writeLine(
        _ incident: Incident, number: Int, to canvas: inout TerminalCanvas
    ) {
        canvas.put("\(number)", .dim, in: 4)
        canvas.put(incident.level.label, incident.level.style, in: 9)
        canvas.put("risk \(incident.risk)", in: 9)
        canvas.putRest("\(incident.title) · \(findings.alerts(of: incident).count) alerts")
        canvas.endLine()
    }

    private func writeFacts(_ incident: Incident, to canvas: inout TerminalCanvas) {
        if let when = TimeRange(first: incident.firstSeen, last: incident.lastSeen).text {
            fact("when", when, to: &canvas)
        }
        fact("risk", "\(incident.risk) of 100, confidence \(incident.confidence) %", to: &canvas)
        fact("hosts", Self.listed(findings.hosts(of: incident), atMost: 12), to: &canvas)
        fact("users", Self.listed(findings.users(of: incident), atMost: 12), to: &canvas)
        fact("how far", incident.tactics.map(Tactic.title).joined(separator: " → "), to: &canvas)
        fact(
            "ATT&CK", Self.listed(incident.techniques.map(findings.titled(technique:)), atMost: 12),
            to: &canvas)
    }

    private func fact(_ name: String, _ value: String, to canvas: inout TerminalCanvas) {
        guard !value.isEmpty else { return }
        let room = canvas.width - 13
        for (index, line) in TextWidth.wrap(TerminalCanvas.visible(value), to: room, linesMax: 3)
            .enumerated()
        {
            canvas.put(index == 0 ? "    \(name)" : "", .dim, in: 13)
            canvas.put(line)
            canvas.endLine()
        }
    }

    static func listed(_ names: [String], atMost limit: Int) -> String {
        let shown = names.prefix(limit).joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }

    // MARK: alerts by rule

    private func writeGroups(_ groups: [RuleGroup], to canvas: inout TerminalCanvas) {
        let limit = findings.options.limits.rulesPerIncident
        for group in groups.prefix(limit) { write(group, to: &canvas) }
        guard groups.count > limit else { return }
        let rest = groups.dropFirst(limit)
        let alerts = rest.reduce(0) { $0 + $1.alerts.count }
        canvas.put("    and \(Figures.counted(rest.count, "more rule")) with ", .dim)
        canvas.put("\(Figures.counted(alerts, "alert")) (--format jsonl holds them all)", .dim)
        canvas.endLine()
    }

    private func write(_ group: RuleGroup, to canvas: inout TerminalCanvas) {
        let when = Self.times(group)
        let withTime = canvas.width >= 84
        canvas.put("    ")
        canvas.put(group.level.label, group.level.style, in: 8)
        canvas.put(" ")
        canvas.put("×\(Figures.grouped(group.alerts.count))", .strong, in: 7, at: .right)
        canvas.put("  ")
        let title = findings.title(ofRule: group.rule)
        if withTime {
            canvas.put(title, in: canvas.width - 22 - 21)
            canvas.put("  ")
            canvas.put(when, .dim, in: 19, at: .right)
        } else {
            canvas.putRest(title)
        }
        canvas.endLine()
        guard let first = group.alerts.first, let alert = findings.alert(first) else { return }
        canvas.put("", in: 22)
        let author = findings.rule(group.rule)?.author.map { "rule by \($0)" } ?? ""
        let room = canvas.width - 22 - (author.isEmpty ? 0 : 3 + min(30, TextWidth.of(author)))
        let parts = [TextWidth.cut(Self.reason(alert), to: max(12, room)), author]
        canvas.putRest(parts.filter { !$0.isEmpty }.joined(separator: " · "), .dim)
        canvas.endLine()
    }

    /// `10:01:02 – 10:14:40`, or the day where there are several.
    private static func times(_ group: RuleGroup) -> String {
        guard let first = group.first, let last = group.last else { return "" }
        if first == last { return TimeRange.moment(first) }
        if TimeRange.day(first) == TimeRange.day(last) {
            return "\(TimeRange.clock(first)) – \(TimeRange.clock(last))"
        }
        return "\(TimeRange.day(first).dropFirst(5)) – \(TimeRange.day(last).dropFirst(5))"
    }

    /// The first thing that matched; cut here so that a huge value costs nothing below.
    /// The first thing that matched, made visible before it is cut to the width.
    private static func reason(_ alert: Alert) -> String {
        guard let match = alert.tellingMatch else { return "" }
        let value = VisibleText(match.value, bytesMax: 1024).text
        return match.field.map { "\(VisibleText($0).text): \(value)" } ?? value
    }

    private func writeLooseAlerts(to canvas: inout TerminalCanvas) {
        let loose = findings.looseAlerts
        guard !loose.isEmpty else { return }
        canvas.rule()
        canvas.put("    ")
        canvas.put("Outside any incident", .strong)
        canvas.put("  \(Figures.counted(loose.count, "alert"))", .dim)
        canvas.blankLine()
        writeGroups(findings.groupedByRule(loose), to: &canvas)
        canvas.blankLine()
    }
}

// MARK: what could not be read, and the end

extension TerminalReport {
    private func writeProblems(to canvas: inout TerminalCanvas) {
        let problems = result.sources.filter { $0.problem != nil }
        let reasons = result.unparsedByReason.byCount
        guard !problems.isEmpty || !reasons.isEmpty else { return }
        canvas.rule()
        if !problems.isEmpty {
            canvas.put("    \(Figures.counted(problems.count, "source")) not read", .strong)
            canvas.endLine()
            for source in problems.prefix(10) {
                canvas.paragraph(
                    "\(source.path): \(source.problem ?? "")", indent: 4, hanging: 4, linesMax: 2)
            }
            if problems.count > 10 {
                canvas.put("    and \(problems.count - 10) more", .dim)
                canvas.endLine()
            }
        }
        let total = reasons.reduce(into: UInt64(0)) { $0 = $0 &+ $1.value }
        if !reasons.isEmpty {
            canvas.put("    \(Figures.counted(total, "record")) not parsed", .strong)
            canvas.endLine()
        }
        for (reason, count) in reasons.prefix(10) {
            canvas.put("    ")
            canvas.put(Figures.grouped(count), in: 10, at: .right)
            canvas.putRest("  \(reason)")
            canvas.endLine()
        }
        canvas.blankLine()
    }

    private func writeSummary(to canvas: inout TerminalCanvas) {
        canvas.rule()
        var parts: [String] = []
        let levels = findings.countsByLevel(findings.incidents.map { result.incidents[$0].level })
        if findings.alerts.isEmpty {
            parts.append("Nothing found")
        } else if findings.incidents.isEmpty {
            parts.append("No incident")
        } else {
            let counts = levels.map { "\($0.count) \($0.level.name)" }.joined(separator: ", ")
            parts.append("\(Figures.counted(findings.incidents.count, "incident")) (\(counts))")
        }
        let rules = Set(findings.alerts.map { result.alerts[$0].rule }).count
        let from = rules > 0 ? " from \(Figures.counted(rules, "rule"))" : ""
        parts.append(Figures.counted(findings.alerts.count, "alert") + from)
        let sources = Figures.counted(result.sources.count, "source")
        parts.append("\(Figures.counted(result.records, "record")) in \(sources)")
        let unparsed = result.unparsedByReason.values.reduce(UInt64(0), &+)
        if unparsed > 0 { parts.append("\(Figures.grouped(unparsed)) unparsed") }
        let unreadable = result.sources.count { $0.problem != nil }
        if unreadable > 0 { parts.append("\(Figures.counted(unreadable, "source")) not read") }
        canvas.paragraph(parts.joined(separator: " · "), .strong, indent: 0)
    }
}

extension Level {
    var style: TerminalCanvas.Style {
        switch self {
        case .critical: .critical
        case .high: .high
        case .medium: .medium
        case .low: .low
        case .informational: .informational
        }
    }
}
