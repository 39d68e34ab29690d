import Engine
import HTTPTypes
import Store
import Tenancy

/// What is kept under names: sources, suppressions, tenants. Each is listed, made, and changed or let go.
enum RegistryEndpoints {
    static let all: [Endpoint] = [
        list("sources", SourceRecord.self, "Where logs come from", source), createSource,
        rotateSource, bindCertificate, sourceHealth,
        remove("sources", SourceRecord.self, "Let go of a source"),
        list(
            "suppressions", SuppressionRecord.self, "Alerts nobody is woken for", suppression),
        createSuppression,
        remove("suppressions", SuppressionRecord.self, "End a suppression"),
        list("tenants", TenantRecord.self, "Customers", tenant), createTenant, changeTenant,
        groups, usage,
    ]

    static let text = Shape.text(bytesMax: LedgerLimits.titleBytesMax)

    /// Values of a kind by tenant and id.
    static func list<Value: RegistryValue>(
        _ name: String, _ kind: Value.Type, _ summary: String, _ shape: Shape
    ) -> Endpoint {
        Endpoint(
            method: .get, path: "/api/v1/\(name)", summary: summary,
            right: .tenants(Value.kind.permission(.read)),
            query: Endpoint.page + [Endpoint.tenant], answer: .page(name, shape)
        ) { call in
            var after: (tenant: TenantID, id: String)?
            if let cursor = call.query["cursor"] {
                let pieces = try Cursor.pieces(cursor, count: 2)
                guard let tenant = TenantID(pieces[0]) else { throw Cursor.wrong }
                after = (tenant, pieces[1])
            }
            let page = try await call.ledger.values(
                kind, after: after, limit: call.limit, in: call.scope())
            let end = page.count == call.limit ? page.last?.value : nil
            return .page(
                name, page.map { $0.value.shown },
                next: end.map { Cursor.text([$0.tenant.text, $0.id]) })
        }
    }

    static func remove<Value: RegistryValue>(
        _ name: String, _ kind: Value.Type, _ summary: String
    ) -> Endpoint {
        Endpoint(
            method: .delete, path: "/api/v1/\(name)/{tenant}/{id}", summary: summary,
            right: .tenant(Value.kind.permission(.delete)), status: 204, answer: .anything
        ) { call in
            try await call.ledger.remove(
                kind, call.names["id"] ?? "", of: call.name("tenant"), now: call.now,
                in: call.scope())
            return Answer(.null)
        }
    }

    // MARK: - Sources

