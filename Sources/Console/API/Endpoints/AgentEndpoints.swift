import Engine
import HTTPTypes
import Link
import Receive
import Store
import Tenancy
import Wire

/// Agents on hosts: who they are, how they do, what they are to do.
enum AgentEndpoints {
    static let all: [Endpoint] = [
        list, one, gaps, makeToken, revoke, rename, policy, setPolicy, orders, order, makeOrder,
    ]

    private static let text = RegistryEndpoints.text
    private static let count = Shape.integer(0...Int64.max)
    private static let reason = Shape.text(bytesMax: LedgerLimits.reasonBytesMax)
    private static let path = "/api/v1/agents/{tenant}/{agent}"

    private static let agent = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("name", text),
        .must("host", text), .must("enrolled", .time), .must("revoked", .optional(.time)),
        .must("reason", .optional(reason)),
        .must("presence", .choice(AgentView.Presence.allCases.map(\.rawValue))),
        .must("last_seen", .optional(.time)),
        .must("address", .optional(text)), .must("tier", text), .must("program", text),
        .must("policy_version", count), .must("records", count), .must("through", count),
        .must("gaps", count), .must("missing", count), .must("spool_records", .optional(count)),
        .must("spool_bytes", .optional(count)), .must("spool_bytes_max", .optional(count)),
        .must("lag_milliseconds", .optional(count)), .must("drops", .optional(count)),
        .must("cuts", .optional(count)), .must("alerts", .optional(count)),
        .must("complaints", .list(.text(bytesMax: 256), countMax: 16)),
        .must("orders_waiting", count),
    ])

    private static func hub(_ call: Call) throws(Problem) -> AgentHub {
        guard let hub = call.parts.desk.agents else {
            throw Problem(
                .unavailable, "This server takes no agents; start it with --agents HOST:PORT.")
        }
        return hub
    }

    private static func found(_ call: Call) async throws -> Registered<AgentRecord> {
        let tenant: TenantID = try call.name("tenant")
        let reading = try call.scope(Permission(.read, .agents), in: tenant)
        guard
            let found = try await call.ledger.value(
                AgentRecord.self, call.names["agent"] ?? "", of: tenant, in: reading)
        else { throw Problem(.missing, "There is no such agent.") }
        return found
    }

    // MARK: who they are and how they do

    private static let list = Endpoint(
        method: .get, path: "/api/v1/agents", summary: "Agents, and how each does",
        right: .tenants(Permission(.read, .agents)), query: Endpoint.page + [Endpoint.tenant],
        answer: .page("agents", agent)
    ) { call in
        var after: (tenant: TenantID, id: String)?
        if let cursor = call.query["cursor"] {
            let pieces = try Cursor.pieces(cursor, count: 2)
            guard let tenant = TenantID(pieces[0]) else { throw Cursor.wrong }
            after = (tenant, pieces[1])
        }
        let page = try await call.ledger.values(
            AgentRecord.self, after: after, limit: call.limit, in: call.scope())
        var shown: [JSON] = []
        for one in page { shown.append(await Self.shown(one, call.parts.desk.agents)) }
        let end = page.count == call.limit ? page.last?.value : nil
        return .page(
            "agents", shown, next: end.map { Cursor.text([$0.tenant.text, $0.id]) })
    }

    private static let one = Endpoint(
        method: .get, path: path, summary: "One agent",
        right: .tenant(Permission(.read, .agents)), answer: agent
    ) { call in
        let found = try await found(call)
        return Answer(await shown(found, call.parts.desk.agents), revision: found.revision)
    }

    private static func shown(_ one: Registered<AgentRecord>, _ hub: AgentHub?) async -> JSON {
        await AgentView(one, hub).json
    }

    private static let gaps = Endpoint(
        method: .get, path: path + "/gaps",
        summary:
            "Sequences of an agent that will never come; an empty list proves that none is missing",
        right: .tenant(Permission(.read, .agents)),
        answer: .object([
            .must("through", count), .must("records", count), .must("missing", count),
            .must("older_gaps", count), .must("older_missing", count),
            .must(
                "gaps",
                .list(
                    .object([
                        .must("spool", .text(bytesMax: 32)), .must("first", count),
                        .must("last", count),
                        .must("reason", .choice(["full", "damaged", "unexplained"])),
                        .must("noticed", .time),
                    ]), countMax: AgentProgress.gapsMax)),
        ])
    ) { call in
        let record = try await found(call).value
        let progress = try await hub(call).progress(of: .init(record.tenant, record.source))
        func count(_ value: UInt64) -> JSON { .integer(Int64(clamping: value)) }
        return Answer([
            "through": count(progress.through), "records": count(progress.records),
            "missing": count(progress.missing), "older_gaps": count(progress.olderGaps),
            "older_missing": count(progress.olderMissing),
            "gaps": .list(
                progress.gaps.map { gap in
                    [
                        "spool": .text(gap.spool), "first": count(gap.first),
                        "last": count(gap.last), "reason": .text(gap.reason.rawValue),
                        "noticed": .time(gap.noticed),
                    ]
                }),
        ])
    }

    // MARK: letting in, and out

    private static let makeToken = Endpoint(
        method: .post, path: "/api/v1/agents/{tenant}/join-tokens",
        summary: "A token that lets one host in, once; shown once",
        right: .tenant(Permission(.create, .agents)),
        body: .object([.may("hours", .integer(1...Int64(JoinTokenRecord.hoursMax)))]),
        status: 201,
        answer: .object([.must("token", .text(bytesMax: 256)), .must("expires", .time)])
    ) { call in
        let hours = Int(call.body["hours"]?.integer ?? Int64(AgentHub.joinHours))
        var random = call.parts.chance.generator
        let token = try await hub(call).makeJoinToken(
            call.parts.chance.name(), of: call.name("tenant"), hours: hours, using: &random,
            now: call.now, in: call.scope())
        let expires = Timestamp(
            nanoseconds: call.now.nanoseconds + Int64(hours) * 3_600_000_000_000)
        return Answer(["token": .text(token.text), "expires": .time(expires)])
    }

    private static let revoke = Endpoint(
        method: .post, path: path + "/revoke",
        summary: "Take an agent's right to come away; a connection that it has ends at once",
        right: .tenant(Permission(.update, .agents)), body: .object([.must("reason", reason)]),
        answer: agent
    ) { call in
        let known = try await found(call)
        _ = try await hub(call).revoke(
            known, reason: call.text("reason"), now: call.now, in: call.scope())
        return Answer(await shown(try await found(call), call.parts.desk.agents))
    }

    private static let rename = Endpoint(
        method: .patch, path: path, summary: "Call an agent something else",
        right: .tenant(Permission(.update, .agents)), body: .object([.must("name", text)]),
        answer: agent
    ) { call in
        let known = try await found(call)
        _ = try await hub(call).rename(
            known, to: call.text("name"), now: call.now, in: call.scope())
        return Answer(await shown(try await found(call), call.parts.desk.agents))
    }

    // MARK: what they are to do

    private static let policyShape = Shape.object([
        .must("version", count), .must("policy", .anything),
        .must("changed", .optional(.time)),
    ])

    private static func known(_ call: Call) async throws -> Registered<AgentPolicyRecord>? {
        let tenant: TenantID = try call.name("tenant")
        return try await call.ledger.value(
            AgentPolicyRecord.self, AgentPolicyRecord.id, of: tenant,
            in: call.scope(Permission(.read, .agents), in: tenant))
    }

    private static let policy = Endpoint(
        method: .get, path: "/api/v1/agents/{tenant}/policy",
        summary: "What a tenant's agents are to do; version 0 where nobody said",
        right: .tenant(Permission(.read, .agents)), answer: policyShape
    ) { call in
        guard let known = try await known(call) else {
            return Answer(["version": .integer(0), "policy": .object([]), "changed": .null])
        }
        return Answer([
            "version": .integer(known.value.version), "policy": .verbatim(known.value.text),
            "changed": .time(known.changed),
        ])
    }

    private static let setPolicy = Endpoint(
        method: .post, path: "/api/v1/agents/{tenant}/policy",
        summary: "Say what a tenant's agents are to do; signed, and sent to each",
        right: .tenant(Permission(.update, .agents)),
        body: .object([.must("policy", .anything)]), answer: policyShape
    ) { call in
        let record = try await hub(call).setPolicy(
            (call.body["policy"] ?? .null).string, of: call.name("tenant"), after: known(call),
            now: call.now, in: call.scope())
        return Answer([
            "version": .integer(record.version), "policy": .verbatim(record.text),
            "changed": .time(call.now),
        ])
    }

    private static let orderShape = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("agent", .identifier),
        .must("owner", .identifier),
        .must("state", .choice(OrderRecord.State.allCases.map(\.rawValue))),
        .must("action", .anything), .must("expires", .time), .must("delivered", .optional(.time)),
        .must("answered", .optional(.time)), .must("body", .optional(.text(bytesMax: 96 << 10))),
        .must("receipt", .optional(.text(bytesMax: 96 << 10))),
        .must("receipt_signature", .optional(.text(bytesMax: 128))),
    ])

    private static func shown(_ order: OrderRecord) -> JSON {
        [
            "id": .text(order.id), "tenant": .text(order.tenant.text),
            "agent": .text(order.agent.text), "owner": .text(order.owner.text),
            "state": .text(order.state.rawValue), "action": .verbatim(order.action),
            "expires": .time(order.expires), "delivered": .time(order.delivered),
            "answered": .time(order.answered), "body": .text(orNull: order.body),
            "receipt": .text(orNull: order.receipt),
            "receipt_signature": .text(orNull: order.receiptSignature),
        ]
    }

    private static let orders = Endpoint(
        method: .get, path: "/api/v1/orders", summary: "Orders to agents, and what came of them",
        right: .tenants(Permission(.read, .orders)), query: Endpoint.page + [Endpoint.tenant],
        answer: .page("orders", orderShape)
    ) { call in
        var after: (tenant: TenantID, id: String)?
        if let cursor = call.query["cursor"] {
            let pieces = try Cursor.pieces(cursor, count: 2)
            guard let tenant = TenantID(pieces[0]) else { throw Cursor.wrong }
            after = (tenant, pieces[1])
        }
        let page = try await call.ledger.values(
            OrderRecord.self, after: after, limit: call.limit, in: call.scope())
        let end = page.count == call.limit ? page.last?.value : nil
        return .page(
            "orders", page.map { shown($0.value) },
            next: end.map { Cursor.text([$0.tenant.text, $0.id]) })
    }

    private static let order = Endpoint(
        method: .get, path: "/api/v1/orders/{tenant}/{order}", summary: "One order",
        right: .tenant(Permission(.read, .orders)), answer: orderShape
    ) { call in
        guard
            let found = try await call.ledger.value(
                OrderRecord.self, call.names["order"] ?? "", of: call.name("tenant"),
                in: call.scope())
        else { throw Problem(.missing, "There is no such order.") }
        return Answer(shown(found.value), revision: found.revision)
    }

    private static let makeOrder = Endpoint(
        method: .post, path: path + "/orders",
        summary: "Tell an agent to do something; signed, sent, and answered with a receipt",
        right: .tenant(Permission(.create, .orders)),
        body: .object([
            .must("action", .anything),
            .may("seconds", .integer(1...OrderRecord.secondsMax)),
            .may("lease_seconds", .integer(1...90 * 86_400)),
            .may("idempotency", .text(bytesMax: 128)),
        ]), status: 201, answer: orderShape
    ) { call in
        guard case .object? = call.body["action"] else {
            throw Problem(.invalid, "It is not an object.", pointer: "/action")
        }
        let record = try await found(call).value
        guard record.revoked == nil else { throw Problem(.conflict, "This agent was revoked.") }
        let id = call.parts.chance.name()
        let order = try await hub(call).order(
            .init(
                id: id, agent: .init(record.tenant, record.source),
                action: call.body["action"] ?? .null,
                seconds: call.body["seconds"]?.integer ?? 3_600,
                leaseSeconds: call.body["lease_seconds"]?.integer,
                idempotency: call.body["idempotency"]?.text ?? id), now: call.now, in: call.scope())
        return Answer(shown(order))
    }
}
