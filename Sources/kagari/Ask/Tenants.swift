import ArgumentParser

/// `kagari tenants`: customers of a provider.
struct Tenants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows and changes a server's tenants.",
        subcommands: [List.self, Add.self, Suspend.self, Resume.self, Rename.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists tenants.")

        @OptionGroup var options: ServerOptions
        @Option(help: "At most so many.") var limit = 500

        static let table = AnswerTable([
            .init("ID", "id"), .init("STATE", "state"), .init("GROUP", "group"),
            .init("EVENTS/S", "events_per_second_max"), .init("BYTES/DAY", "bytes_per_day_max"),
            .init("KEPT DAYS", "retention_days"), .init("NAME", "name"),
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "tenants", at: "/api/v1/tenants", [], limit: limit)
                options.show(rows, hasMore: hasMore, as: Self.table, none: "there are no tenants")
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in a customer.",
            discussion: "Its first source comes with `kagari sources add TENANT/ID`.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "Letters a-z, digits, - and _.") var id: String
        @Option(help: "What people call it.") var name: String?
        @Option(help: "The group it belongs to.") var group: String?
        @Option(help: "Events a second it may send.") var eventsPerSecond: Int?
        @Option(help: "Bytes a day it may send.") var bytesPerDay: Int?
        @Option(help: "Days its records are kept.") var retentionDays: Int?

        func run() async throws {
            func number(_ value: Int?) -> Answer? { value.map { .integer(Int64($0)) } }
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/tenants",
                    [
                        "id": .string(id), "name": .string(name ?? id),
                        "group": group.map { .string($0) },
                        "events_per_second_max": number(eventsPerSecond),
                        "bytes_per_day_max": number(bytesPerDay),
                        "retention_days": number(retentionDays),
                    ])
                options.show(reply, "\(id) is watched from now on")
            }
        }
    }

    private static func change(
        _ id: String, _ body: Answer, _ options: ServerOptions, _ sentence: String
    ) async throws {
        try await options.ask { client in
            let reply = try await client.call(.patch, "/api/v1/tenants/\(id)", body: body)
            options.show(reply, sentence)
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes in nothing more of a tenant; what it has is kept.")

        @OptionGroup var options: ServerOptions
        @Argument var tenant: String

        func run() async throws {
            try await Tenants.change(
                tenant, ["state": "suspended"], options,
                "\(tenant) is suspended; `kagari tenants resume \(tenant)` takes it up again")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a tenant up again.")

        @OptionGroup var options: ServerOptions
        @Argument var tenant: String

        func run() async throws {
            try await Tenants.change(
                tenant, ["state": "active"], options, "\(tenant) is watched again")
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Calls a tenant something else; its id stays.")

        @OptionGroup var options: ServerOptions
        @Argument var tenant: String
        @Argument var name: String

        func run() async throws {
            try await Tenants.change(
                tenant, ["name": .string(name)], options, "\(tenant) is called \(name)")
        }
    }
}
