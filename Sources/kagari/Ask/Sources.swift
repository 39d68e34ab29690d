import ArgumentParser
import Listen

/// `kagari sources`: where logs come from, and how each does.
struct Sources: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows and changes where a server's logs come from.",
        subcommands: [List.self, Add.self, Token.self, Certificate.self, Remove.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists sources with what came of them.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "At most so many.") var limit = 500

        static let table = AnswerTable([
            TenantPath.column, .init("TYPE", "type"), .init("RECORDS", "records"),
            .init("UNPARSED", "unparsed"), .init("SILENT", "silent"),
            .time("LAST SEEN (UTC)", "last_seen"), .init("NAME", "name"),
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "sources", at: "/api/v1/sources", [("tenant", tenant)], limit: limit)
                let health = try await client.get("/api/v1/sources/health", [("tenant", tenant)])
                options.show(
                    Self.joined(rows, health.value["sources"]?.list ?? []), hasMore: hasMore,
                    as: Self.table, none: "there are no sources; `kagari sources add` makes one")
            }
        }

        /// Sources without a token, as listeners without secrets have them, are told by their health alone.
        static func joined(_ sources: [Answer], _ health: [Answer]) -> [Answer] {
            func name(_ answer: Answer, _ member: String) -> String {
                "\(answer["tenant"]?.cell ?? "")/\(answer[member]?.cell ?? "")"
            }
            var rows: [String: [String: Answer]] = [:]
            for case .object(let source) in sources {
                rows[name(.object(source), "id")] = source
            }
            for case .object(var one) in health {
                let key = name(.object(one), "source")
                one["id"] = one.removeValue(forKey: "source")
                rows[key, default: [:]].merge(one) { $1 }
            }
            return rows.sorted { $0.key < $1.key }.map { .object($0.value) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a source and shows its token, this once.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var source: String
        @Option(help: "What people call it.") var name: String?
        @Option(help: "What sends, in a word.") var type = "http"

        func run() async throws {
            let named = try TenantPath(source)
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/sources/\(named.tenant)",
                    [
                        "id": .string(named.id), "name": .string(name ?? named.id),
                        "type": .string(type),
                    ])
                Machine.tell(
                    "kagari: \(source) may send from now on; its token, shown this once:\n")
                options.show(reply, reply.value["token"]?.cell ?? "")
            }
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a source another token; the one before ends at once.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var source: String

        func run() async throws {
            let named = try TenantPath(source)
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/sources/\(named.tenant)/\(named.id)/token")
                options.show(reply, reply.value["token"]?.cell ?? "")
            }
        }
    }

    struct Certificate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Knows a source by a client certificate too, for senders without a token.",
            discussion:
                "`kagari certificate NAME` makes one where the server has its own authority.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var source: String
        @Argument(help: "The sender's certificate, PEM; `none` forgets the one it had.")
        var file: String

        func run() async throws {
            let named = try TenantPath(source)
            var fingerprint: String?
            if file != "none" {
                do { fingerprint = try CertificateTerm(ofPEM: file).fingerprint } catch {
                    throw UserError(error.description)
                }
            }
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/sources/\(named.tenant)/\(named.id)/certificate",
                    ["certificate": fingerprint.map { .string($0) } ?? .null])
                options.show(
                    reply,
                    fingerprint.map { "\(source) is known by \($0)" }
                        ?? "\(source) is known by no certificate any more")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets go of a source; what it sent is kept.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var source: String

        func run() async throws {
            let named = try TenantPath(source)
            try await options.ask { client in
                let reply = try await client.call(
                    .delete, "/api/v1/sources/\(named.tenant)/\(named.id)")
                options.show(reply, "\(source) may not send any more")
            }
        }
    }
}
