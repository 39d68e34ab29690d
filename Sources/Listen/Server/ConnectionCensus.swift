internal import Synchronization

/// Who is connected, so that no peer and not all of them together take every connection.
final class ConnectionCensus: Sendable {
    private struct Count {
        var total = 0
        var byPeer: [String: Int] = [:]
    }

    private let count = Mutex(Count())
    private let limit: Int
    private let limitPerPeer: Int

    init(limits: IntakeLimits) {
        limit = limits.connectionsMax
        limitPerPeer = limits.connectionsPerPeerMax
    }

    /// - Returns: false where the connection is one too many; then it must not ``leave(_:)``.
    func enter(_ peer: String) -> Bool {
        count.withLock { count in
            guard count.total < limit, count.byPeer[peer, default: 0] < limitPerPeer else {
                return false
            }
            count.total += 1
            count.byPeer[peer, default: 0] += 1
            return true
        }
    }

    func leave(_ peer: String) {
        count.withLock { count in
            count.total -= 1
            let left = (count.byPeer[peer] ?? 0) - 1
            count.byPeer[peer] = left > 0 ? left : nil
        }
    }
}
