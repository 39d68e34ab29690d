import Engine
import Tenancy
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
package import NIOSSL

/// The console as a server: routes, limits, and where it listens.
package enum ConsoleApplication {
    /// Why the console does not listen there.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    static let endpoints: [Endpoint] =
        IncidentEndpoints.all + StorylineEndpoints.all + CaseEndpoints.all + SearchEndpoints.all
        + RegistryEndpoints.all
        + PeopleEndpoints.all + MeEndpoints.all + FactorEndpoints.all + WebhookEndpoints.all
        + RecordEndpoints.all + RuleEndpoints.all + EntityEndpoints.all + SavedSearchEndpoints.all
        + HealthEndpoints.all + ExportEndpoints.all + AgentEndpoints.all

    /// - Parameters:
    ///   - host: an address of this machine; any other than loopback needs `tls`.
    ///   - port: 0 takes a free one.
    /// - Throws: ``Refusal`` where what goes over the net would be readable by others.
    package static func make(
        _ parts: ConsoleParts, host: String, port: Int, tls: TLSConfiguration?, logger: Logger
    ) throws -> some ApplicationProtocol {
        guard tls != nil || isLoopback(host) else {
            throw Refusal(
                description: "The console does not listen on \(host) without TLS; give a "
                    + "certificate and its key, or listen on 127.0.0.1.")
        }
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: ConsoleLimits.headerBytesMax,
                    maxHeaderListSize: 2 * ConsoleLimits.headerBytesMax, maxHeaderFieldCount: 64)))
        let server = try tls.map { try HTTPServerBuilder.tls(plain, tlsConfiguration: $0) }
        return Application(
            router: router(parts), server: server ?? plain,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            logger: logger)
    }

    static func isLoopback(_ host: String) -> Bool {
        guard host != "localhost", host != "::1" else { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    static func router(_ parts: ConsoleParts) -> Router<ConsoleContext> {
        let router = Router(context: ConsoleContext.self)
        router.add(middleware: Wrapping(parts: parts))
        for endpoint in endpoints {
            let dispatch = Dispatch(parts: parts, endpoint: endpoint)
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await dispatch.answer(request, context)
            }
        }
        for route in SignInRoute.all {
            router.post(RouterPath(route.endpoint.path)) { request, context in
                try await route.answer(request, context, parts)
            }
        }
        router.get(RouterPath(Feed.path)) { request, context in
            try await Feed(parts: parts).answer(request, context)
        }
        refuseOtherMethods(router)
        watch(router, parts)
        Pages(parts: parts).add(to: router)
        return router
    }

    /// An address of the API that is asked by another method says which it takes (RFC 9110 §15.5.6).
    private static func refuseOtherMethods(_ router: Router<ConsoleContext>) {
        var taken = Dictionary(grouping: endpoints + SignInRoute.all.map(\.endpoint), by: \.path)
            .mapValues { $0.map(\.method) }
        taken[Feed.path] = [.get]
        let known: [HTTPRequest.Method] = [
            .get, .head, .post, .put, .patch, .delete, .options, .trace, .query,
        ]
        for (path, methods) in taken {
            let allow = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in known where !methods.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw Problem(
                        .method, "This address takes \(allow) alone.", allow: allow)
                }
            }
        }
    }

    /// What machines ask: the document, whether it works, how it does.
    private static func watch(_ router: Router<ConsoleContext>, _ parts: ConsoleParts) {
        let document = OpenAPI.document(of: endpoints + SignInRoute.all.map(\.endpoint)).string
        router.get(RouterPath(OpenAPI.path)) { _, _ in
            plain(document, type: "application/json")
        }
        router.get("/healthz") { _, _ in plain("ok\n", type: "text/plain; charset=utf-8") }
        router.get("/readyz") { _, _ in
            let complaints = await parts.desk.complaints()
            guard complaints.isEmpty else {
                throw Problem(
                    .unavailable, complaints.joined(separator: " "), retryAfter: 5)
            }
            return plain("ready\n", type: "text/plain; charset=utf-8")
        }
        router.get("/metrics") { request, context in
            if !context.isLoopback {
                let gate = Gate(parts: parts)
                let caller = try await gate.caller(of: request)
                _ = try await gate.scope(
                    for: .provider(Permission(.read, .health)), of: caller.principal, names: [:],
                    query: [:])
            }
            let own = await [
                Figure(
                    "kagari_console_sessions", .gauge, "People who are signed in.",
                    value: Int64(parts.accounts.sessionCount)),
                Figure(
                    "kagari_console_feeds", .gauge, "Live feeds that are open.",
                    value: Int64(parts.feeds.count)),
                Figure(
                    "kagari_webhooks_sent_total", .counter, "Messages that webhooks took.",
                    value: parts.webhooks.sent),
                Figure(
                    "kagari_webhooks_failed_total", .counter, "Attempts that failed.",
                    value: parts.webhooks.failed),
            ]
            let figures = await parts.desk.figures()
            return plain(
                Metrics.text(own + parts.counts.figures + figures), type: Metrics.contentType)
        }
    }

    static func plain(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
