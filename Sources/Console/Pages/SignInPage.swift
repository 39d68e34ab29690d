import Store

/// The pages before anybody is known.
enum SignInPage {
    /// - Parameters:
    ///   - wrong: what the attempt before was refused for; nil where there was none.
    ///   - next: where to go once somebody is in; a path of ours.
    static func sign(
        _ wrong: Phrase?, look: Look, next: String = "/", providers: [IdentityProvider]
    ) -> [UInt8] {
        let frame = PageFrame(title: .signIn, look: look, files: [.passkeys])
        return frame.page { main in
            card("/sign-in", &main) { form in
                form.element("h1", text: "Kagari")
                form.hidden("next", Pages.local(next))
                said(wrong, &form)
                field("login", .signInName, "text", "username", isFirst: true, &form)
                field("password", .password, "password", "current-password", &form)
                field("code", .code, "text", "one-time-code", &form)
                form.element("button", [.class("primary")], say: .signIn)
                form.element(
                    "button",
                    [
                        .set("type", "button"), .set("id", "passkey-sign-in"),
                        .set("data-next", Pages.local(next)), .flag("hidden"),
                    ], say: .usePasskey)
                if !providers.isEmpty {
                    form.element("p", [.class("or")], say: .or)
                }
                for provider in providers.prefix(16) {
                    form.element(
                        "a",
                        [.class("button"), .set("href", "/sign-in/\(provider.id)")],
                        say: .signInWith(provider.title))
                }
                passkeyWrong(&form)
            }
            main.element("footer", [.class("bare-look")]) { foot in
                frame.appearance("/", &foot)
            }
        }
    }

    static func welcome(
        _ person: PrincipalRecord, secret: String, wrong: String?, look: Look
    ) -> [UInt8] {
        PageFrame(title: .welcome, look: look).page { main in
            card("/welcome/\(secret)", &main) { form in
                form.element("h1", say: .welcome)
                form.element("p", say: .welcomeAs(person.login))
                said(wrong.map { .verbatim($0) }, &form)
                field("name", .yourName, "text", "name", isFirst: true, &form)
                field("password", .newPassword, "password", "new-password", &form)
                form.element("button", [.class("primary")], say: .begin)
            }
        }
    }

    static func gone(look: Look) -> [UInt8] {
        PageFrame(title: .linkGone, look: look).page { $0.state(.linkGone, .linkGoneCure) }
    }

    private static func card(
        _ action: String, _ main: inout Markup, _ body: (inout Markup) -> Void
    ) {
        main.element(
            "form", [.class("card"), .set("method", "post"), .set("action", action)]
        ) { form in
            form.flame()
            body(&form)
        }
    }

    /// What an attempt is told. It tells nobody which of his proofs was wrong.
    static func words(of problem: Problem) -> Phrase {
        switch problem.kind {
        case .unauthenticated: .signInWrong
        case .throttled: .signInSlow
        default: .verbatim(problem.detail)
        }
    }

    static func said(_ wrong: Phrase?, _ form: inout Markup) {
        guard let wrong else { return }
        form.element("p", [.class("wrong"), .set("role", "alert")], say: wrong)
    }

    /// Where the passkey module says what went wrong.
    static func passkeyWrong(_ form: inout Markup) {
        form.element(
            "p", [.class("wrong"), .set("id", "passkey-wrong"), .set("role", "alert")], text: "")
    }

    static func field(
        _ name: String, _ label: Phrase, _ type: String, _ completion: String,
        isFirst: Bool = false, _ form: inout Markup
    ) {
        form.element("label", [.set("for", name)], say: label)
        form.open(
            "input",
            [
                .set("id", name), .set("name", name), .set("type", type),
                .set("autocomplete", completion),
            ] + (isFirst ? [.flag("autofocus")] : []))
    }
}
