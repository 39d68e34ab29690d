package import Store
internal import Synchronization
package import Tenancy

/// What changed, for whoever follows live. Numbered, so that one who was away goes on where he was.
///
/// - Bounds: the last ``keptMax`` changes are kept; a follower that falls ``waitingMax`` behind is let go, and may come back.
package final class Feed: Sendable {
    package static let keptMax = 4096
    package static let waitingMax = 1024
    package static let followersMax = 1000

    package struct Change: Hashable, Sendable {
        package enum Subject: Hashable, Sendable {
            case incident(IncidentID)
            case alert(AlertID)
        }

        package var id: UInt64
        package var tenant: TenantID
        package var subject: Subject
    }

    package enum Event: Hashable, Sendable {
        case change(Change)
        /// Changes were missed; what is shown must be read anew.
        case missed
    }

    private struct State {
        var last: UInt64 = 0
        var kept: [Change] = []
        var followers: [UInt64: AsyncStream<Event>.Continuation] = [:]
        var nextFollower: UInt64 = 0
        var isClosed = false
    }

    private let state: Mutex<State>

    /// - Parameter first: ids go on from here, so that those of an earlier run are never met again.
    package init(first: UInt64) { state = Mutex(State(last: first)) }

    package func publish(_ kept: FindingDesk.Kept, of tenant: TenantID) {
        publish(
            kept.alerts.map { .alert($0) } + kept.incidents.map { .incident($0) }, of: tenant)
    }

    package func publish(_ subjects: [Change.Subject], of tenant: TenantID) {
        guard !subjects.isEmpty else { return }
        let behind = state.withLock { state in
            var behind: [AsyncStream<Event>.Continuation] = []
            for subject in subjects {
                state.last += 1
                let change = Change(id: state.last, tenant: tenant, subject: subject)
                state.kept.append(change)
                for (number, follower) in state.followers {
                    // One that cannot keep up is let go, and comes back with the last id it had.
                    guard case .dropped = follower.yield(.change(change)) else { continue }
                    state.followers[number] = nil
                    behind.append(follower)
                }
            }
            if state.kept.count > Self.keptMax {
                state.kept.removeFirst(state.kept.count - Self.keptMax)
            }
            return behind
        }
        // Their end takes the lock.
        for follower in behind { follower.finish() }
    }

    /// Changes from now on, and before that those after `id`, where they are still kept.
    ///
    /// Where there are more than ``waitingMax`` of them, ``Event/missed`` stands for all.
    ///
    /// - Returns: nil where there are too many followers, and after ``close()``.
    package func follow(after id: UInt64?) -> AsyncStream<Event>? {
        let (stream, continuation) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.waitingMax))
        let number = state.withLock { state -> UInt64? in
            guard state.followers.count < Self.followersMax, !state.isClosed else { return nil }
            if let id, id < state.last {
                let isWhole = (state.kept.first?.id ?? .max) <= id + 1
                if !isWhole || state.last - id > Self.waitingMax {
                    continuation.yield(.missed)
                } else {
                    for change in state.kept where change.id > id {
                        continuation.yield(.change(change))
                    }
                }
            } else if let id, id > state.last {
                continuation.yield(.missed)
            }
            state.nextFollower += 1
            state.followers[state.nextFollower] = continuation
            return state.nextFollower
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.followers[number] = nil }
        }
        return stream
    }

    package func close() {
        let followers = state.withLock { state in
            state.isClosed = true
            defer { state.followers = [:] }
            return state.followers.values.map { $0 }
        }
        for follower in followers { follower.finish() }
    }
}