    private static let source = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("name", text),
        .must("type", text), .must("has_token", .flag),
        .must("disabled", .flag), .may("certificate", fingerprint),
        .may("certificate_since", .time),
    ])

    private static let fingerprint = Shape.text(bytesMax: 64)

    private static let told = Shape.object([
        .must("source", source), .must("token", .text(bytesMax: 64)),
    ])

    private static let createSource = Endpoint(
        method: .post, path: "/api/v1/sources/{tenant}",
        summary: "Add a source; its token is shown once",
        right: .tenant(Permission(.create, .sources)),
        body: .object([.must("id", .identifier), .must("name", text), .must("type", text)]),
        status: 201, answer: told
    ) { call in
        guard let id = LogSourceID(call.text("id")) else { throw Cursor.wrong }
        var random = call.parts.chance.generator
        let token = SecretToken(.intake, using: &random)
        let record = SourceRecord(
            id: id, tenant: try call.name("tenant"), name: call.text("name"),
            type: call.text("type"), tokenDigest: LedgerDigest(token.digest.bytes))
        try await call.ledger.create(record, now: call.now, in: call.scope())
        return Answer(["source": record.shown, "token": .text(token.reveal())])
    }

    private static let rotateSource = Endpoint(
        method: .post, path: "/api/v1/sources/{tenant}/{id}/token",
        summary: "Give a source another token; the one before ends at once",
        right: .tenant(Permission(.update, .sources)), body: .object([]), answer: told
    ) { call in
        let tenant: TenantID = try call.name("tenant")
        let reading = try call.scope(Permission(.read, .sources), in: tenant)
        guard
            let found = try await call.ledger.value(
                SourceRecord.self, call.names["id"] ?? "", of: tenant, in: reading)
        else { throw Problem(.missing, "There is no such source.") }
        var random = call.parts.chance.generator
        let token = SecretToken(.intake, using: &random)
        var record = found.value
        record.tokenDigest = LedgerDigest(token.digest.bytes)
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        return Answer(["source": record.shown, "token": .text(token.reveal())])
    }

    private static let bindCertificate = Endpoint(
        method: .post, path: "/api/v1/sources/{tenant}/{id}/certificate",
        summary: "Know a source by a client certificate too, or, with null, no more",
        right: .tenant(Permission(.update, .sources)),
        body: .object([.must("certificate", .optional(fingerprint))]),
        answer: .object([.must("source", source)])
    ) { call in
        let tenant: TenantID = try call.name("tenant")
        let reading = try call.scope(Permission(.read, .sources), in: tenant)
        guard
            let found = try await call.ledger.value(
                SourceRecord.self, call.names["id"] ?? "", of: tenant, in: reading)
        else { throw Problem(.missing, "There is no such source.") }
        var record = found.value
        record.certificate = try call.body["certificate"]?.text.map { text in
            guard let digest = LedgerDigest(hex: text) else {
                throw Problem(
                    .invalid, "Expected the SHA-256 of a certificate, 64 lower-case hex digits.",
                    pointer: "/certificate")
            }
            if let owner = call.parts.desk.binding(forCertificate: text),
                owner.tenant != tenant || owner.source != record.source
            {
                throw Problem(.conflict, "This certificate is bound to another source.")
            }
            return SourceRecord.Certificate(digest: digest, since: call.now)
        }
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        return Answer(["source": record.shown])
    }

    private static let count = Shape.integer(0...Int64.max)

    private static let sourceHealth = Endpoint(
        method: .get, path: "/api/v1/sources/health", summary: "How sources do",
        right: .tenants(Permission(.read, .sources)), query: [Endpoint.tenant],
        answer: .object([
            .must(
                "sources",
                .list(
                    .object([
                        .must("tenant", .identifier), .must("source", .identifier),
                        .must("last_seen", .optional(.time)), .must("records", count),
                        .must("bytes", count), .must("duplicates", count),
                        .must("refused", count), .must("lag_seconds", .optional(count)),
                        .must("unparsed", count), .must("silent", .flag),
                        .must(
                            "unparsed_reasons",
                            .list(
                                .object([.must("reason", text), .must("count", count)]),
                                countMax: 20)),
                    ]), countMax: 1_000_000))
        ])
    ) { call in
        let health = try await call.parts.desk.sourceHealth(in: call.scope())
        return Answer([
            "sources": .list(
                health.map { health in
                    [
                        "tenant": .text(health.tenant.text),
                        "source": .text(health.source.text),
                        "last_seen": .time(health.lastSeen), "records": .count(health.records),
                        "bytes": .count(health.bytes), "duplicates": .count(health.duplicates),
                        "refused": .count(health.refused),
                        "lag_seconds": health.lagSeconds.map { .integer($0) } ?? .null,
                        "unparsed": .count(health.unparsedCount),
                        "silent": .flag(health.isSilent),
                        "unparsed_reasons": .list(
                            health.unparsed.prefix(20).map {
                                ["reason": .text($0.reason), "count": .count($0.count)]
                            }),
                    ]
                })
        ])
    }

    // MARK: - Suppressions

    private static let reason = Shape.text(bytesMax: LedgerLimits.reasonBytesMax)
    private static let conditions = Shape.list(
        .object([.must("field", text), .must("value", reason)]),
        countMax: LedgerLimits.conditionsMax)

    private static let suppression = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("rule", text),
        .must("conditions", conditions), .must("owner", .identifier), .must("reason", reason),
        .must("expires", .time),
    ])

    private static let createSuppression = Endpoint(
        method: .post, path: "/api/v1/suppressions/{tenant}",
        summary: "Let alerts of a rule wake nobody, until a day",
        right: .tenant(Permission(.create, .suppressions)),
        body: .object([
            .must("rule", text), .must("conditions", conditions), .must("reason", reason),
            .must("expires", .time),
        ]), status: 201, answer: suppression
    ) { call in
        let conditions = (call.body["conditions"]?.list ?? []).map { condition in
            SuppressionRecord.Condition(
                field: condition["field"]?.text ?? "", value: condition["value"]?.text ?? "")
        }
        let record = SuppressionRecord(
            id: call.parts.chance.name(), tenant: try call.name("tenant"),
            rule: call.text("rule"), conditions: conditions, owner: call.principal.id,
            reason: call.text("reason"), expires: call.time("expires") ?? call.now)
        try await call.ledger.create(record, now: call.now, in: call.scope())
        return Answer(record.shown)
    }

    // MARK: - Tenants

    private static let most = Shape.optional(.integer(1...Int64.max))
    private static let limits: [Shape.Field] = [
        .may("events_per_second_max", most), .may("bytes_per_day_max", most),
        .may("retention_days", .optional(.integer(1...36_500))),
    ]
    private static let tenant = Shape.object(
        [
            .must("id", .identifier), .must("name", text), .must("group", .optional(text)),
            .must("state", .choice(TenantRecord.State.allCases.map(\.rawValue))),
        ] + limits)

    private static let createTenant = Endpoint(
        method: .post, path: "/api/v1/tenants", summary: "Take in a customer",
        right: .provider(Permission(.create, .tenants)),
        body: .object(
            [.must("id", .identifier), .must("name", text), .may("group", .optional(.identifier))]
                + limits), status: 201, answer: tenant
    ) { call in
        guard let id = TenantID(call.text("id")) else { throw Cursor.wrong }
        let record = TenantRecord(
            id: id, name: call.text("name"), group: call.body["group"]?.text,
            eventsPerSecondMax: call.body["events_per_second_max"]?.integer.map { Int($0) },
            bytesPerDayMax: call.body["bytes_per_day_max"]?.integer.map { Int($0) },
            retentionDays: call.body["retention_days"]?.integer.map { Int($0) })
        try await call.ledger.create(record, now: call.now, in: call.scope())
        return Answer(record.shown)
    }

    private static let changeTenant = Endpoint(
        method: .patch, path: "/api/v1/tenants/{tenant}",
        summary: "Rename, regroup, suspend or take up again a customer; `null` is no limit",
        right: .provider(Permission(.update, .tenants)),
        body: .object(
            [
                .may("name", text), .may("group", .optional(.identifier)),
                .may("state", .choice(["active", "suspended", "leaving"])),
            ] + limits), needsProof: true, answer: tenant
    ) { call in
        let id = call.names["tenant"] ?? ""
        let reading = try call.scope(Permission(.read, .tenants), in: Ledger.provider)
        guard
            let found = try await call.ledger.value(
                TenantRecord.self, id, of: Ledger.provider, in: reading)
        else { throw Problem(.missing, "There is no such tenant.") }
        guard found.value.tenantID != Ledger.provider else {
            throw Problem(.invalid, "The provider itself is not a customer.")
        }
        var record = found.value
        if let name = call.body["name"]?.text { record.name = name }
        if let state = call.body["state"]?.text.flatMap(TenantRecord.State.init) {
            record.state = state
        }
        // A member that is null takes a limit away; one that is not there leaves it.
        guard case .object(let members) = call.body else { return Answer(record.shown) }
        if let group = members["group"] { record.group = group.text }
        if let most = members["events_per_second_max"] {
            record.eventsPerSecondMax = most.integer.map { Int($0) }
        }
        if let most = members["bytes_per_day_max"] {
            record.bytesPerDayMax = most.integer.map { Int($0) }
        }
        if let days = members["retention_days"] {
            record.retentionDays = days.integer.map { Int($0) }
        }
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        return Answer(record.shown)
    }
}

