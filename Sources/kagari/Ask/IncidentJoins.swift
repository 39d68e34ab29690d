import ArgumentParser

extension Incidents {
    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an incident a part of another; can be undone.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id of what becomes a part.") var incident: String
        @Option(help: "Id of the incident it goes into, of the same tenant.") var into: String
        @Option(help: "Why; is kept in the record.") var reason: String

        func run() async throws {
            let path = Incidents.path(try TenantPath(incident))
            try await options.ask { client in
                let reply = try await client.post(
                    path + "/merge", ["into": .string(into), "reason": .string(reason)])
                options.show(
                    reply,
                    "merged; to take it back: kagari incidents undo "
                        + "\(try TenantPath(incident).tenant) \(reply.value["position"]?.cell ?? "")"
                )
            }
        }
    }

    struct Split: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes alerts out of an incident into a new one; can be undone.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String
        @Argument(help: "Ids of the alerts that go.") var alerts: [String]
        @Option(help: "Title of the new incident.") var title: String
        @Option(help: "Why; is kept in the record.") var reason: String

        func run() async throws {
            let named = try TenantPath(incident)
            try await options.ask { client in
                let reply = try await client.post(
                    Incidents.path(named) + "/split",
                    [
                        "alerts": .list(alerts.map { .string($0) }), "title": .string(title),
                        "reason": .string(reason),
                    ])
                options.show(
                    reply,
                    "split into \(named.tenant)/\(reply.value["incident"]?.cell ?? ""); to take it "
                        + "back: kagari incidents undo \(named.tenant) "
                        + "\(reply.value["position"]?.cell ?? "")")
            }
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back a merge or a split.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "The tenant.") var tenant: String
        @Argument(help: "The position that `merge` or `split` told.") var position: Int
        @Option(help: "Why; is kept in the record.") var reason: String

        func run() async throws {
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/tenants/\(tenant)/joins/\(position)/undo",
                    ["reason": .string(reason)])
                options.show(reply, "taken back")
            }
        }
    }
}
