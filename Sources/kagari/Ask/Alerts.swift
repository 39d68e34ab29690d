import ArgumentParser

/// `kagari alerts`
struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a server's alerts, those made last first.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    static let table = AnswerTable([
        TenantPath.column, .init("LEVEL", "level"), .time("TIME (UTC)", "time"),
        .init("HOST", "host"), .init("USER", "user"), .init("TITLE", "title"),
    ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists alerts.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "Only of this rule, by its id.") var rule: String?
        @Option(help: "Of this level or above: informational … critical.") var level: String?
        @Option(help: "Made then or later, as 2026-03-12T09:00:00Z.") var since: String?
        @Option(help: "Made before.") var until: String?
        @Option(help: "At most so many.") var limit = 50

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "alerts", at: "/api/v1/alerts",
                    [
                        ("tenant", tenant), ("rule", rule), ("level", level), ("since", since),
                        ("until", until),
                    ], limit: limit)
                options.show(rows, hasMore: hasMore, as: Alerts.table, none: "no such alerts")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one alert with its evidence, as JSON.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var alert: String

        func run() async throws {
            let named = try TenantPath(alert)
            try await options.ask { client in
                let alert = try await client.get("/api/v1/alerts/\(named.tenant)/\(named.id)").value
                Machine.say(alert.text + "\n")
            }
        }
    }
}
