import ArgumentParser

/// `kagari users`: who may sign in.
struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows who may sign in to a server, and invites people.",
        subcommands: [List.self, Invite.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists people.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "At most so many.") var limit = 500

        static let table = AnswerTable([
            TenantPath.column, .init("LOGIN", "login"), .init("DISABLED", "disabled"),
            .init("ROLES") { person in
                (person["grants"]?.list ?? []).map(grant).joined(separator: "; ")
            }, .init("NAME", "name"),
        ])

        private static func grant(_ grant: Answer) -> String {
            let role = grant["role"]?.cell ?? ""
            if grant["everywhere"] == .flag(true) { return role + " everywhere" }
            let places =
                (grant["tenants"]?.list ?? []).map(\.cell)
                + (grant["groups"]?.list ?? []).map { "group \($0.cell)" }
            return role + " in " + places.joined(separator: ", ")
        }

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "people", at: "/api/v1/people", [("tenant", tenant)], limit: limit)
                options.show(rows, hasMore: hasMore, as: Self.table, none: "there is nobody")
            }
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an account and shows the link that lets one in, this once.",
            discussion: """
                Needs a person's session (`kagari sign-in`): a key makes no accounts. Roles: provider-admin, lead, \
                analyst, hunter, customer-admin, customer-viewer, auditor.
                """)

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id of the account; the provider's own people: kagari-provider/id.")
        var person: String
        @Option(help: "What is typed to sign in; the id where it is left out.") var login: String?
        @Option(help: "What people call them.") var name: String?
        @Option(help: "What they may.") var role: String
        @Option(
            name: .customLong("in"), parsing: .singleValue,
            help: "A tenant where they may; several times. Their own tenant where it is left out.")
        var tenants: [String] = []
        @Flag(help: "In every tenant, later ones included.") var everywhere = false

        func run() async throws {
            let named = try TenantPath(person)
            let places = tenants.isEmpty ? [named.tenant] : tenants
            let grant: Answer =
                everywhere
                ? ["role": .string(role), "everywhere": .flag(true)]
                : ["role": .string(role), "tenants": .list(places.map { .string($0) })]
            let address = try options.address()
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/people/\(named.tenant)",
                    [
                        "id": .string(named.id), "login": .string(login ?? named.id),
                        "name": .string(name ?? named.id), "grants": .list([grant]),
                    ])
                Machine.tell("kagari: the link works once and for a day:\n")
                options.show(reply, address + (reply.value["welcome"]?.cell ?? ""))
            }
        }
    }
}
