import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// The pages: each is read without a script, and each act is a form.
struct Pages: Sendable {
    let parts: ConsoleParts

    /// Every page and form of somebody known.
    static let routes: [PageRoute] =
        [
            .get("/", QueuePage.answer),
            .post("/incidents/acts", QueueActs.answer),
            .get("/incidents/{tenant}/{incident}", IncidentPage.answer),
            .post("/incidents/{tenant}/{incident}/acts", IncidentActs.answer),
            .get("/alerts/{tenant}/{alert}", AlertPage.answer),
            .get("/records/{tenant}/{sequence}", RecordPage.answer),
            .get("/account", AccountPage.answer),
        ] + rooms
        + AccountPage.acts.keys.sorted().map { path in
            .post(path) { call in try await AccountPage.act(path, call) }
        }

    /// The views beside the queue and the incident.
    private static let rooms: [PageRoute] = [
        .get("/search", SearchPage.answer),
        .get("/search/event/{tenant}/{sequence}", EventView.answer),
        .post("/search/save", SearchForms.save), .post("/search/remove", SearchForms.remove),
        .get("/entities", EntityPages.list),
        .get("/entities/{tenant}/{kind}", EntityPages.one),
        .get("/agents", AgentPages.list), .post("/agents/token", AgentPages.token),
        .get("/agents/{tenant}/{agent}", AgentPage.answer),
        .post("/agents/{tenant}/{agent}/isolate", AgentPage.isolate),
        .post("/agents/{tenant}/{agent}/undo", AgentPage.undo),
        .get("/coverage", CoveragePages.matrix),
        .get("/coverage/{tenant}/{technique}", CoveragePages.technique),
        .get("/sources", SourcePages.list), .get("/sources/new", SourcePages.new),
        .post("/sources/new", SourcePages.create), .post("/sources/token", SourcePages.rotate),
        .get("/rules", RulePages.list), .get("/rules/{tenant}/{rule}", RulePage.answer),
        .post("/rules/reload", RulePages.reload), .get("/tenants", TenantPages.list),
        .post("/tenants/new", TenantPages.create), .get("/people", PeoplePages.list),
        .post("/people/new", PeoplePages.invite), .post("/people/act", PeoplePages.act),
        .get("/audit", AuditPages.list), .get("/health", HealthPage.answer),
    ]

    func add(to router: Router<ConsoleContext>) {
        for route in Self.routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await route.answer(request, context, parts)
            }
        }
        router.get("/sign-in/{provider}") { request, context in
            try await ProviderPages(parts: parts).begin(request, context)
        }
        router.get("/sign-in/{provider}/callback") { request, context in
            try await ProviderPages(parts: parts).callback(request, context)
        }
        router.post("/sign-in") { request, context in try await signIn(request, context) }
        router.post("/sign-out") { request, _ in try await signOut(request) }
        router.get("/welcome/{secret}") { request, context in
            try await welcome(request, context)
        }
        router.post("/welcome/{secret}") { request, context in
            try await redeem(request, context)
        }
        router.post("/look") { request, _ in try await look(request) }
        router.post(RouterPath(PolicyReports.path)) { request, context in
            try await PolicyReports.take(request, context, parts)
        }
        router.get("/assets/{version}/{file}", use: StaticFile.answer)
    }

    /// A path of this console, for a browser to go to; the queue where it is none.
    ///
    /// `//host` and `/\\host` are other hosts to browsers.
    static func local(_ place: String) -> String {
        let bytes = Array(place.utf8)
        let isPlain = bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        guard isPlain, bytes.first == UInt8(ascii: "/"), bytes.dropFirst().first != bytes.first,
            bytes.count <= ConsoleLimits.queryBytesMax
        else { return "/" }
        return place
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
                to: Self.local(fields["next"] ?? "/"),
                setting: try await parts.accounts.signIn(attempt, now: parts.now()).token)
        } catch let problem as Problem {
            return html(
                SignInPage.sign(
                    SignInPage.words(of: problem), look: Look(of: request.head),
                    next: fields["next"] ?? "/", providers: parts.providers.providers),
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
        let look = Look(of: request.head)
        guard let found else { return html(SignInPage.gone(look: look), status: 404) }
        return html(SignInPage.welcome(found.person, secret: secret, wrong: nil, look: look))
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
            let look = Look(of: request.head)
            guard let found else { return html(SignInPage.gone(look: look), status: 404) }
            return html(
                SignInPage.welcome(
                    found.person, secret: secret, wrong: problem.detail, look: look),
                status: problem.kind.status)
        }
    }

    /// How somebody likes pages to look; it changes nothing but a cookie.
    private func look(_ request: Request) async throws -> Response {
        try Gate(parts: parts).requireOwnPage(request)
        let fields = try await form(request)
        var look = Look(of: request.head)
        look.take(fields)
        return Response(
            status: .seeOther,
            headers: [
                .location: Self.local(fields["back"] ?? "/"),
                .setCookie: look.setting(isTLS: parts.settings.isTLS),
            ])
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
