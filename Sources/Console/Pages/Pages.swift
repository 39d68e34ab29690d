import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// The plain pages: signing in, the queue, one incident. They are read without a script.
struct Pages: Sendable {
    let parts: ConsoleParts

    func add(to router: Router<ConsoleContext>) {
        router.get("/") { request, _ in try await queue(request) }
        router.get("/incidents/{tenant}/{incident}") { request, context in
            try await incident(request, context)
        }
        router.get("/account") { request, _ in try await AccountPage.answer(request, parts) }
        for path in AccountPage.acts.keys.sorted() {
            router.post(RouterPath(path)) { request, context in
                try await AccountPage.act(path, request, from: context.address, parts)
            }
        }
        router.get("/sign-in/{provider}") { _, context in
            try await ProviderPages(parts: parts).begin(context)
        }
        router.get("/sign-in/{provider}/callback") { request, context in
            try await ProviderPages(parts: parts).callback(request, context)
        }
        router.get("/assets/passkeys.mjs") { _, _ in
            ConsoleApplication.plain(
                PasskeyModule.text, type: "text/javascript; charset=utf-8")
        }
        router.post("/sign-in") { request, context in try await signIn(request, context) }
        router.post("/sign-out") { request, _ in try await signOut(request) }
        router.get("/welcome/{secret}") { request, context in
            try await welcome(request, context)
        }
        router.post("/welcome/{secret}") { request, context in
            try await redeem(request, context)
        }
        router.get("/assets/console.css") { _, _ in
            ConsoleApplication.plain(Assets.style, type: "text/css; charset=utf-8")
        }
        router.get("/assets/console.mjs") { _, _ in
            ConsoleApplication.plain(Assets.module, type: "text/javascript; charset=utf-8")
        }
    }

    // MARK: - The queue

    private func queue(_ request: Request) async throws -> Response {
        let gate = Gate(parts: parts)
        let caller: Gate.Caller
        do { caller = try await gate.caller(of: request) } catch let problem as Problem {
            guard problem.kind == .unauthenticated else { throw problem }
            return html(SignInPage.sign(nil, providers: parts.providers.providers))
        }
        var query: [String: String] = [:]
        if let text = request.uri.query, text.hasPrefix("tenant=") {
            query["tenant"] = String(text.dropFirst(7))
        }
        let scope = try await gate.scope(
            for: .tenants(IncidentEndpoints.read), of: caller.principal, names: [:], query: query)
        guard let scope else { throw Problem(.forbidden, "No tenant is in reach.") }
        let page = try await parts.ledger.incidents(
            matching: IncidentQuery(limit: 100), in: scope)
        return html(
            IncidentPages.queue(
                page, of: caller.principal, csrf: csrf(caller)), renewed: caller.renewed)
    }

    private func incident(
        _ request: Request, _ context: ConsoleContext
    ) async throws -> Response {
        let gate = Gate(parts: parts)
        let caller = try await gate.caller(of: request)
        let names = ["tenant": context.parameters.get("tenant") ?? ""]
        let scope = try await gate.scope(
            for: .tenant(IncidentEndpoints.read), of: caller.principal, names: names, query: [:])
        let alerting = try await gate.scope(
            for: .tenant(Permission(.read, .alerts)), of: caller.principal, names: names,
            query: [:])
        guard let scope, let alerting, let tenant = scope.tenants.first,
            let id = context.parameters.get("incident").flatMap({ IncidentID($0) })
        else { throw Problem(.missing, "There is no such incident.") }
        let view = try await parts.ledger.incident(IncidentKey(id, of: tenant), in: scope)
        let alerts = try await parts.ledger.alerts(
            matching: AlertQuery(incident: id, limit: 200), in: alerting)
        return html(
            IncidentPages.one(
                view, alerts, of: caller.principal, csrf: csrf(caller)), renewed: caller.renewed)
    }

    // MARK: - Coming and going

    private func signIn(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try Gate(parts: parts).requireOwnPage(request)
        let fields = try await form(request)
        let attempt = Accounts.Attempt(
            login: fields["login"] ?? "", password: fields["password"] ?? "",
            code: fields["code"].flatMap { $0.isEmpty ? nil : $0 }, address: context.address)
        do {
            return away(
                to: "/", setting: try await parts.accounts.signIn(attempt, now: parts.now()).token)
        } catch let problem as Problem {
            return html(
                SignInPage.sign(problem.detail, providers: parts.providers.providers),
                status: problem.kind.status)
        }
    }

    private func signOut(_ request: Request) async throws -> Response {
        let fields = try await form(request)
        let caller = try await Gate(parts: parts).caller(
            of: request, formToken: fields["csrf"] ?? "")
        if let session = caller.session {
            _ = try await parts.accounts.end(
                session.id, of: caller.principal.id, now: parts.now())
        }
        return Response(
            status: .seeOther,
            headers: [.location: "/", .setCookie: SessionCookie.clearing])
    }

    private func welcome(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let secret = context.parameters.get("secret") ?? ""
        let found = try await Invitations.find(secret, in: parts.ledger, now: parts.now())
        guard let found else {
            return html(SignInPage.gone, status: 404)
        }
        return html(SignInPage.welcome(found.person, secret: secret, wrong: nil))
    }

    private func redeem(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try Gate(parts: parts).requireOwnPage(request)
        let secret = context.parameters.get("secret") ?? ""
        let fields = try await form(request)
        do {
            let issued = try await Invitations.redeem(
                secret, name: fields["name"] ?? "", password: fields["password"] ?? "",
                parts: parts)
            return away(to: "/", setting: issued.token)
        } catch let problem as Problem {
            let found = try await Invitations.find(secret, in: parts.ledger, now: parts.now())
            guard let found else { return html(SignInPage.gone, status: 404) }
            return html(
                SignInPage.welcome(found.person, secret: secret, wrong: problem.detail),
                status: problem.kind.status)
        }
    }

    // MARK: - Small things

    private func csrf(_ caller: Gate.Caller) -> String? {
        caller.session.map { parts.guardian.token(for: $0) }
    }
}

extension Pages {
    func form(_ request: Request) async throws -> [String: String] {
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: 16 << 10) } catch {
            throw Problem(.tooLarge, "A form has at most 16 KiB.")
        }
        return FormText.fields(Array(buffer.readableBytesView))
    }

    func away(to place: String, setting token: SecretToken) -> Response {
        Response(
            status: .seeOther,
            headers: [.location: place, .setCookie: SessionCookie.setting(token)])
    }

    func html(
        _ bytes: [UInt8], status: Int = 200, renewed: SecretToken? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
        if let renewed { headers[.setCookie] = SessionCookie.setting(renewed) }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
