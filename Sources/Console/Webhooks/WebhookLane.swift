import Engine

/// When one webhook is told next, and when it is not told any more. It decides; the sender acts.
///
/// Messages go out in order, one at a time. One that fails is sent again, later each time, and those behind it wait.
struct WebhookLane: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case send
        case wait(until: Timestamp)
        /// It failed too often, or said that it is gone.
        case disable
    }

    /// After the last of them it is disabled: some seven hours in all.
    static let pausesSeconds: [Int64] = [5, 30, 120, 600, 1800, 3600, 3600, 7200, 7200]
    static var attemptsMax: Int { pausesSeconds.count + 1 }

    private(set) var failures = 0
    private(set) var next: Timestamp?
    /// Nil where the last attempt went well, or none was made.
    private(set) var lastFailure: String?
    private var isGone = false

    func step(now: Timestamp) -> Step {
        if isGone || failures >= Self.attemptsMax { return .disable }
        // A wait that is longer than any there is comes of a clock that was set back.
        if let next, now < next,
            next.nanoseconds - now.nanoseconds <= 7200 * 1_000_000_000
        {
            return .wait(until: next)
        }
        return .send
    }

    mutating func succeeded() { self = WebhookLane() }

    /// - Parameter status: of the answer; nil where there was none.
    mutating func failed(status: Int?, _ reason: String, now: Timestamp) {
        failures += 1
        lastFailure = reason
        isGone = status == 410
        let pause = Self.pausesSeconds[min(failures, Self.pausesSeconds.count) - 1]
        next = Timestamp(nanoseconds: now.nanoseconds + pause * 1_000_000_000)
    }
}
