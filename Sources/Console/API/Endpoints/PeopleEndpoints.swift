import Engine
import HTTPTypes
import Store
import Tenancy

/// People, their grants and keys.
enum PeopleEndpoints {
    static let all: [Endpoint] = [
        RegistryEndpoints.list("people", PrincipalRecord.self, "Who may sign in", person),
        invite, RegistryEndpoints.list("keys", KeyRecord.self, "Keys of programs", key),
        createKey, RegistryEndpoints.remove("keys", KeyRecord.self, "End a key"), change, leave,
        reset, signOut,
    ]

    private static let text = RegistryEndpoints.text
    private static let grants = Shape.list(
        .object([
            .must("role", .choice(Role.allCases.filter(\.isForPeople).map(\.rawValue))),
            .may("everywhere", .flag),
            .may("tenants", .list(.identifier, countMax: 1000)),
            .may("groups", .list(.identifier, countMax: 100)),
        ]), countMax: Principal.grantsMax)

    private static let person = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("login", text),
        .must("name", text), .must("grants", grants), .must("disabled", .flag),
    ])

    private static func grant(_ json: CanonicalJSON) -> GrantRecord? {
        json["role"]?.text.flatMap(Role.init).map { role in
            GrantRecord(
                role, isEverywhere: json["everywhere"]?.flag ?? false,
                tenants: Set((json["tenants"]?.texts ?? []).compactMap { TenantID($0) }),
                groups: Set(json["groups"]?.texts ?? []))
        }
    }

    private static let invite = Endpoint(
        method: .post, path: "/api/v1/people/{tenant}",
        summary: "Invite somebody; the link is shown once",
        right: .tenant(Permission(.create, .people)),
        body: .object([
            .must("id", .identifier), .must("login", text), .must("name", text),
            .must("grants", grants),
        ]), needsProof: true, status: 201,
        answer: .object([.must("person", person), .must("welcome", .text(bytesMax: 128))])
    ) { call in
        guard let id = PrincipalID(call.text("id")) else { throw Cursor.wrong }
        let records = (call.body["grants"]?.list ?? []).compactMap(grant)
        try await requireGrantable(records, call)
        let record = PrincipalRecord(
            id: id, tenant: try call.name("tenant"), login: call.text("login"),
            name: call.text("name"), grants: records)
        try await call.ledger.create(record, now: call.now, in: call.scope())
        var random = call.parts.chance.generator
        let token = try await Invitations.invite(
            record, to: call.ledger, now: call.now, using: &random)
        return Answer([
            "person": record.shown, "welcome": .text("/welcome/\(token.reveal())"),
        ])
    }

    private static func requireGrantable(_ records: [GrantRecord], _ call: Call) async throws {
        let given = try await call.ledger.grants(records, in: Service.reading(.people))
        for grant in given where !Policy().mayGrant(call.principal, grant) {
            throw Problem(
                .forbidden, "You may not give the role \(grant.role.rawValue) there.")
        }
    }

    // MARK: - Changing and leaving

    /// The account of the path, where the caller governs it: a changed account is a taken account.
    private static func governed(_ call: Call) async throws -> Registered<PrincipalRecord> {
        let tenant: TenantID = try call.name("tenant")
        let reading = try call.scope(Permission(.read, .people), in: tenant)
        guard
            let found = try await call.ledger.value(
                PrincipalRecord.self, call.names["id"] ?? "", of: tenant, in: reading)
        else { throw Problem(.missing, "There is no such person.") }
        let grants = try await call.ledger.grants(
            found.value.grants, in: Service.reading(.people))
        guard Policy().mayGovern(call.principal, grants: grants) else {
            throw Problem(.forbidden, "That account may do what you may not; you do not govern it.")
        }
        return found
    }

    private static func refuseOneself(_ person: PrincipalRecord, _ call: Call) throws(Problem) {
        guard person.principal != call.principal.id else {
            throw Problem(.conflict, "Somebody else must do this to your account.")
        }
    }

    private static let change = Endpoint(
        method: .patch, path: "/api/v1/people/{tenant}/{id}",
        summary: "Rename somebody, give other roles, disable or enable",
        right: .tenant(Permission(.update, .people)),
        body: .object([.may("name", text), .may("grants", grants), .may("disabled", .flag)]),
        needsProof: true, answer: person
    ) { call in
        let found = try await governed(call)
        var record = found.value
        if let name = call.body["name"]?.text { record.name = name }
        if let list = call.body["grants"]?.list {
            try refuseOneself(record, call)
            record.grants = list.compactMap(grant)
            try await requireGrantable(record.grants, call)
        }
        if let isDisabled = call.body["disabled"]?.flag {
            try refuseOneself(record, call)
            record.isDisabled = isDisabled
        }
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        // Whoever may do other things than before signs in again; it holds from the next request on.
        if record.grants != found.value.grants || record.isDisabled {
            try await call.parts.accounts.endAll(of: record.principal, now: call.now)
        }
        return Answer(record.shown)
    }

    private static let leave = Endpoint(
        method: .delete, path: "/api/v1/people/{tenant}/{id}",
        summary: "Let go of somebody, with sessions, keys and passkeys",
        right: .tenant(Permission(.delete, .people)), needsProof: true, status: 204,
        answer: .anything
    ) { call in
        let found = try await governed(call)
        try refuseOneself(found.value, call)
        try await call.parts.accounts.endAll(of: found.value.principal, now: call.now)
        try await call.ledger.remove(
            PrincipalRecord.self, found.value.id, of: found.value.tenant, now: call.now,
            in: call.scope())
        return Answer(.null)
    }

    private static let reset = Endpoint(
        method: .post, path: "/api/v1/people/{tenant}/{id}/reset",
        summary: "Take away password and authenticator; the link for new ones is shown once",
        right: .tenant(Permission(.update, .people)), body: .object([]), needsProof: true,
        answer: .object([.must("welcome", .text(bytesMax: 128))])
    ) { call in
        let person = try await governed(call).value
        try refuseOneself(person, call)
        for kind in [SecretKind.passwordVerifier, .oneTimeCode, .recoveryCodes] {
            do {
                try await call.ledger.removeSecret(
                    kind, of: person, now: call.now, in: call.scope())
            } catch let failure as StoreFailure where failure.code == .missing {
                continue
            }
        }
        try await call.parts.accounts.endAll(of: person.principal, now: call.now)
        var random = call.parts.chance.generator
        let token = try await Invitations.invite(
            person, to: call.ledger, now: call.now, using: &random)
        return Answer(["welcome": .text("/welcome/\(token.reveal())")])
    }

    private static let signOut = Endpoint(
        method: .post, path: "/api/v1/people/{tenant}/{id}/sign-out",
        summary: "End every session of somebody, at once",
        right: .tenant(Permission(.update, .people)), body: .object([]), status: 204,
        answer: .anything
    ) { call in
        let person = try await governed(call).value
        try await call.parts.accounts.endAll(of: person.principal, now: call.now)
        return Answer(.null)
    }

    // MARK: - Keys

    private static let permissions = Shape.list(
        .choice(
            Permission.all.filter { AccessMatrix.allows(.apiClient, $0) }.map(\.description)),
        countMax: 128)

    private static let key = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("owner", .identifier),
        .must("name", text), .must("prefix", .text(bytesMax: 16)),
        .must("permissions", permissions), .must("reach", .anything),
        .must("expires", .optional(.time)),
    ])

    private static let createKey = Endpoint(
        method: .post, path: "/api/v1/keys/{tenant}",
        summary: "Make a key for a program; it is shown once",
        right: .tenant(Permission(.create, .tokens)),
        body: .object([
            .must("name", text), .must("permissions", permissions), .may("everywhere", .flag),
            .may("tenants", .list(.identifier, countMax: 1000)),
            .may("expires", .optional(.time)),
        ]), needsProof: true, status: 201,
        answer: .object([.must("key", key), .must("secret", .text(bytesMax: 64))])
    ) { call in
        let permissions = (call.body["permissions"]?.texts ?? []).compactMap {
            Permission(text: $0)
        }
        // The role of a reach is never looked at; the auditor's changes nothing.
        let reach = GrantRecord(
            .auditor, isEverywhere: call.body["everywhere"]?.flag ?? false,
            tenants: Set((call.body["tenants"]?.texts ?? []).compactMap { TenantID($0) }))
        let mandate = Mandate(
            owner: call.principal.id, permissions: Set(permissions),
            reach: reach.isEverywhere ? .all : .tenants(reach.tenants))
        guard Policy().mayMandate(call.principal, mandate) else {
            throw Problem(.forbidden, "A key may do only what you may yourself, and not more.")
        }
        var random = call.parts.chance.generator
        let token = SecretToken(.apiKey, using: &random)
        guard let digest = LedgerDigest(token.digest.bytes) else { throw Cursor.wrong }
        let record = KeyRecord(
            id: call.parts.chance.name(), tenant: try call.name("tenant"),
            owner: call.principal.id, name: call.text("name"),
            prefix: String(token.hint.prefix(8)), digest: digest, permissions: permissions,
            reach: reach, expires: call.time("expires"))
        try await call.ledger.create(record, now: call.now, in: call.scope())
        return Answer(["key": record.shown, "secret": .text(token.reveal())])
    }
}
