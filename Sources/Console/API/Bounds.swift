import Engine
import Store
import Synchronization
import Tenancy

/// The console's bounds; docs/api.md states them too.
enum ConsoleLimits {
    static let bodyBytesMax = 256 << 10
    static let queryBytesMax = 4096
    /// Of what an identity provider sends back with the browser.
    static let callbackBytesMax = 8192
    static let formBytesMax = 64 << 10
    /// Of what a browser says of a page that was not as the policy has it.
    static let policyReportBytesMax = 16 << 10
    static let answersMax = 10_000
    static let answerBytesMax = 64 << 10
    static let answerLifetime: Int64 = 86_400_000_000_000
    static let idempotencyKeyBytesMax = 128
    static let headerBytesMax = 16 << 10
    static let ratePrincipalsMax = 20_000
}

/// Answers to requests with an `Idempotency-Key`, kept for a day, so that the same request is done once.
///
/// They live in memory: after a restart a request may be done again. When ``ConsoleLimits/answersMax`` are kept, the
/// oldest goes.
final class AnswerBook: Sendable {
    struct Name: Hashable, Sendable {
        let principal: PrincipalID
        let key: String
    }

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        let etag: String?
        /// Of the cookie; it is never kept.
        let token: SecretToken?
        var media = Media.json
        /// Of a file to take along; nil where it is to be read at once.
        var fileName: String?

        var withoutToken: Answer {
            Answer(status: status, body: body, etag: etag, token: nil, media: media)
        }
    }

    enum Decision: Sendable {
        case go
        case again(Answer)
        /// Another request has this key, or the first one is still being done.
        case refused(Problem)
    }

    private struct Entry: Sendable {
        let request: LedgerDigest
        let since: Timestamp
        var answer: Answer?
    }

    private struct State: Sendable {
        var entries: [Name: Entry] = [:]
        var order: [Name] = []
    }

    private let state = Mutex(State())

    func begin(_ name: Name, request: LedgerDigest, now: Timestamp) -> Decision {
        state.withLock { state in
            if let entry = state.entries[name],
                now.nanoseconds - entry.since.nanoseconds < ConsoleLimits.answerLifetime
            {
                guard entry.request == request else {
                    return .refused(
                        Problem(.invalid, "This Idempotency-Key was used for another request."))
                }
                guard let answer = entry.answer else {
                    return .refused(
                        Problem(.conflict, "The same request is being done.", retryAfter: 1))
                }
                return .again(answer)
            }
            state.order.removeAll { $0 == name }
            state.order.append(name)
            state.entries[name] = Entry(request: request, since: now, answer: nil)
            if state.order.count > ConsoleLimits.answersMax {
                state.entries[state.order.removeFirst()] = nil
            }
            return .go
        }
    }

    /// - Parameter answer: nil where nothing was done, so that it may be tried again.
    func end(_ name: Name, _ answer: Answer?) {
        state.withLock { state in
            if let answer {
                state.entries[name]?.answer = answer
            } else {
                state.entries[name] = nil
                state.order.removeAll { $0 == name }
            }
        }
    }
}

/// How many requests each principal has left: so many a minute, filled again evenly.
final class RatePool: Sendable {
    struct Standing: Hashable, Sendable {
        let remaining: Int
        /// Until it is full again, rounded up.
        let resetSeconds: Int
        let isRefused: Bool
    }

    let perMinute: Int
    private let levels = Mutex<[PrincipalID: (tokens: Double, at: Timestamp)]>([:])

    init(perMinute: Int) { self.perMinute = max(1, perMinute) }

    /// The same for whoever is not known yet, by address.
    ///
    /// - Throws: ``Problem`` of kind `throttled`.
    func require(of address: [UInt8], now: Timestamp) throws(Problem) {
        let network = Cursor.hex(Array(address.prefix(address.count == 16 ? 8 : 4)))
        guard let name = PrincipalID("address-\(network)") else { return }
        guard !take(name, now: now).isRefused else {
            throw Problem(
                .throttled, "More than \(perMinute) requests in a minute; wait.",
                retryAfter: max(1, 60 / perMinute))
        }
    }

    func take(_ principal: PrincipalID, now: Timestamp) -> Standing {
        levels.withLock { levels in
            let full = Double(perMinute)
            var (tokens, at) = levels[principal] ?? (full, now)
            let seconds = max(0, Double(now.nanoseconds - at.nanoseconds)) / 1e9
            tokens = min(full, tokens + seconds * full / 60)
            at = now
            let isRefused = tokens < 1
            if !isRefused { tokens -= 1 }
            if levels.count >= ConsoleLimits.ratePrincipalsMax, levels[principal] == nil {
                // Whoever was full has nothing to forget.
                levels = levels.filter { $0.value.tokens < full - 1 }
            }
            levels[principal] = (tokens, at)
            let reset = ((full - tokens) * 60 / full).rounded(.up)
            return Standing(
                remaining: Int(tokens), resetSeconds: Int(reset), isRefused: isRefused)
        }
    }
}

/// How many requests were answered, by status.
final class RequestCounts: Sendable {
    private let counts = Mutex<[Int: Int64]>([:])
    private let reports = Atomic<Int64>(0)

    func notePolicyReport() { reports.wrappingAdd(1, ordering: .relaxed) }

    func note(status: Int) { counts.withLock { $0[status, default: 0] += 1 } }

    var figures: [Figure] {
        let reported = Figure(
            "kagari_console_policy_reports_total", .counter,
            "Reports of browsers that a page broke its content policy.",
            value: reports.load(ordering: .relaxed))
        return [reported]
            + counts.withLock { counts in
                counts.sorted { $0.key < $1.key }.map { status, count in
                    Figure(
                        "kagari_console_requests_total", .counter, "Requests answered by status.",
                        labels: [Figure.Label("status", String(status))], value: count)
                }
            }
    }
}
