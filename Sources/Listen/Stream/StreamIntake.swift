internal import Synchronization

/// What connections of one listener without requests share.
final class StreamIntake: Sendable {
    let listener: String
    let desk: any IntakeDesk
    let limits: IntakeLimits
    let counters: IntakeCounters
    let held: HeldBytes
    private let stops = Mutex(false)

    init(
        listener: String, desk: any IntakeDesk, limits: IntakeLimits, counters: IntakeCounters,
        held: HeldBytes
    ) {
        self.listener = listener
        self.desk = desk
        self.limits = limits
        self.counters = counters
        self.held = held
    }

    var isStopping: Bool { stops.withLock { $0 } }
    func stop() { stops.withLock { $0 = true } }

    /// Hands records in, and again while the desk is busy: these senders cannot be told to come back, they are slowed
    /// by not being read.
    ///
    /// - Returns: false where the records were given up, which is counted.
    func deliver(_ delivery: Delivery) async -> Bool {
        while true {
            do throws(IntakeRefusal) {
                let outcomes = try await desk.take(delivery)
                counters.took(outcomes, bytes: delivery.byteCount)
                return true
            } catch {
                guard let seconds = error.retryAfterSeconds else {
                    counters.refuse(error, delivery.records.count)
                    return false
                }
                counters.refuse(error)
                for _ in 0..<seconds * 10 where !isStopping {
                    try? await Task.sleep(for: .milliseconds(100))
                }
                if isStopping {
                    counters.refuse(.shutdown, delivery.records.count)
                    return false
                }
            }
        }
    }
}
