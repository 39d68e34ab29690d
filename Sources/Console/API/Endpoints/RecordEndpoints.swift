import Engine
import HTTPTypes
import Store
import Tenancy

/// The record of every act: who, what, when.
enum RecordEndpoints {
    static let all: [Endpoint] = [entries, verify]
    static let read = Permission(.read, .ledger)

    private static let entries = Endpoint(
        method: .get, path: "/api/v1/ledger",
        summary: "Every act, oldest first where nothing is said",
        right: .tenants(read),
        query: Endpoint.page + [
            Endpoint.tenant,
            .init(name: "actor", shape: .identifier, note: "Only what this person or program did."),
            .init(
                name: "kind", shape: .choice(["acts"] + EntryKind.allCases.map(\.rawValue)),
                note: "Only of this kind; `acts` is all but what the engine found."),
            .init(
                name: "subject", shape: .text(bytesMax: 256),
                note: "What the subject begins with, as `source/` or an incident's id."),
            .init(name: "since", shape: .time, note: "Written then or later."),
            .init(name: "until", shape: .time, note: "Written before."),
            .init(
                name: "order", shape: .choice(["oldest", "newest"]), note: "Which comes first."),
        ], answer: .page("entries", LedgerShapes.entry)
    ) { call in
        let query = try EntryQuery(call.query, limit: call.limit)
        let found = try await call.ledger.entries(matching: query, in: call.scope())
        let end = found.count == call.limit ? found.last : nil
        return .page(
            "entries", found.map(\.entry.json), next: end.map { Cursor.text([String($0.ordinal)]) })
    }

    private static let verify = Endpoint(
        method: .get, path: "/api/v1/ledger/{tenant}/verify",
        summary: "Whether the record is as it was written", right: .tenant(read),
        answer: .object([
            .must("holds", .flag), .must("entries", .integer(0...Int64.max)),
            .must("signed_up_to", .integer(0...Int64.max)),
            .must("report", RegistryEndpoints.text),
        ])
    ) { call in
        let report = try await call.ledger.verify(call.name("tenant"), in: call.scope())
        return Answer([
            "holds": .flag(report.holds), "entries": .count(report.entries),
            "signed_up_to": .count(report.signedUpTo), "report": .text(report.description),
        ])
    }
}

extension EntryQuery {
    init(_ query: [String: String], limit: Int) throws(Problem) {
        var after: Int64?
        if let cursor = query["cursor"] {
            guard let number = Int64(try Cursor.pieces(cursor, count: 1)[0]), number >= 0 else {
                throw Cursor.wrong
            }
            after = number
        }
        var kinds: Set<EntryKind> = []
        if let kind = query["kind"] {
            kinds =
                kind == "acts" ? EntryKind.acts : Set([EntryKind(rawValue: kind)].compactMap { $0 })
        }
        self.init(
            actor: query["actor"].flatMap { PrincipalID($0) }, kinds: kinds,
            subject: query["subject"],
            since: query["since"].flatMap(Timestamp.init(rfc3339:)),
            until: query["until"].flatMap(Timestamp.init(rfc3339:)),
            newestFirst: query["order"] == "newest", limit: limit, after: after)
    }
}
