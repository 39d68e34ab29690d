internal import Engine
internal import Store
internal import Synchronization

/// From the lane that writes to the lane that reads: records that are durable, in order.
///
/// It holds a bounded number of bytes. What does not fit is not waited for: it lies in the archive, and the reader is told that it has to fetch it from there.
final class Handoff: Sendable {
    enum Next: Sendable {
        case records([ArchivedRecord])
        /// Some were not handed over; they lie in the archive.
        case behind
        /// Nothing came for a while.
        case idle
        case closed
    }

    static let bytesMax = 32 << 20

    private struct State {
        var batches: [[ArchivedRecord]] = []
        var bytes = 0
        var isBehind = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func offer(_ records: [ArchivedRecord]) {
        wake { state in
            let size = records.reduce(0) { $0 + $1.bytes.count + 96 }
            if state.isBehind || state.bytes + size > Self.bytesMax {
                state.isBehind = true
            } else {
                state.batches.append(records)
                state.bytes += size
            }
        }
    }

    func close() { wake { $0.isClosed = true } }

    /// Lets a reader that waits look again, though nothing came.
    func nudge() { wake { _ in } }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// The next records, at most one batch a call; waits where there is nothing.
    func next() async -> Next {
        if let ready = take() { return ready }
        await withCheckedContinuation { waiter in
            let isReady = state.withLock { state in
                if !state.batches.isEmpty || state.isBehind || state.isClosed { return true }
                state.waiter = waiter
                return false
            }
            if isReady { waiter.resume() }
        }
        return take() ?? .idle
    }

    private func take() -> Next? {
        state.withLock { state in
            if !state.batches.isEmpty {
                let batch = state.batches.removeFirst()
                state.bytes -= batch.reduce(0) { $0 + $1.bytes.count + 96 }
                return .records(batch)
            }
            if state.isBehind {
                state.isBehind = false
                return .behind
            }
            return state.isClosed ? .closed : nil
        }
    }
}