extension RegistryEndpoints {
    /// What roles can be given in: tenants that are together.
    fileprivate static let groups = Endpoint(
        method: .get, path: "/api/v1/tenant-groups", summary: "Groups of customers",
        right: .tenants(TenantRecord.kind.permission(.read)), query: [Endpoint.tenant],
        answer: .object([
            .must(
                "groups",
                .list(
                    .object([
                        .must("id", text),
                        .must("tenants", .list(.identifier, countMax: Policy.tenantsMax)),
                    ]), countMax: Policy.tenantsMax))
        ])
    ) { call in
        var members: [String: [String]] = [:]
        var last: (tenant: TenantID, id: String)?
        repeat {
            let page = try await call.ledger.values(
                TenantRecord.self, after: last, in: call.scope())
            for tenant in page.map(\.value) {
                if let group = tenant.group { members[group, default: []].append(tenant.id) }
            }
            last =
                page.count == LedgerLimits.pageMax
                ? page.last.map { ($0.value.tenant, $0.value.id) } : nil
        } while last != nil
        return Answer([
            "groups": .list(
                members.sorted { $0.key < $1.key }.map {
                    ["id": .text($0.key), "tenants": .texts($0.value)]
                })
        ])
    }

    fileprivate static let usage = Endpoint(
        method: .get, path: "/api/v1/usage",
        summary: "What each customer handed in, by day (UTC); counted once a minute",
        right: .tenants(TenantRecord.kind.permission(.read)),
        query: [
            Endpoint.tenant,
            .init(
                name: "since", shape: .time,
                note: "From the day of then on; 31 days where it is not said."),
        ],
        answer: .object([
            .must(
                "days",
                .list(
                    .object([
                        .must("tenant", .identifier), .must("day", .text(bytesMax: 10)),
                        .must("records", count), .must("bytes", count),
                    ]), countMax: LedgerLimits.marksMax))
        ])
    ) { call in
        let since =
            call.query["since"].flatMap(Timestamp.init(rfc3339:))
            ?? Timestamp(nanoseconds: call.now.nanoseconds - 31 * 86_400_000_000_000)
        let first = String(since.text.prefix(10))
        let scope = try call.scope()
        let bytes = try await call.ledger.marks(.usageBytes, from: first, in: scope)
        let sums = Dictionary(
            bytes.map { ("\($0.tenant) \($0.subject)", $0.value) },
            uniquingKeysWith: { first, _ in first })
        let records = try await call.ledger.marks(.usageRecords, from: first, in: scope)
        return Answer([
            "days": .list(
                records.map { mark in
                    [
                        "tenant": .text(mark.tenant.text), "day": .text(mark.subject),
                        "records": .integer(mark.value),
                        "bytes": .integer(sums["\(mark.tenant) \(mark.subject)"] ?? 0),
                    ]
                })
        ])
    }
}

extension RegistryValue {
    /// As the API shows it: times as text, digests not at all.
    var shown: JSON {
        guard case .object(let members) = json else { return .null }
        var shown: [JSON.Member] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            switch (name, value) {
            case ("token", _): shown.append(.init("has_token", .flag(value != .null)))
            case ("digest", _): continue
            case ("expires", .integer(let moment)), ("certificate_since", .integer(let moment)):
                shown.append(.init(name, .time(Timestamp(nanoseconds: moment))))
            default: shown.append(.init(name, .verbatim(value.string)))
            }
        }
        return .object(shown)
    }
}
