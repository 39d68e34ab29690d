import ArgumentParser
import Foundation

/// How a command that asks a running server finds it, and says who asks.
struct ServerOptions: ParsableArguments {
    static let standardServer = "http://127.0.0.1:7070"
    static let standardKeyFile = "var/keys/local.api-key"

    @Option(
        help: ArgumentHelp(
            "Where the console is; KAGARI_SERVER, else \(ServerOptions.standardServer).",
            valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            """
            File with an API key; KAGARI_KEY_FILE, else the session of `kagari sign-in`, else \
            \(ServerOptions.standardKeyFile), which the service makes for its own machine.
            """, valueName: "file"))
    var keyFile: String?

    @Option(help: ArgumentHelp("PEM of who signs the server's certificate.", valueName: "file"))
    var tlsCa: String?

    @Flag(help: "Print the API's own JSON, one value a line.") var json = false

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Scheme, host and port, without a slash at the end.
    func address() throws -> String {
        let text = server ?? Self.variable("KAGARI_SERVER") ?? Self.standardServer
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            url.scheme == "http" || url.scheme == "https", url.path.isEmpty || url.path == "/"
        else {
            throw UserError("`\(text)` is no server; write it like https://kagari.example:7070")
        }
        let isHere = ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host)
        guard url.scheme == "https" || isHere else {
            throw UserError("\(text): a key goes to another machine over https only")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    func credential(for server: String) throws -> ServerClient.Credential {
        if let named = keyFile ?? Self.variable("KAGARI_KEY_FILE") {
            guard let key = Self.key(in: named) else {
                throw UserError("\(named) holds no API key; it is one line that begins with kga_")
            }
            return .key(key)
        }
        if let session = SessionFile.session(for: server) { return .session(session) }
        if let key = Self.key(in: Self.standardKeyFile) { return .key(key) }
        throw UserError(
            """
            no key: there is no \(Self.standardKeyFile) here. Run this where `kagari serve` keeps its data, \
            name a key with --key-file, or sign in with `kagari sign-in --server \(server)`
            """)
    }

    private static func key(in path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return key.hasPrefix("kga_") && !key.contains(where: \.isWhitespace) ? key : nil
    }

    /// Asks the server, with one client that is closed whatever becomes of it.
    func ask<Answer>(
        _ body: (ServerClient) async throws -> Answer
    ) async throws -> Answer {
        let address = try address()
        return try await ask(as: credential(for: address), body)
    }

    func ask<Answer>(
        as credential: ServerClient.Credential, _ body: (ServerClient) async throws -> Answer
    ) async throws -> Answer {
        let client = try ServerClient(address(), as: credential, authorities: tlsCa)
        do {
            let answer = try await body(client)
            try await client.close()
            return answer
        } catch {
            try? await client.close()
            throw error
        }
    }
}
