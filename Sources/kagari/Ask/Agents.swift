import ArgumentParser
import Foundation

/// `kagari agents`: who watches hosts for this server, how each does, and what it is to do.
struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows agents on hosts, lets them in and out, and tells them what to do.",
        subcommands: [
            List.self, Show.self, Gaps.self, Token.self, Revoke.self, Rename.self, Policy.self,
            Order.self, Orders.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists agents.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "At most so many.") var limit = 500

        static let table = AnswerTable([
            TenantPath.column, .init("NAME", "name"), .init("IS", "presence"),
            .init("TIER", "tier"), .init("RECORDS", "records"), .init("MISSING", "missing"),
            .init("WAITING", "spool_records"), .init("POLICY", "policy_version"),
            .time("LAST SEEN (UTC)", "last_seen"),
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "agents", at: "/api/v1/agents", [("tenant", tenant)], limit: limit)
                options.show(
                    rows, hasMore: hasMore, as: Self.table,
                    none: "there are no agents; `kagari agents join-token TENANT` lets one in")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows one agent.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var agent: String

        func run() async throws {
            let named = try TenantPath(agent)
            try await options.ask { client in
                let reply = try await client.get("/api/v1/agents/\(named.tenant)/\(named.id)")
                guard case .object(let members) = reply.value else { return }
                options.show(
                    reply,
                    members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.cell)" }
                        .joined(separator: "\n"))
            }
        }
    }

    struct Gaps: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Names what is missing of an agent's records, or proves that nothing is.",
            discussion: "Exit code 0: nothing is missing; 2: something is.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var agent: String

        static let table = AnswerTable([
            .init("FIRST", "first"), .init("LAST", "last"), .init("WHY", "reason"),
            .time("NOTICED (UTC)", "noticed"), .init("SPOOL", "spool"),
        ])

        func run() async throws {
            let named = try TenantPath(agent)
            let missing = try await options.ask { client in
                let reply = try await client.get("/api/v1/agents/\(named.tenant)/\(named.id)/gaps")
                let missing = reply.value["missing"]?.integer ?? 0
                let gaps = reply.value["gaps"]?.list ?? []
                let through = reply.value["through"]?.cell ?? "?"
                if options.json {
                    options.show(reply, "")
                } else if missing == 0 {
                    Machine.say("no gap: all up to sequence \(through) is kept\n")
                } else {
                    options.show(gaps, as: Self.table, none: "")
                    Machine.say("\(missing) missing of \(through)\n")
                }
                return missing
            }
            if missing > 0 { throw ExitCode(2) }
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "join-token",
            abstract: "Makes a token that lets one host in, once, and shows it, this once.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "The tenant that the host is of.") var tenant: String
        @Option(help: "How long it can be used.") var hours: Int64?

        func run() async throws {
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/agents/\(tenant)/join-tokens",
                    .object(hours.map { ["hours": .integer($0)] } ?? [:]))
                Machine.tell(
                    "kagari: on the host: kagari-agent enrol --server HOST:PORT --token TOKEN; the token, shown this once:\n"
                )
                options.show(reply, reply.value["token"]?.cell ?? "")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes an agent's right to come away; its connection ends at once.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var agent: String
        @Option(help: "Why.") var reason: String

        func run() async throws {
            let named = try TenantPath(agent)
            try await options.ask { client in
                let reply = try await client.post(
                    "/api/v1/agents/\(named.tenant)/\(named.id)/revoke",
                    ["reason": .string(reason)])
                options.show(reply, "\(agent) may not come any more")
            }
        }
    }

    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Calls an agent something else.")

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var agent: String
        @Argument(help: "What people call it.") var name: String

        func run() async throws {
            let named = try TenantPath(agent)
            try await options.ask { client in
                let reply = try await client.call(
                    .patch, "/api/v1/agents/\(named.tenant)/\(named.id)",
                    body: ["name": .string(name)])
                options.show(reply, "\(agent) is called \(name)")
            }
        }
    }

    struct Policy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows or sets what a tenant's agents are to do.",
            discussion: """
                The form is in docs/agent-enrolment.md. Each policy has the next version. --rules adds Sigma rules of files and folders to those \
                of the policy, and --mappings what gives their fields names; for Kagari's own sensor that is Content/mappings/kagari-endpoint.yml.
                """)

        @OptionGroup var options: ServerOptions
        @Argument(help: "The tenant.") var tenant: String
        @Option(help: ArgumentHelp("Sets it, from JSON.", valueName: "file")) var set: String?
        @Option(
            parsing: .singleValue,
            help: ArgumentHelp("With --set: adds these rules; several times.", valueName: "path"))
        var rules: [String] = []
        @Option(
            parsing: .singleValue,
            help: ArgumentHelp(
                "With --set: adds these mappings; several times.", valueName: "path"))
        var mappings: [String] = []

        func validate() throws {
            guard set != nil || rules.isEmpty && mappings.isEmpty else {
                throw ValidationError("--rules and --mappings go with --set FILE.")
            }
        }

        func run() async throws {
            let policy = try set.map { try AgentPolicyFile.read($0, rules, mappings) }
            try await options.ask { client in
                let path = "/api/v1/agents/\(tenant)/policy"
                if let policy {
                    let reply = try await client.post(path, ["policy": policy])
                    options.show(
                        reply, "policy \(reply.value["version"]?.cell ?? "?") goes to each agent")
                } else {
                    let reply = try await client.get(path)
                    options.show(reply, reply.value["policy"]?.text ?? "")
                }
            }
        }
    }

    struct Order: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells one agent to do something, and waits for its receipt.",
            discussion: """
                Exit code 0: it is done, or undone as ordered; 2: there is no receipt within --wait; 3: the host refused, or could not bring it to an \
                end; the receipt says why.
                """)

        @OptionGroup var options: ServerOptions
        @Argument(help: "tenant/id") var agent: String
        @Argument(help: "What to do, a JSON object; docs/response.md has the actions.")
        var action: String
        @Option(help: "How long the order holds, in seconds.") var seconds: Int64 = 3_600
        @Option(help: "After so many seconds the action is undone by itself.") var lease: Int64?
        @Option(help: "Two orders with one key are one.") var idempotency: String?
        @Option(help: "Seconds to wait for the receipt.") var wait = 30

        func run() async throws {
            let named = try TenantPath(agent)
            guard let action = try? JSONDecoder().decode(Answer.self, from: Data(action.utf8))
            else {
                throw UserError("the action is no JSON")
            }
            var body: [String: Answer] = ["action": action, "seconds": .integer(seconds)]
            if let lease { body["lease_seconds"] = .integer(lease) }
            if let idempotency { body["idempotency"] = .string(idempotency) }
            let (isAnswered, isDone) = try await options.ask { client in
                var reply = try await client.post(
                    "/api/v1/agents/\(named.tenant)/\(named.id)/orders", .object(body))
                let path = "/api/v1/orders/\(named.tenant)/\(reply.value["id"]?.string ?? "")"
                for _ in 0..<(wait * 5) where reply.value["state"]?.string != "answered" {
                    try await Task.sleep(for: .milliseconds(200))
                    reply = try await client.get(path)
                }
                options.show(reply, Orders.sentence(reply.value))
                return (
                    reply.value["state"]?.string == "answered", Orders.isDone(reply.value)
                )
            }
            if !isAnswered { throw ExitCode(2) }
            if !isDone { throw ExitCode(3) }
        }
    }

    struct Orders: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists orders to agents, and what came of them.")

        @OptionGroup var options: ServerOptions
        @Option(help: "Only of this tenant.") var tenant: String?
        @Option(help: "At most so many.") var limit = 100

        static let table = AnswerTable([
            TenantPath.column, .init("AGENT", "agent"), .init("STATE", "state"),
            .init("BY", "owner"), .time("ANSWERED (UTC)", "answered"),
            .init("ACTION") { $0["action"]?.text ?? "-" },
        ])

        func run() async throws {
            try await options.ask { client in
                let (rows, hasMore) = try await client.rows(
                    "orders", at: "/api/v1/orders", [("tenant", tenant)], limit: limit)
                options.show(rows, hasMore: hasMore, as: Self.table, none: "there are no orders")
            }
        }

        /// As it was ordered: an undo ends in `undone`, anything else in `done`.
        static func isDone(_ order: Answer) -> Bool {
            let told = receipt(of: order).flatMap {
                try? JSONDecoder().decode(Answer.self, from: $0)
            }
            guard let outcome = told?["outcome"]?.string else { return false }
            let isUndo = order["action"]?["kind"]?.string == "undo"
            return outcome == (isUndo ? "undone" : "done")
        }

        static func sentence(_ order: Answer) -> String {
            receipt(of: order).map { String(decoding: $0, as: UTF8.self) }
                ?? "order \(order["id"]?.cell ?? "?"): \(order["state"]?.string ?? "?")"
        }

        private static func receipt(of order: Answer) -> Data? {
            guard let receipt = order["receipt"]?.string else { return nil }
            var base = receipt.replacingOccurrences(of: "-", with: "+")
                .replacingOccurrences(of: "_", with: "/")
            base += String(repeating: "=", count: (4 - base.count % 4) % 4)
            return Data(base64Encoded: base)
        }
    }
}
