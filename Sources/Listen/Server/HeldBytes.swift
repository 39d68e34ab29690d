internal import Synchronization

/// How many bytes all connections together hold before they are durable.
final class HeldBytes: Sendable {
    private let held = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// - Returns: false where the limit would be passed; then nothing was taken.
    func take(_ count: Int) -> Bool {
        held.withLock { held in
            guard held + count <= limit else { return false }
            held += count
            return true
        }
    }

    func giveBack(_ count: Int) {
        held.withLock { held in
            held -= count
            precondition(held >= 0, "gives back more bytes than were taken")
        }
    }

    /// For bytes that were read already; they are held whether there is room or not, and no more are read.
    func change(by count: Int) {
        held.withLock { held in
            held += count
            precondition(held >= 0, "gives back more bytes than were taken")
        }
    }

    var hasRoom: Bool { count < limit }
    var count: Int { held.withLock { $0 } }
}
