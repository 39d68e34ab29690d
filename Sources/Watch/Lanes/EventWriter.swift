package import Store
internal import Engine
internal import Tenancy

/// Collects searchable events of all tenants and writes them in batches that suit the store.
///
/// One batch is being written while the next is collected. Where the store cannot keep up, ``add(_:bytes:)`` waits, and with it the lane that
/// calls it: nothing is thrown away. Where the store fails, the batch is tried again; meanwhile search lags behind, and says so.
package actor EventWriter {
    static let rowsMax = 10_000
    static let bytesMax = 16 << 20
    static let retryPauses: [Duration] = [.milliseconds(200), .seconds(1), .seconds(5)]

    private let store: any EventStore
    private let pause: @Sendable (Duration) async -> Void
    private var collected: [StoredEvent] = []
    private var collectedBytes = 0
    private var writing: Task<Void, Never>?
    private var isClosed = false
    package private(set) var failure: StoreFailure?
    package private(set) var written: UInt64 = 0

    /// - Parameter pause: waits; the clock's in the program, none in tests.
    package init(
        store: any EventStore, pause: @escaping @Sendable (Duration) async -> Void
    ) {
        self.store = store
        self.pause = pause
    }

    /// See ``EventStore/writtenUpTo(_:)``; nil where the store does not say.
    func writtenUpTo(_ tenant: TenantID) async -> UInt64? {
        do throws(StoreFailure) { return try await store.writtenUpTo(tenant) } catch {
            failure = error
            return nil
        }
    }

    /// See ``EventStore/erase(_:through:)``.
    func erase(_ tenant: TenantID, through sequence: UInt64) async throws(StoreFailure) {
        try await store.erase(tenant, through: sequence)
    }

    package var waitingCount: Int { collected.count }

    /// Takes events over; returns when there is room for more.
    func add(_ events: [StoredEvent], bytes: Int) async {
        collected += events
        collectedBytes += bytes
        while collected.count >= Self.rowsMax || collectedBytes >= Self.bytesMax {
            if let writing {
                await writing.value
            } else {
                begin()
            }
        }
    }

    /// Begins to write what was collected, unless a write is under way.
    func flush() {
        if writing == nil, !collected.isEmpty { begin() }
    }

    /// Returns when all that was added is written, or the store refuses it for good.
    package func drain() async {
        while writing != nil || !collected.isEmpty {
            flush()
            await writing?.value
        }
    }

    /// As ``drain()``; a store that fails is not waited for any longer.
    package func close() async {
        isClosed = true
        await drain()
    }

    private func begin() {
        let batch = collected
        collected = []
        collectedBytes = 0
        writing = Task {
            await self.write(batch)
            self.ended()
        }
    }

    private func ended() { writing = nil }

    private func write(_ batch: [StoredEvent]) async {
        var turn = 0
        while true {
            do throws(StoreFailure) {
                try await store.write(batch)
                failure = nil
                written += UInt64(batch.count)
                return
            } catch {
                failure = error
                // They are in the archive: what is given up here is written when the store is filled again.
                guard !isClosed else { return }
                await pause(Self.retryPauses[min(turn, Self.retryPauses.count - 1)])
                turn += 1
            }
        }
    }
}
