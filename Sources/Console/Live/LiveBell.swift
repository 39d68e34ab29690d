import Synchronization

/// Tells live feeds that there may be something new. Ringing costs nothing; what is new stands in the ledger.
package final class LiveBell: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    package func ring() { count.wrappingAdd(1, ordering: .relaxed) }

    var rings: Int { count.load(ordering: .relaxed) }
}

/// How many feeds are open.
final class FeedSeats: Sendable {
    private let taken = Mutex(0)
    let seatsMax: Int

    init(seatsMax: Int) { self.seatsMax = seatsMax }

    func take() -> Bool {
        taken.withLock { taken in
            guard taken < seatsMax else { return false }
            taken += 1
            return true
        }
    }

    func leave() { taken.withLock { $0 -= 1 } }
    var count: Int { taken.withLock { $0 } }
}
