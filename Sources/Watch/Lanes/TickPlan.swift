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

    private var written: Timestamp?
    private var hasAlarm = false

    package init() {}

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
        if since >= Self.gap || since < .zero {
            self.written = now
            hasAlarm = false
            return .write
        }
        guard !hasAlarm else { return .nothing }
        hasAlarm = true
        return .lookAgain(after: Self.gap - since)
    }
}
