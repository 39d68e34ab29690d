import Foundation

extension ServerClient {
    /// Rows of a list, page by page, until there are `limit` or no more.
    func rows(
        _ member: String, limit: Int, _ next: (String?, Int) async throws -> Reply
    ) async throws -> (rows: [Answer], hasMore: Bool) {
        var rows: [Answer] = []
        var cursor: String?
        repeat {
            let reply = try await next(cursor, min(limit - rows.count, 500))
            rows += reply.value[member]?.list ?? []
            cursor = reply.value["next_cursor"]?.string
        } while cursor != nil && rows.count < limit
        return (rows, cursor != nil)
    }

    func rows(
        _ member: String, at path: String, _ query: [(String, String?)], limit: Int
    ) async throws -> (rows: [Answer], hasMore: Bool) {
        try await rows(member, limit: limit) { cursor, count in
            try await get(path, query + [("limit", String(count)), ("cursor", cursor)])
        }
    }
}

extension ServerOptions {
    /// Prints a list: JSON lines, or a table with what there is to say beside it.
    func show(
        _ rows: [Answer], hasMore: Bool = false, as table: AnswerTable, none: String
    ) {
        if json {
            for row in rows { Machine.say(row.text + "\n") }
        } else if rows.isEmpty {
            Machine.tell("kagari: \(none)\n")
        } else {
            Machine.say(table.text(rows))
        }
        if hasMore { Machine.tell("kagari: there are more; raise --limit to see them\n") }
    }

    /// Prints what an act answered.
    func show(_ reply: ServerClient.Reply, _ sentence: String) {
        if json {
            Machine.say(reply.value.text + "\n")
        } else {
            Machine.say(sentence + "\n")
        }
    }
}

/// An incident or alert as tables show it and commands take it: `tenant/id`.
struct TenantPath {
    var tenant: String
    var id: String

    init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw UserError("`\(text)`: expected tenant/id, as the list shows it")
        }
        tenant = String(parts[0])
        id = String(parts[1])
    }

    static let column = AnswerTable.Column("TENANT/ID") {
        "\($0["tenant"]?.cell ?? "")/\($0["id"]?.cell ?? "")"
    }
}
