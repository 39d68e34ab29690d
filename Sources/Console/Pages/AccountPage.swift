import HTTPTypes
import Hummingbird
import Store
import Tenancy

/// One's own account as a page: what one signs in with. Forms do all of it but passkeys, which need the browser's script.
enum AccountPage {
    typealias Act =
        @Sendable (Asked, Session, ConsoleParts) async throws -> Outcome

    /// What a form sent, and where from.
    struct Asked: Sendable {
        let fields: [String: String]
        let address: [UInt8]

        subscript(name: String) -> String? { fields[name] }
    }

    /// What a form led to.
    enum Outcome: Sendable {
        /// Back to the page, with another token.
        case renewed(SecretToken)
        /// Shown once, where the page itself stands.
        case shown(title: String, lines: [String], confirm: Bool, token: SecretToken?)
    }

    static let acts: [String: Act] = [
        "/account/proof": prove, "/account/authenticator": begin,
        "/account/authenticator/confirm": confirm, "/account/authenticator/remove": remove,
    ]

    static func answer(_ request: Request, _ parts: ConsoleParts) async throws -> Response {
        let pages = Pages(parts: parts)
        let caller: Gate.Caller
        do { caller = try await Gate(parts: parts).caller(of: request) } catch let problem
            as Problem
        {
            guard problem.kind == .unauthenticated else { throw problem }
            return pages.html(SignInPage.sign(nil, providers: parts.providers.providers))
        }
        guard let session = caller.session else {
            throw Problem(.forbidden, "A key has no account; sign in.")
        }
        let page = try await page(of: session, caller.principal, wrong: nil, parts)
        return pages.html(page, renewed: caller.renewed)
    }

    static func act(
        _ path: String, _ request: Request, from address: [UInt8], _ parts: ConsoleParts
    ) async throws -> Response {
        let pages = Pages(parts: parts)
        let fields = try await pages.form(request)
        let caller = try await Gate(parts: parts).caller(
            of: request, formToken: fields["csrf"] ?? "")
        guard let session = caller.session, let act = acts[path] else {
            throw Problem(.forbidden, "A key has no account; sign in.")
        }
        do {
            guard path == "/account/proof" || session.isFresh(now: parts.now()) else {
                throw Problem(.stale, "Prove again who you are.")
            }
            switch try await act(
                Asked(fields: fields, address: address), session, parts)
            {
            case .renewed(let token): return pages.away(to: "/account", setting: token)
            case .shown(let title, let lines, let isAsking, let token):
                let csrf = isAsking ? parts.guardian.token(for: session) : nil
                return pages.html(
                    once(title, lines, csrf: csrf), renewed: token ?? caller.renewed)
            }
        } catch let problem as Problem {
            let page = try await page(
                of: session, caller.principal, wrong: problem.detail, parts)
            return pages.html(page, status: problem.kind.status, renewed: caller.renewed)
        }
    }

    // MARK: - Acts

    private static let prove: Act = { fields, session, parts in
        let person = try await parts.accounts.record(of: session.principal)
        let code = fields["code"].flatMap { $0.isEmpty ? nil : $0 }
        let (_, proofs) = try await parts.accounts.prove(
            .init(
                login: person.login, password: fields["password"] ?? "", code: code,
                address: fields.address),
            now: parts.now())
        return .renewed(
            try await parts.accounts.renew(session.id, with: proofs, now: parts.now()))
    }

    private static let begin: Act = { _, session, parts in
        let authenticator = try await parts.accounts.beginAuthenticator(
            for: session, now: parts.now())
        let person = try await parts.accounts.record(of: session.principal)
        return .shown(
            title: "Put this into your app",
            lines: [
                authenticator.typedSecret,
                authenticator.provisioningURI(issuer: "Kagari", account: person.login),
            ], confirm: true, token: nil)
    }

    private static let confirm: Act = { fields, session, parts in
        let codes = try await parts.accounts.confirmAuthenticator(
            fields["code"] ?? "", for: session, now: parts.now())
        let token = try await parts.accounts.renew(
            session.id, with: [.oneTimeCode], now: parts.now())
        return .shown(
            title: "Keep these codes; each works once where the app is lost", lines: codes,
            confirm: false, token: token)
    }

    private static let remove: Act = { _, session, parts in
        let person = try await parts.accounts.record(of: session.principal)
        try await parts.accounts.removeAuthenticator(of: person, now: parts.now())
        return .renewed(try await parts.accounts.renew(session.id, with: [], now: parts.now()))
    }

    // MARK: - What is shown

    private static func page(
        of session: Session, _ principal: Principal, wrong: String?, _ parts: ConsoleParts
    ) async throws -> [UInt8] {
        let person = try await parts.accounts.record(of: session.principal)
        let factors = try await parts.accounts.factors(of: person)
        let csrf = parts.guardian.token(for: session)
        let isFresh = session.isFresh(now: parts.now())
        return Markup.page("Your account", module: "/assets/passkeys.mjs") { body in
            IncidentPages.head(principal, csrf, &body)
            body.element("main") { main in
                main.element("h1", text: person.login)
                SignInPage.said(wrong, &main)
                main.element("p", [.class("wrong"), .set("id", "passkey-wrong")], text: "")
                guard isFresh else {
                    main.element(
                        "p",
                        text: "Prove again who you are, or sign out and in, to change anything.")
                    form("/account/proof", "Prove", csrf, &main) { form in
                        SignInPage.field(
                            "password", "Password", "password", "current-password", &form)
                        SignInPage.field(
                            "code", "Code, if you use an app", "text", "one-time-code", &form)
                    }
                    return
                }
                main.element("h2", text: "Authenticator app")
                if factors.hasAuthenticator {
                    main.element("p", text: "\(factors.recoveryCodesLeft) recovery codes left.")
                    form("/account/authenticator/remove", "Remove it", csrf, &main) { _ in }
                } else {
                    form("/account/authenticator", "Set one up", csrf, &main) { _ in }
                }
                main.element("h2", text: "Passkeys")
                for key in factors.passkeys { main.element("p", text: key.value.name) }
                SignInPage.field("passkey-name", "Name of a new one", "text", "off", &main)
                main.element(
                    "button",
                    [
                        .set("id", "passkey-add"), .set("type", "button"),
                        .set("data-csrf", csrf), .set("hidden", "hidden"),
                    ], text: "Add a passkey")
            }
        }
    }

    /// - Parameter csrf: where a code must prove that it arrived; nil where nothing more is asked.
    private static func once(_ title: String, _ lines: [String], csrf: String?) -> [UInt8] {
        Markup.page(title) { body in
            body.element("main") { main in
                main.element("h1", text: title)
                main.element("p", [.class("soft")], text: "This is shown once.")
                for line in lines {
                    main.element("p") { $0.element("code", text: line) }
                }
                if let csrf {
                    form("/account/authenticator/confirm", "Confirm", csrf, &main) { form in
                        SignInPage.field(
                            "code", "The code it shows", "text", "one-time-code", &form)
                    }
                } else {
                    main.element("p") {
                        $0.element("a", [.set("href", "/account")], text: "I have them")
                    }
                }
            }
        }
    }

    private static func form(
        _ action: String, _ button: String, _ csrf: String, _ body: inout Markup,
        _ fields: (inout Markup) -> Void
    ) {
        body.element("form", [.set("method", "post"), .set("action", action)]) { form in
            form.open(
                "input",
                [.set("type", "hidden"), .set("name", "csrf"), .set("value", csrf)])
            fields(&form)
            form.element("button", text: button)
        }
    }
}
