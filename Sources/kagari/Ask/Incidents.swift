import ArgumentParser
import Foundation

/// `kagari incidents`: the queue, one incident, and what people do to it.
struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a server's incidents, those of the highest risk first, and works on them.",
        discussion: """
            An incident is named tenant/id, as the list shows it. Every act is entered into the record under the \
            name of who signed in.
            """,
        subcommands: [
            List.self, Show.self, Verdict.self, Close.self, Reopen.self, Assign.self,
            Comment.self, Merge.self, Split.self, Undo.self,
        ], defaultSubcommand: List.self)

    static func path(_ incident: TenantPath) -> String {
        "/api/v1/incidents/\(incident.tenant)/\(incident.id)"
    }

    /// Does something to the incident as it is now.
    static func act(
        _ name: String, on text: String, _ body: Answer, _ options: ServerOptions,
        _ sentence: String
    ) async throws {
        let path = path(try TenantPath(text))
        try await options.ask { client in
            let seen = try await client.get(path)
            let reply = try await client.post("\(path)/\(name)", body, revision: seen.etag)
            options.show(reply, sentence)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists incidents.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "new, open, closed, or live for new and open.") var state: String?
        @Option(help: "Of this level or above: informational … critical.") var level: String?
        @Option(help: "Only whose this is.") var assignee: String?
        @Flag(help: "Only those nobody has.") var unassigned = false
        @Option(help: "Some name of it holds this.") var text: String?
        @Option(help: "At most so many.") var limit = 50

        static let table = AnswerTable([
            TenantPath.column, .init("RISK", "risk"), .init("LEVEL", "level"),
            .init("STATE", "state"), .init("ALERTS", "alert_count"),
            .init("ASSIGNEE", "assignee"), .init("VERDICT", "verdict"),
            .time("LAST SEEN (UTC)", "last_seen"), .init("TITLE", "title"),
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "incidents", at: "/api/v1/incidents",
                    [
                        ("tenant", tenant), ("state", state), ("level", level),
                        ("assignee", assignee), ("unassigned", unassigned ? "true" : nil),
                        ("text", text),
                    ], limit: limit)
                options.show(rows, hasMore: hasMore, as: Self.table, none: "no such incidents")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one incident with its story and alerts.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String

        func run() async throws {
            let path = Incidents.path(try TenantPath(incident))
            try await options.ask { client in
                let incident = try await client.get(path).value
                if options.json { return Machine.say(incident.text + "\n") }
                let alerts = try await client.rows(
                    "alerts", at: path + "/alerts", [], limit: 1000)
                Machine.say(
                    IncidentText(incident: incident, alerts: alerts.rows, hasMore: alerts.hasMore)
                        .text)
            }
        }
    }

    struct Verdict: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what an incident was, and why.",
            discussion: "A verdict is needed before an incident can be closed.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String
        @Argument(help: "true-positive, benign-true-positive, false-positive or undetermined.")
        var verdict: String
        @Option(help: "Why; is kept in the record.") var reason: String

        func run() async throws {
            try await Incidents.act(
                "verdict", on: incident,
                ["verdict": .string(verdict), "reason": .string(reason)], options,
                "\(incident) is \(verdict)")
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Closes an incident that has a verdict.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String

        func run() async throws {
            try await Incidents.act("close", on: incident, [:], options, "\(incident) is closed")
        }
    }

    struct Reopen: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens an incident again.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String
        @Option(help: "Why; is kept in the record.") var reason: String

        func run() async throws {
            try await Incidents.act(
                "reopen", on: incident, ["reason": .string(reason)], options,
                "\(incident) is open again")
        }
    }

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives an incident to somebody.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String
        @Argument(help: "Whose it is from now on; nobody where it is left out.")
        var assignee: String?

        func run() async throws {
            try await Incidents.act(
                "assign", on: incident, ["assignee": assignee.map { .string($0) } ?? .null],
                options, "\(incident) is \(assignee.map { "\($0)'s" } ?? "nobody's")")
        }
    }

    struct Comment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes a comment.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var incident: String
        @Argument(help: "What is to be said.") var text: String

        func run() async throws {
            try await Incidents.act(
                "comments", on: incident, ["text": .string(text)], options,
                "the comment is kept")
        }
    }
}
