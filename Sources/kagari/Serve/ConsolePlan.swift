import Console
import Engine
import Listen

/// Where the console listens and what it is told of the world, checked.
struct ConsolePlan {
    let host: String
    let port: Int
    let tls: TLSIdentity?
    var settings: ConsoleSettings

    /// Nil where the console is off.
    init?(_ settings: Configuration, tls: TLSIdentity?) throws {
        guard let address = try settings.address("console", default: "127.0.0.1:7070") else {
            return nil
        }
        (host, port) = address
        self.tls = tls
        let scheme = tls == nil ? "http" : "https"
        var origins = settings.texts("console-origin")
        if origins.isEmpty {
            let shown = host.contains(":") ? "[\(host)]" : host
            origins = ["\(scheme)://\(shown):\(port)"]
            if host == "127.0.0.1" { origins.append("\(scheme)://localhost:\(port)") }
        }
        let providers = try settings.texts("oidc").map { [origins] in
            try ProviderFile.read($0, origin: origins[0])
        }
        guard Set(providers.map(\.id)).count == providers.count else {
            throw UserError("oidc: two identity providers have the same `id`")
        }
        self.settings = ConsoleSettings(
            origins: origins, isTLS: tls != nil,
            requestsPerMinute: try settings.number("console-rate", in: 60...1_000_000) ?? 1200,
            providers: providers,
            webhooksGoAnywhere: try settings.choice(
                "webhook-targets", of: ["public", "any"]) == "any")
        for text in settings.texts("service-level")
        where !self.settings.serviceLevels.set(text) {
            throw UserError(
                "service-level: expected LEVEL=TIME as high=4h (m, h or d), found `\(text)`")
        }
    }

    /// As links to it begin.
    var address: String { settings.origins[0] }
}
