import ArgumentParser
import Foundation

/// `kagari search`: events of a server that a filter matches.
struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Searches a server's events, the newest first.",
        discussion: """
            Words must all occur, each in some value of the event. --where NAME=VALUE asks one field: `=` equals, \
            `~` contains, `^` begins with, `<` and `>` compare. --filter takes a filter of the API as JSON. \
            All that is given must hold.

              kagari search mimikatz --tenant acme
              kagari search --where Image~powershell --since 2026-03-12T08:00:00Z --json
              kagari search --where EventID=4625 --top IpAddress
            """)

    @OptionGroup var options: ServerOptions
    @Argument(help: "What must occur.") var words: [String] = []
    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp("Something a field must be.", valueName: "name=value"))
    var conditions: [String] = []
    @Option(help: ArgumentHelp("A filter of the API.", valueName: "json")) var filter: String?
    @Option(help: "Only of this tenant.") var tenant: String?
    @Option(help: "Happened then or later, as 2026-03-12T09:00:00Z.") var since: String?
    @Option(help: "Happened before.") var until: String?
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "The oldest first.") var oldestFirst = false
    @Option(help: ArgumentHelp("Counts the values of a field instead.", valueName: "field"))
    var top: String?
    @Option(help: ArgumentHelp("Counts events in pieces of time instead.", valueName: "seconds"))
    var histogram: Int?

    static let table = AnswerTable([
        .time("TIME (UTC)", "time"), .init("TENANT", "tenant"), .init("SOURCE", "source"),
        .init("HOST", "host"), .init("USER", "user"),
        .init("FIELDS") { event in
            (event["fields"]?.list ?? []).prefix(12).map {
                "\($0["name"]?.cell ?? "")=\($0["value"]?.cell ?? "")"
            }.joined(separator: " ")
        },
    ])

    func run() async throws {
        var question: [String: Answer] = ["filter": try wholeFilter()]
        if let since { question["since"] = .string(since) }
        if let until { question["until"] = .string(until) }
        try await options.ask { client in
            if let top {
                question["field"] = .string(top)
                question["limit"] = .integer(Int64(min(limit, 100)))
                let reply = try await client.post(
                    "/api/v1/events/top", .object(question), query: [("tenant", tenant)])
                options.show(
                    reply.value["values"]?.list ?? [],
                    as: AnswerTable([.init("COUNT", "count"), .init("VALUE", "value")]),
                    none: "no events match")
            } else if let histogram {
                question["width_seconds"] = .integer(Int64(histogram))
                let reply = try await client.post(
                    "/api/v1/events/histogram", .object(question), query: [("tenant", tenant)])
                options.show(
                    reply.value["buckets"]?.list ?? [],
                    as: AnswerTable([.time("FROM (UTC)", "start"), .init("COUNT", "count")]),
                    none: "no events match")
            } else {
                try await events(question, client)
            }
        }
    }

    private func events(_ question: [String: Answer], _ client: ServerClient) async throws {
        let found = try await client.rows("events", limit: limit) { cursor, count in
            var page = question
            page["limit"] = .integer(Int64(count))
            if oldestFirst { page["oldest_first"] = .flag(true) }
            if let cursor { page["cursor"] = .string(cursor) }
            return try await client.post(
                "/api/v1/events/search", .object(page), query: [("tenant", tenant)])
        }
        options.show(
            found.rows, hasMore: found.hasMore, as: Self.table, none: "no events match")
    }

    private func wholeFilter() throws -> Answer {
        var parts: [Answer] = words.map { ["text": .string($0)] }
        for condition in conditions { parts.append(try Self.condition(condition)) }
        if let filter {
            guard let part = try? JSONDecoder().decode(Answer.self, from: Data(filter.utf8)) else {
                throw UserError("--filter: expected JSON as docs/api.md tells, found `\(filter)`")
            }
            parts.append(part)
        }
        if parts.isEmpty { return [:] }
        return parts.count == 1 ? parts[0] : ["all": .list(parts)]
    }

    private static let signs: [Character: String] = [
        "=": "equals", "~": "contains", "^": "starts-with", "<": "less", ">": "greater",
    ]

    private static func condition(_ text: String) throws -> Answer {
        guard let place = text.firstIndex(where: { signs[$0] != nil }), place > text.startIndex,
            let comparison = signs[text[place]]
        else {
            throw UserError("--where: expected NAME=VALUE (or ~ ^ < >), found `\(text)`")
        }
        return [
            "field": .string(String(text[..<place])), "is": .string(comparison),
            "value": .string(String(text[text.index(after: place)...])),
        ]
    }
}
