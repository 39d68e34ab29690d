/// One line that tells how far a run is. The caller writes it over the one before.
///
/// A pure function of numbers; no escape sequences, no line ending, never wider than asked.
package struct ProgressLine: Sendable {
    /// 0...1; nil while the size of the input is not known.
    package var fraction: Double?
    package var records: UInt64
    package var recordsPerSecond: Double?
    package var alerts: UInt64
    /// Nil while it cannot be told.
    package var secondsLeft: Double?

    package init(
        fraction: Double?, records: UInt64, recordsPerSecond: Double?, alerts: UInt64,
        secondsLeft: Double?
    ) {
        self.fraction = fraction
        self.records = records
        self.recordsPerSecond = recordsPerSecond
        self.alerts = alerts
        self.secondsLeft = secondsLeft
    }

    /// - Parameter width: columns there are; below 20 only the share is told.
    package func text(width: Int) -> String {
        var parts: [String] = []
        if let rate = recordsPerSecond { parts.append("\(Figures.short(rate)) events/s") }
        if let left = secondsLeft, left.isFinite {
            parts.append("\(Figures.duration(seconds: max(1, left.rounded()))) left")
        }
        parts.append(Figures.counted(alerts, "alert"))
        if fraction == nil { parts.insert(Figures.counted(records, "event"), at: 0) }
        var tail = parts.joined(separator: " · ")
        guard let fraction = share else { return TextWidth.cut(tail, to: max(0, width)) }
        let percent = "\(Int((fraction * 100).rounded(.down))) %"
        let head = String(repeating: " ", count: max(0, 5 - percent.utf8.count)) + percent
        guard width >= 20 else { return TextWidth.cut(head, to: max(0, width)) }
        var barWidth = width - 8 - TextWidth.of(tail)
        if barWidth < 8 {
            barWidth = max(4, min(24, width / 3))
            tail = TextWidth.cut(tail, to: max(0, width - 8 - barWidth))
        }
        barWidth = min(barWidth, 40)
        let full = Int((fraction * Double(barWidth)).rounded(.down))
        let bar =
            String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
        return "\(bar) \(head)  \(tail)"
    }

    private var share: Double? {
        guard let fraction, fraction.isFinite else { return nil }
        return min(max(fraction, 0), 1)
    }
}
