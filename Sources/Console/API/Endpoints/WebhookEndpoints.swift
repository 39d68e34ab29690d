import Engine
import HTTPTypes
import Store
import Tenancy

/// Where a tenant wants to be told. Secrets are shown once.
enum WebhookEndpoints {
    static let all: [Endpoint] = [
        RegistryEndpoints.list(
            "webhooks", WebhookRecord.self, "Who is told of changes", webhook), create, change,
        rotate, state, RegistryEndpoints.remove("webhooks", WebhookRecord.self, "Tell it no more"),
    ]

    private static let text = RegistryEndpoints.text
    private static let url = Shape.text(bytesMax: 2048)
    private static let events = Shape.list(
        .choice(WebhookMessage.types), countMax: WebhookMessage.types.count)

    private static let webhook = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("name", text),
        .must("url", url), .must("events", events), .must("disabled", .flag),
    ])

    private static let told = Shape.object([
        .must("webhook", webhook), .must("secret", .text(bytesMax: 64)),
    ])

    /// - Throws: ``Problem`` at `/url` where it is no address, or one of this network that settings do not allow.
    private static func judge(_ address: String, _ parts: ConsoleParts) async throws {
        guard address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !address.contains("#"),
            let (host, _) = try? PublicAddress.target(of: address)
        else {
            throw Problem(.invalid, "It is no http or https address.", pointer: "/url")
        }
        guard !parts.settings.webhooksGoAnywhere else { return }
        guard address.hasPrefix("https://") else {
            throw Problem(.invalid, "A webhook's address begins with https://.", pointer: "/url")
        }
        // A name is judged again whenever it is told, by the address it stands for then.
        let isLocal = host == "localhost" || host.hasSuffix(".localhost")
        guard !isLocal, PublicAddress.bytes(of: host).map(PublicAddress.isPublic) ?? true else {
            throw Problem(
                .invalid, "Addresses of this network are not called (setting webhook-targets).",
                pointer: "/url")
        }
    }

    private static let create = Endpoint(
        method: .post, path: "/api/v1/webhooks/{tenant}",
        summary: "Tell an address of changes from now on; its secret is shown once",
        right: .tenant(Permission(.create, .webhooks)),
        body: .object([.must("name", text), .must("url", url), .may("events", events)]),
        needsProof: true, status: 201, answer: told
    ) { call in
        let tenant: TenantID = try call.name("tenant")
        try await judge(call.text("url"), call.parts)
        let reading = try call.scope(Permission(.read, .webhooks), in: tenant)
        let count = try await call.ledger.values(WebhookRecord.self, in: reading).count
        guard count < WebhookSender.perTenantMax else {
            throw Problem(
                .conflict, "A tenant has at most \(WebhookSender.perTenantMax) webhooks.")
        }
        let record = WebhookRecord(
            id: call.parts.chance.name(), tenant: tenant, name: call.text("name"),
            url: call.text("url"), events: call.body["events"]?.texts ?? [])
        // Before the webhook, so that it is never told what was long before it.
        let place = try await call.ledger.lastOrdinal()
        try await call.ledger.create(record, now: call.now, in: call.scope())
        try await call.ledger.note(
            [Mark(.webhookThrough, record.id, of: tenant, place)],
            in: Service.writing(.webhooks, in: tenant))
        return try await withSecret(record, call)
    }

    private static func withSecret(_ record: WebhookRecord, _ call: Call) async throws -> Answer {
        let secret = call.parts.chance.bytes(WebhookMessage.secretBytes)
        try await call.ledger.keepSecret(
            secret, .webhook, of: record, now: call.now,
            in: call.scope(Permission(.update, .webhooks), in: record.tenant))
        return Answer([
            "webhook": record.shown, "secret": .text(WebhookMessage.text(ofSecret: secret)),
        ])
    }

    private static func found(_ call: Call) async throws -> Registered<WebhookRecord> {
        let tenant: TenantID = try call.name("tenant")
        let reading = try call.scope(Permission(.read, .webhooks), in: tenant)
        guard
            let found = try await call.ledger.value(
                WebhookRecord.self, call.names["id"] ?? "", of: tenant, in: reading)
        else { throw Problem(.missing, "There is no such webhook.") }
        return found
    }

    private static let change = Endpoint(
        method: .patch, path: "/api/v1/webhooks/{tenant}/{id}",
        summary: "Change a webhook, or take it up again where it was disabled",
        right: .tenant(Permission(.update, .webhooks)),
        body: .object([
            .may("name", text), .may("url", url), .may("events", events), .may("disabled", .flag),
        ]), needsProof: true, answer: webhook
    ) { call in
        let found = try await found(call)
        var record = found.value
        if let name = call.body["name"]?.text { record.name = name }
        if let url = call.body["url"]?.text {
            try await judge(url, call.parts)
            record.url = url
        }
        if let events = call.body["events"]?.texts { record.events = events }
        if let isDisabled = call.body["disabled"]?.flag { record.isDisabled = isDisabled }
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        await call.parts.webhooks.forget(record.id)
        return Answer(record.shown)
    }

    private static let rotate = Endpoint(
        method: .post, path: "/api/v1/webhooks/{tenant}/{id}/secret",
        summary: "Give a webhook another secret; the one before ends at once",
        right: .tenant(Permission(.update, .webhooks)), body: .object([]), needsProof: true,
        answer: told
    ) { call in try await withSecret(found(call).value, call) }

    private static let state = Endpoint(
        method: .get, path: "/api/v1/webhooks/{tenant}/{id}/state",
        summary: "How telling it goes, since the service started",
        right: .tenant(Permission(.read, .webhooks)),
        answer: .object([
            .must("failures", .integer(0...Int64(WebhookLane.attemptsMax))),
            .must("next", .optional(.time)), .must("last_failure", .optional(text)),
            .must("disabled", .flag),
        ])
    ) { call in
        let record = try await found(call).value
        let lane = await call.parts.webhooks.lane(of: record.id)
        return Answer([
            "failures": .integer(Int64(lane.failures)), "next": .time(lane.next),
            "last_failure": .text(orNull: lane.lastFailure),
            "disabled": .flag(record.isDisabled),
        ])
    }
}
