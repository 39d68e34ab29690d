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
        let form: PageQuery
        let address: [UInt8]

        subscript(name: String) -> String? { form[name] }
    }

    /// What a form led to.
    enum Outcome: Sendable {
        /// Back to the page, with another token.
        case renewed(SecretToken)
        /// Shown once, where the page itself stands.
        case shown(title: Phrase, lines: [String], confirm: Bool, token: SecretToken?)
    }

    static let acts: [String: Act] = [
        "/account/proof": prove, "/account/authenticator": begin,
        "/account/authenticator/confirm": confirm, "/account/authenticator/remove": remove,
        "/account/passkeys/remove": removePasskey,
    ]

    static func answer(_ call: PageCall) async throws -> Response {
        guard let session = call.caller.session else {
            throw Problem(.forbidden, "A key has no account; sign in.")
        }
        return try await page(of: session, wrong: nil, call)
    }

    static func act(_ path: String, _ call: PageCall) async throws -> Response {
        let parts = call.parts
        guard let session = call.caller.session, let act = acts[path] else {
            throw Problem(.forbidden, "A key has no account; sign in.")
        }
        do {
            guard path == "/account/proof" || session.isFresh(now: call.now) else {
                throw Problem(.stale, "Prove again who you are.")
            }
            let asked = Asked(form: call.form, address: call.context.address)
            switch try await act(asked, session, parts) {
            case .renewed(let token):
                return Pages(parts: parts).away(to: "/account", setting: token)
            case .shown(let title, let lines, let isAsking, let token):
                var response = once(title, lines, isAsking: isAsking, call)
                if let token { response.headers[.setCookie] = SessionCookie.setting(token) }
                return response
            }
        } catch let problem as Problem {
            return try await page(of: session, wrong: problem, call)
        }
    }

    // MARK: - Acts

    private static let prove: Act = { fields, session, parts in
        let person = try await parts.accounts.record(of: session.principal)
        let (_, proofs) = try await parts.accounts.prove(
            .init(
                login: person.login, password: fields["password"] ?? "", code: fields["code"],
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
            title: .putIntoApp,
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
            title: .keepCodes, lines: codes,
            confirm: false, token: token)
    }

    private static let remove: Act = { _, session, parts in
        let person = try await parts.accounts.record(of: session.principal)
        try await parts.accounts.removeAuthenticator(of: person, now: parts.now())
        return .renewed(try await parts.accounts.renew(session.id, with: [], now: parts.now()))
    }

    private static let removePasskey: Act = { fields, session, parts in
        let person = try await parts.accounts.record(of: session.principal)
        try await parts.accounts.removePasskey(
            fields["passkey"] ?? "", of: person, now: parts.now())
        return .renewed(try await parts.accounts.renew(session.id, with: [], now: parts.now()))
    }

    // MARK: - What is shown

    private static func page(
        of session: Session, wrong: Problem?, _ call: PageCall
    ) async throws -> Response {
        let person = try await call.parts.accounts.record(of: session.principal)
        let factors = try await call.parts.accounts.factors(of: person)
        let csrf = call.csrf ?? ""
        let isFresh = session.isFresh(now: call.now)
        return call.page(
            .account, nil, status: wrong?.kind.status ?? 200, with: [.passkeys]
        ) { main in
            main.element("div", [.class("column")]) { column in
                column.element("h1", text: person.login)
                SignInPage.said(
                    wrong.map { $0.kind == .stale ? .proveAgain : SignInPage.words(of: $0) },
                    &column)
                SignInPage.passkeyWrong(&column)
                guard isFresh else {
                    column.element("section", [.class("panel")]) { panel in
                        panel.element("p", say: .proveAgain)
                        form("/account/proof", .prove, csrf, &panel) { form in
                            SignInPage.field(
                                "password", .password, "password", "current-password", &form)
                            SignInPage.field("code", .code, "text", "one-time-code", &form)
                        }
                    }
                    return
                }
                column.element("section", [.class("panel")]) { panel in
                    panel.element("h2", say: .authenticator)
                    if factors.hasAuthenticator {
                        panel.element("p", say: .recoveryCodes(factors.recoveryCodesLeft))
                        form("/account/authenticator/remove", .removeIt, csrf, &panel) { _ in }
                    } else {
                        panel.element("p", [.class("soft")], say: .noAuthenticator)
                        form("/account/authenticator", .setUp, csrf, &panel) { _ in }
                    }
                }
                column.element("section", [.class("panel")]) { panel in
                    passkeys(factors.passkeys.map(\.value), csrf, &panel)
                }
            }
        }
    }

    private static func passkeys(
        _ known: [PasskeyRecord], _ csrf: String, _ panel: inout Markup
    ) {
        panel.element("h2", say: .passkeys)
        if known.isEmpty { panel.element("p", [.class("soft")], say: .noPasskeys) }
        panel.element("ul", [.class("plain")]) { list in
            for passkey in known {
                list.element("li") { item in
                    form("/account/passkeys/remove", .remove(passkey.name), csrf, &item) { form in
                        form.hidden("passkey", passkey.id)
                    }
                }
            }
        }
        SignInPage.field("passkey-name", .passkeyName, "text", "off", &panel)
        panel.element(
            "button",
            [
                .set("id", "passkey-add"), .set("type", "button"), .set("data-csrf", csrf),
                .flag("hidden"),
            ], say: .addPasskey)
    }

    /// - Parameter isAsking: whether a code must prove that it arrived.
    private static func once(
        _ title: Phrase, _ lines: [String], isAsking: Bool, _ call: PageCall
    ) -> Response {
        call.page(title, nil) { main in
            main.element("div", [.class("column")]) { column in
                column.element("h1", say: title)
                column.element("p", [.class("soft")], say: .shownOnce)
                for line in lines {
                    column.element("p") { $0.element("code", text: line) }
                }
                if isAsking {
                    form(
                        "/account/authenticator/confirm", .confirm, call.csrf ?? "", &column
                    ) { form in
                        SignInPage.field("code", .codeShown, "text", "one-time-code", &form)
                    }
                } else {
                    column.element("p") {
                        $0.element(
                            "a", [.class("button"), .set("href", "/account")], say: .haveThem)
                    }
                }
            }
        }
    }

    private static func form(
        _ action: String, _ button: Phrase, _ csrf: String, _ body: inout Markup,
        _ fields: (inout Markup) -> Void
    ) {
        body.element("form", [.set("method", "post"), .set("action", action)]) { form in
            form.hidden("csrf", csrf)
            fields(&form)
            form.element("button", say: button)
        }
    }
}
