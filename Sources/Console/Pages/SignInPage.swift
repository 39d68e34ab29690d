import Store

/// The pages before anybody is known.
enum SignInPage {
    /// - Parameter wrong: what the attempt before was refused for; nil where there was none.
    static func sign(_ wrong: String?, providers: [IdentityProvider]) -> [UInt8] {
        Markup.page("Sign in", module: "/assets/passkeys.mjs") { body in
            body.element("main") { main in
                main.element(
                    "form",
                    [.class("card"), .set("method", "post"), .set("action", "/sign-in")]
                ) { form in
                    form.element("h1", text: "Kagari")
                    said(wrong, &form)
                    field("login", "Name", "text", "username", &form)
                    field("password", "Password", "password", "current-password", &form)
                    field("code", "Code, if you use an app", "text", "one-time-code", &form)
                    form.element("button", text: "Sign in")
                    form.element(
                        "button",
                        [
                            .set("type", "button"), .set("id", "passkey-sign-in"),
                            .set("hidden", "hidden"),
                        ], text: "Use a passkey")
                    for provider in providers.prefix(16) {
                        form.element("p") { line in
                            line.element(
                                "a", [.set("href", "/sign-in/\(provider.id)")],
                                text: "Sign in with \(provider.title)")
                        }
                    }
                    form.element(
                        "p", [.class("wrong"), .set("id", "passkey-wrong"), .set("role", "alert")],
                        text: "")
                }
            }
        }
    }

    static func welcome(
        _ person: PrincipalRecord, secret: String, wrong: String?
    ) -> [UInt8] {
        Markup.page("Welcome") { body in
            body.element("main") { main in
                main.element(
                    "form",
                    [
                        .class("card"), .set("method", "post"),
                        .set("action", "/welcome/\(secret)"),
                    ]
                ) { form in
                    form.element("h1", text: "Welcome")
                    form.element("p", text: "You will sign in as \(person.login).")
                    said(wrong, &form)
                    field("name", "Your name", "text", "name", &form)
                    field("password", "A password", "password", "new-password", &form)
                    form.element("button", text: "Begin")
                }
            }
        }
    }

    static var gone: [UInt8] {
        Markup.page("No such link") { body in
            body.element("main") { main in
                main.element("h1", text: "This link was used, is too old, or never was.")
                main.element("p", text: "Ask whoever sent it for another.")
            }
        }
    }

    static func said(_ wrong: String?, _ form: inout Markup) {
        guard let wrong else { return }
        form.element("p", [.class("wrong"), .set("role", "alert")], text: wrong)
    }

    static func field(
        _ name: String, _ label: String, _ type: String, _ completion: String,
        _ form: inout Markup
    ) {
        form.element("label", [.set("for", name)], text: label)
        form.open(
            "input",
            [
                .set("id", name), .set("name", name), .set("type", type),
                .set("autocomplete", completion),
            ])
    }
}
