package import Engine

/// When to write a tick into the log: soon after something was found, but no more often than joining alerts can bear.
///
/// It decides; its caller writes.
package struct TickPlan: Sendable {
    package enum Step: Equatable, Sendable {
        case nothing, write
        case lookAgain(after: Duration)
    }

    static let gap = Duration.milliseconds(500)
    static let gapMax = Duration.seconds(10)
    /// Joining many alerts takes long: ticks may have at most a fifth of the lane, and matching the rest.
    static let restForEach = 4

    private var cost = Duration.zero
    private var written: Timestamp?
    private var hasAlarm = false

    package init() {}

    /// - Parameter cost: what the last tick took, with telling what came of it.
    package mutating func took(_ cost: Duration) { self.cost = cost }

    private var gap: Duration { min(max(Self.gap, cost * Self.restForEach), Self.gapMax) }

    package mutating func next(wanted: Bool, now: Timestamp) -> Step {
        guard wanted else {
            hasAlarm = false
            return .nothing
        }
        guard let written else {
            self.written = now
            return .write
        }
        let since = Duration.nanoseconds(now.nanoseconds - written.nanoseconds)
        if since >= gap || since < .zero {
            self.written = now
            hasAlarm = false
            return .write
        }
        guard !hasAlarm else { return .nothing }
        hasAlarm = true
        return .lookAgain(after: gap - since)
    }
}
