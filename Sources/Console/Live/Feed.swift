import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// Changes of incidents as server-sent events. The id of an event is its place in the ledger, so a feed goes on exactly
/// where it ended, over restarts too, and holds nothing back for slow readers.
///
/// - Source: the HTML Living Standard §9.2.
struct Feed: Sendable {
    static let path = "/api/v1/feed"
    static let read = Permission(.read, .incidents)
    /// A comment goes out after so long without an event.
    static let commentEvery = Duration.seconds(15)
    /// How soon a ring of the bell is heard.
    static let step = Duration.milliseconds(250)
    /// How long nobody rings before the ledger is asked anyway.
    static let askEvery = Duration.seconds(2)

    let parts: ConsoleParts

    func answer(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let gate = Gate(parts: parts)
        let caller = try await gate.caller(of: request)
        var query: [String: String] = [:]
        if let text = request.uri.query, !text.isEmpty {
            guard text.hasPrefix("tenant="), TenantID(String(text.dropFirst(7))) != nil else {
                throw Problem(.malformed, "A feed takes the query parameter tenant alone.")
            }
            query["tenant"] = String(text.dropFirst(7))
        }
        let scope = try await gate.scope(
            for: .tenants(Self.read), of: caller.principal, names: [:], query: query)
        guard let scope else { throw Problem(.forbidden, "No tenant is in reach.") }
        var start = try await parts.ledger.lastOrdinal()
        if let header = request.headers[.lastEventID] {
            guard let last = Int64(header), last >= 0 else {
                throw Problem(.malformed, "Last-Event-ID is no id of this feed.")
            }
            start = min(start, last)
        }
        guard parts.feeds.take() else {
            throw Problem(
                .unavailable, "There are \(parts.feeds.seatsMax) live feeds already.",
                retryAfter: 30)
        }
        let run = Run(
            parts: parts, principal: caller.principal, query: query, scope: scope, last: start)
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        if let renewed = caller.renewed {
            headers[.setCookie] = SessionCookie.setting(renewed)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { parts.feeds.leave() }
                var run = run
                try await run.write(to: &writer)
                try await writer.finish(nil)
            })
    }

    /// One open feed.
    private struct Run: Sendable {
        let parts: ConsoleParts
        let principal: Principal
        let query: [String: String]
        var scope: TenantScope
        var last: Int64

        /// Ends after the settings' time; the reader comes back with its last id, and is judged anew.
        @concurrent
        mutating func write(to writer: inout any ResponseBodyWriter) async throws {
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            var lived = Duration.zero
            var sinceEvent = Duration.zero
            var sinceAsked = Feed.askEvery
            var heard = -1
            while lived < parts.settings.feedLifetime, !Task.isCancelled {
                if parts.bell.rings != heard || sinceAsked >= Feed.askEvery {
                    heard = parts.bell.rings
                    sinceAsked = .zero
                    guard try await judgeAnew() else { return }
                    if try await send(to: &writer) { sinceEvent = .zero }
                }
                if sinceEvent >= Feed.commentEvery {
                    try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    sinceEvent = .zero
                }
                try await Task.sleep(for: Feed.step)
                lived += Feed.step
                sinceEvent += Feed.step
                sinceAsked += Feed.step
            }
        }

        /// False where the reader has lost the right.
        private mutating func judgeAnew() async throws -> Bool {
            guard principal.mandate == nil else { return true }
            guard let now = try await parts.accounts.principal(principal.id),
                let scope = try? await Gate(parts: parts).scope(
                    for: .tenants(Feed.read), of: now, names: [:], query: query)
            else { return false }
            self.scope = scope
            return true
        }

        @concurrent
        private mutating func send(to writer: inout any ResponseBodyWriter) async throws -> Bool {
            var wasSent = false
            while true {
                let changes = try await parts.ledger.changes(after: last, limit: 100, in: scope)
                guard !changes.isEmpty else { return wasSent }
                var text = ""
                for change in changes {
                    text += "id: \(change.ordinal)\nevent: incident\n"
                    text += "data: \(change.json.string)\n\n"
                    last = change.ordinal
                }
                try await writer.write(ByteBuffer(string: text))
                wasSent = true
            }
        }
    }
}

extension Store.IncidentChange {
    fileprivate var json: JSON {
        [
            "tenant": .text(key.tenant.text), "incident": .text(key.incident.text),
            "kind": .text(kind.rawValue), "actor": .text(actor.text), "time": .time(time),
        ]
    }
}
