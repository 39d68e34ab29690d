import Engine
import Foundation
import Report
import Scan
import Synchronization

/// The progress line on standard error, a few times a second, only on a terminal.
final class ProgressDisplay: Sendable {
    private let started: ContinuousClock.Instant
    private let isShown = isatty(2) != 0
    private let last: Mutex<ContinuousClock.Instant>

    init(started: ContinuousClock.Instant) {
        self.started = started
        last = Mutex(started)
    }

    @Sendable
    func show(_ progress: ScanRun.Progress) {
        show(
            records: progress.records, consumed: progress.consumed, total: progress.total,
            alerts: UInt64(progress.alerts))
    }

    func show(records: UInt64, consumed: UInt64, total: UInt64?, alerts: UInt64 = 0) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            guard now - last > .milliseconds(200) else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let (whole, atto) = (now - started).components
        let seconds = Double(whole) + Double(atto) / 1e18
        let fraction = total.map { $0 > 0 ? Double(consumed) / Double($0) : 1 }
        let line = ProgressLine(
            fraction: fraction, records: records,
            recordsPerSecond: Double(records) / seconds, alerts: alerts,
            secondsLeft: fraction.flatMap { $0 > 0.01 ? seconds / $0 - seconds : nil })
        Machine.tell("\r" + line.text(width: Machine.terminalWidth - 1) + "\u{1B}[K")
    }

    func clear() { if isShown { Machine.tell("\r\u{1B}[K") } }
}
