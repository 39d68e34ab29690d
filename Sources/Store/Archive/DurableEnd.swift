internal import Synchronization

/// The last sequence that is durable, told by a writer to readers in other lanes.
package final class DurableEnd: Sendable {
    private let value: Atomic<UInt64>

    init(_ sequence: UInt64) { value = Atomic(sequence) }

    /// 0 before a tenant's first record. Never goes back.
    package var sequence: UInt64 { value.load(ordering: .acquiring) }

    func advance(to sequence: UInt64) { value.store(sequence, ordering: .releasing) }
}
