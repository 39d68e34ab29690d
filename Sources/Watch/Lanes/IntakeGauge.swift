internal import Synchronization

/// How much waits to become durable. Beyond the bound senders are refused, and keep what they have.
final class IntakeGauge: Sendable {
    private let bytes = Atomic<Int>(0)
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var waitingBytes: Int { bytes.load(ordering: .relaxed) }

    /// False where there is no room. One delivery always finds room where nothing else waits, however large.
    func enter(_ count: Int) -> Bool {
        let before = bytes.wrappingAdd(count, ordering: .relaxed).oldValue
        guard before > 0, before + count > bytesMax else { return true }
        leave(count)
        return false
    }

    func leave(_ count: Int) { bytes.wrappingSubtract(count, ordering: .relaxed) }
}
