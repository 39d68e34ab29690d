/// The section that `--stats` adds. Also usable alone, for formats that are read by machines:
/// ``text(width:)`` goes to standard error then.
package struct StatisticsSection {
    private let statistics: RunStatistics

    package init(_ statistics: RunStatistics) { self.statistics = statistics }

    /// The section alone, without colours.
    package func text(width: Int) -> String {
        var canvas = TerminalCanvas(width: width, colour: false)
        write(to: &canvas)
        return canvas.take()
    }

    func write(to canvas: inout TerminalCanvas) {
        canvas.rule()
        for (name, value) in rows {
            canvas.put("    \(name)", .dim, in: 26)
            canvas.putRest(value)
            canvas.endLine()
        }
        counts("rules skipped", statistics.rulesSkippedByReason, to: &canvas)
        counts("records not parsed", statistics.unparsedByReason, to: &canvas)
        canvas.blankLine()
    }

    /// Name and value of each figure; shown by the HTML report too.
    var rows: [(name: String, value: String)] {
        var rows: [(String, String)] = [
            (
                "records",
                with(
                    rate: statistics.recordsPerSecond.map(Figures.short), "events/s",
                    Figures.grouped(statistics.records))
            ),
            (
                "bytes",
                with(
                    rate: statistics.bytesPerSecond.map(Figures.bytes), nil,
                    Figures.bytes(Double(statistics.bytes)))
            ),
            ("time", timeText),
            ("alerts", Figures.grouped(statistics.alerts)),
            ("incidents", Figures.grouped(statistics.incidents)),
            ("rules in force", rulesText),
        ]
        if let peak = statistics.peakMemoryBytes {
            rows.append(("peak memory", Figures.bytes(Double(peak))))
        }
        return rows
    }

    private func with(rate: String?, _ unit: String?, _ total: String) -> String {
        guard let rate else { return total }
        return "\(total)  (\(rate)\(unit.map { " \($0)" } ?? "/s"))"
    }

    private var timeText: String {
        var text = Figures.duration(seconds: statistics.elapsed.inSeconds)
        if let processor = statistics.processorTime {
            text += ", processor \(Figures.duration(seconds: processor.inSeconds))"
        }
        return "\(text) on \(Figures.counted(statistics.threads, "thread"))"
    }

    private var rulesText: String {
        let text = Figures.grouped(statistics.rulesLoaded)
        guard statistics.rulesWithoutSource > 0 else { return text }
        return "\(text), \(Figures.grouped(statistics.rulesWithoutSource)) have no source here"
    }

    private func counts(
        _ title: String, _ byReason: [String: UInt64], to canvas: inout TerminalCanvas
    ) {
        guard !byReason.isEmpty else { return }
        canvas.put("    \(title)", .dim, in: 26)
        canvas.put(Figures.grouped(byReason.values.reduce(UInt64(0), &+)))
        canvas.endLine()
        for (reason, count) in byReason.byCount.prefix(20) {
            canvas.put(Figures.grouped(count), in: 24, at: .right)
            canvas.putRest("  \(reason)", .dim)
            canvas.endLine()
        }
    }
}
