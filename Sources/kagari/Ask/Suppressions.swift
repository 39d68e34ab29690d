import ArgumentParser

/// `kagari suppressions`: alerts that wake nobody, until a day.
struct Suppressions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows and changes which alerts wake nobody.",
        subcommands: [List.self, Add.self, End.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists suppressions.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "At most so many.") var limit = 500

        static let table = AnswerTable([
            TenantPath.column, .init("RULE", "rule"), .time("UNTIL (UTC)", "expires"),
            .init("OWNER", "owner"),
            .init("WHERE") { one in
                (one["conditions"]?.list ?? []).map {
                    "\($0["field"]?.cell ?? "")=\($0["value"]?.cell ?? "")"
                }.joined(separator: ", ")
            }, .init("REASON", "reason"),
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "suppressions", at: "/api/v1/suppressions", [("tenant", tenant)], limit: limit)
                options.show(rows, hasMore: hasMore, as: Self.table, none: "nothing is suppressed")
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets alerts of a rule wake nobody; they are kept and counted.")

        @OptionGroup var options: ServerOptions
        @Argument var tenant: String
        @Option(help: "Id of the rule.") var rule: String
        @Option(
            name: .customLong("where"), parsing: .singleValue,
            help: ArgumentHelp("Only where a field is so; * is anything.", valueName: "name=value"))
        var conditions: [String] = []
        @Option(help: "Why; is kept in the record.") var reason: String
        @Option(help: "When it ends, as 2026-12-31T00:00:00Z.") var until: String

        func run() async throws {
            let conditions: [Answer] = try conditions.map { text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw UserError("--where: expected NAME=VALUE, found `\(text)`")
                }
                return ["field": .string(parts[0]), "value": .string(parts[1])]
            }
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/suppressions/\(tenant)",
                    [
                        "rule": .string(rule), "conditions": .list(conditions),
                        "reason": .string(reason), "expires": .string(until),
                    ])
                options.show(reply, "suppressed as \(tenant)/\(reply.value["id"]?.cell ?? "")")
            }
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a suppression.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var suppression: String

        func run() async throws {
            let named = try TenantPath(suppression)
            try await options.ask { client in
                let reply = try await client.call(
                    .delete, "/api/v1/suppressions/\(named.tenant)/\(named.id)")
                options.show(reply, "\(suppression) is ended")
            }
        }
    }
}
