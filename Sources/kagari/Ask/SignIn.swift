import ArgumentParser
import Foundation

/// `kagari sign-in`: a session for the commands that ask a server, as a person with a password has one in a browser.
struct SignIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signs in to a server, so that other commands may ask it.",
        discussion: """
            Asks for the password, and for the code of an authenticator where one is set up. The session is kept \
            in ~/.local/state/kagari/sessions, readable by you alone, and ends as one of a browser does.
            """)

    @OptionGroup var options: ServerOptions
    @Option(help: "Your name there.") var login: String

    func run() async throws {
        guard let password = Self.secret("Password: ") else {
            throw UserError(
                "no password was given; run this in a terminal, or pipe it in as a line")
        }
        let address = try options.address()
        do {
            try await signIn(password, code: nil)
        } catch let refusal as Refusal where refusal.status == 401 {
            // The server tells nobody whether the password or the code was wrong.
            guard isatty(0) == 1, let code = Self.secret("Code, if you have an authenticator: "),
                !code.isEmpty
            else { throw refusal }
            try await signIn(password, code: code)
        }
        guard SessionFile.session(for: address) != nil else {
            throw UserError(
                "the session could not be kept; see that your home folder may be written")
        }
        Machine.tell("kagari: signed in at \(address)\n")
    }

    private func signIn(_ password: String, code: String?) async throws {
        _ = try await options.ask(as: .none) { client in
            try await client.post(
                "/api/v1/session",
                [
                    "login": .string(login), "password": .string(password),
                    "code": code.map { .string($0) },
                ])
        }
    }

    /// A line from the terminal that is not shown while it is typed.
    private static func secret(_ prompt: String) -> String? {
        let isTerminal = isatty(0) == 1
        var before = termios()
        if isTerminal {
            Machine.tell(prompt)
            unsafe tcgetattr(0, &before)
            var hidden = before
            hidden.c_lflag &= ~tcflag_t(ECHO)
            unsafe tcsetattr(0, TCSAFLUSH, &hidden)
        }
        defer {
            if isTerminal {
                unsafe tcsetattr(0, TCSAFLUSH, &before)
                Machine.tell("\n")
            }
        }
        return readLine(strippingNewline: true)
    }
}

/// `kagari sign-out`
struct SignOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends the session of `kagari sign-in`.")

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let address = try options.address()
        guard let session = SessionFile.session(for: address) else {
            throw UserError("there is no session at \(address)")
        }
        defer { SessionFile.keep(nil, for: address) }
        try await options.ask(as: .session(session)) { client in
            let sessions = try await client.get("/api/v1/me/sessions").value["sessions"]?.list ?? []
            for one in sessions where one["current"] == .flag(true) {
                _ = try await client.call(.delete, "/api/v1/me/sessions/\(one["id"]?.cell ?? "")")
            }
        }
        SessionFile.keep(nil, for: address)
        Machine.tell("kagari: signed out of \(address)\n")
    }
}
