internal import Synchronization

/// What a listener has seen since it started. A snapshot: counts only grow.
package struct IntakeTally: Hashable, Sendable {
    /// Why something was not taken, as a fixed phrase.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case credential = "no credential, or one that nobody knows"
        case path = "unknown path or method"
        case malformed = "not of the protocol's form"
        case tooLarge = "larger than the limit"
        case encoding = "damaged or unknown compression"
        case slow = "too slow"
        case busy = "more than can be written now"
        case overQuota = "over the tenant's quota"
        case closed = "the tenant is closed"
        case storage = "the disk refused"
        case connections = "too many connections"
        case binding = "a sender that no source is bound to"
        case kernel = "dropped by the kernel: its buffer was full"
        case shutdown = "the service was stopping"
    }

    package var connections = 0
    package var connectionsOpen = 0
    package var requests = 0
    /// Bytes of records handed in, after decompression.
    package var bytes = 0
    package var stored = 0
    package var duplicates = 0
    /// Records cut at a limit, and kept so.
    package var truncated = 0
    /// Requests, frames, datagrams or records refused, by reason.
    package var refused: [Reason: Int] = [:]

    package init() {}
}

/// Counts for one listener, from any thread.
package final class IntakeCounters: Sendable {
    private let tally = Mutex(IntakeTally())

    package init() {}

    package var snapshot: IntakeTally { tally.withLock { $0 } }

    func count(_ change: (inout IntakeTally) -> Void) { tally.withLock { change(&$0) } }

    func refuse(_ reason: IntakeTally.Reason, _ count: Int = 1) {
        tally.withLock { $0.refused[reason, default: 0] += count }
    }

    func refuse(_ refusal: IntakeRefusal, _ count: Int = 1) { refuse(refusal.reason, count) }

    func took(_ outcomes: [IntakeOutcome], bytes: Int) {
        let stored = outcomes.count { $0 == .stored }
        tally.withLock {
            $0.stored += stored
            $0.duplicates += outcomes.count - stored
            $0.bytes += bytes
        }
    }
}

extension IntakeRefusal {
    var reason: IntakeTally.Reason {
        switch self {
        case .busy: .busy
        case .overQuota: .overQuota
        case .closed: .closed
        case .storage: .storage
        }
    }

    /// When to try again; nil where that is of no use.
    var retryAfterSeconds: Int? {
        switch self {
        case .busy(let seconds), .overQuota(let seconds): max(1, seconds)
        case .storage: 10
        case .closed: nil
        }
    }
}

extension Delivery {
    var byteCount: Int { records.reduce(0) { $0 + $1.bytes.count } }
}
