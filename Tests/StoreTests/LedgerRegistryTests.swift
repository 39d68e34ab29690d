import Engine
import GRDB
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger registry` {
    private let provider = [Ledger.provider]

    private func source(_ id: String, of tenant: TenantID, token: UInt8) throws -> SourceRecord {
        SourceRecord(
            id: try #require(LogSourceID(id)), tenant: tenant, name: id, type: "hec",
            tokenDigest: LedgerDigest(of: [token]))
    }

    @Test func `a token says whose it is, only to the service`() async throws {
        try await LedgerBench.with { bench in
            let source = try source("fw", of: LedgerBench.birch, token: 1)
            try await bench.ledger.create(
                source, now: LedgerBench.at(5),
                in: bench.scope(.create, .sources, [LedgerBench.birch]))
            let service = try bench.scope(.read, .sources, provider)
            let digest = LedgerDigest(of: [1])
            #expect(
                try await bench.ledger.find(SourceRecord.self, by: digest, in: service)?.value
                    == source)
            #expect(
                try await bench.ledger.find(
                    SourceRecord.self, by: LedgerDigest(of: [2]), in: service) == nil)
            let mine = try bench.scope(.read, .sources)
            #expect(
                try await code {
                    _ = try await bench.ledger.find(SourceRecord.self, by: digest, in: mine)
                } == .refused)
        }
    }

    @Test func `a token, a login and an id are taken once`() async throws {
        try await LedgerBench.with { bench in
            let create = try bench.scope(.create, .sources, [LedgerBench.acme, LedgerBench.birch])
            let first = try source("fw", of: LedgerBench.acme, token: 1)
            try await bench.ledger.create(first, now: LedgerBench.at(5), in: create)
            for second in [
                first, try source("other", of: LedgerBench.birch, token: 1),
            ] {
                let code = try await code {
                    try await bench.ledger.create(second, now: LedgerBench.at(6), in: create)
                }
                #expect(code == .conflict)
            }
            var person = try await bench.keepPerson("carl")
            person = PrincipalRecord(
                id: try #require(PrincipalID("carla")), tenant: LedgerBench.acme,
                login: "CARL@example.com", name: "Carla", grants: [])
            let code = try await code {
                try await bench.ledger.create(
                    person, now: LedgerBench.at(6), in: bench.scope(.create, .people))
            }
            #expect(code == .conflict)
        }
    }

    @Test func `every kind of value comes back as it was kept`() async throws {
        try await LedgerBench.with { bench in
            let acme = LedgerBench.acme
            let anna = try #require(PrincipalID("anna"))
            func survives<Value: RegistryValue>(_ value: Value) async throws {
                let kind = Value.kind
                func scope(_ action: Permission.Action) throws -> TenantScope {
                    let permission = kind.permission(action)
                    return try bench.scope(
                        permission.action, permission.resource, [value.tenant])
                }
                try await bench.ledger.create(value, now: LedgerBench.at(5), in: scope(.create))
                let kept = try await bench.ledger.value(
                    Value.self, value.id, of: value.tenant, in: scope(.read))
                #expect(kept?.value == value)
                #expect(kept?.revision == 1)
                try await bench.ledger.update(
                    value, ifRevision: 1, now: LedgerBench.at(6), in: scope(.update))
                let code = try await code {
                    try await bench.ledger.update(
                        value, ifRevision: 1, now: LedgerBench.at(6), in: scope(.update))
                }
                #expect(code == .conflict)
            }
            try await survives(
                TenantRecord(
                    id: LedgerBench.tenant("cedar"), name: "Cedar", group: "trees",
                    eventsPerSecondMax: 100, bytesPerDayMax: 1 << 30, retentionDays: 30))
            try await survives(source("s1", of: acme, token: 7))
            try await survives(
                PrincipalRecord(
                    id: anna, tenant: acme, login: "anna", name: "Anna",
                    grants: [GrantRecord(.analyst, tenants: [acme], groups: ["trees"])]))
            try await survives(
                PasskeyRecord(
                    principal: anna, tenant: acme, credential: [1, 2], publicKey: [3], name: "Key"))
            try await survives(
                KeyRecord(
                    id: "k1", tenant: acme, owner: anna, name: "CI", prefix: "kga_abcd",
                    digest: LedgerDigest(of: [1]), permissions: [Permission(.read, .events)],
                    reach: GrantRecord(.apiClient, tenants: [acme]), expires: LedgerBench.at(99)))
            try await survives(
                SessionRecord(
                    id: "s1", tenant: acme, principal: anna, digest: LedgerDigest(of: [2]),
                    authenticated: LedgerBench.at(1), rotated: LedgerBench.at(1),
                    expires: LedgerBench.at(50)))
            try await survives(
                InvitationRecord(
                    id: "i1", tenant: acme, principal: anna, digest: LedgerDigest(of: [3]),
                    expires: LedgerBench.at(60)))
            try await survives(
                WebhookRecord(
                    id: "w1", tenant: acme, name: "Chat", url: "https://chat.example.com/in",
                    events: ["incident.new"]))
            try await survives(
                SavedSearchRecord(
                    id: "q1", tenant: acme, name: "Odd", query: "host = a", owner: anna))
            try await survives(
                SuppressionRecord(
                    id: "p1", tenant: acme, rule: "rule-1",
                    conditions: [SuppressionRecord.Condition(field: "host", value: "ws-1")],
                    owner: anna, reason: "Known", expires: LedgerBench.at(86_400)))
        }
    }

    @Test func `a suppression without a reason or an end within a year is refused`() async throws {
        let anna = try #require(PrincipalID("anna"))
        func objection(reason: String, days: Int64) -> String? {
            SuppressionRecord(
                id: "p", tenant: LedgerBench.acme, rule: "r", conditions: [], owner: anna,
                reason: reason, expires: LedgerBench.at(days * 86_400)
            ).objection(at: LedgerBench.at(0))
        }
        #expect(objection(reason: "Known", days: 366) == nil)
        #expect(objection(reason: "Known", days: 367) != nil)
        #expect(objection(reason: "Known", days: 0) != nil)
        #expect(objection(reason: " ", days: 1) != nil)
    }

    @Test func `a grant to a group reaches the tenants that are in it now`() async throws {
        try await LedgerBench.with { bench in
            let write = try bench.scope(.update, .tenants, provider)
            try await bench.ledger.update(
                TenantRecord(id: LedgerBench.acme, name: "Acme", group: "west"),
                now: LedgerBench.at(5), in: write)
            let id = try #require(PrincipalID("dora"))
            try await bench.ledger.create(
                PrincipalRecord(
                    id: id, tenant: Ledger.provider, login: "dora", name: "Dora",
                    grants: [GrantRecord(.analyst, groups: ["west"])]), now: LedgerBench.at(5),
                in: bench.scope(.create, .people, provider))
            let read = try bench.scope(.read, .people, provider)
            let one = try await bench.ledger.principal(id, in: read)
            #expect(one?.grants == [Principal.Grant(.analyst, in: .tenants([LedgerBench.acme]))])
            try await bench.ledger.update(
                TenantRecord(id: LedgerBench.birch, name: "Birch", group: "west"),
                now: LedgerBench.at(6), in: write)
            let two = try await bench.ledger.principal(id, in: read)
            #expect(
                two?.grants == [
                    Principal.Grant(
                        .analyst, in: .tenants([LedgerBench.acme, LedgerBench.birch]))
                ])
        }
    }

    @Test func `a secret opens only where it belongs, and one put in by hand is found`()
        async throws
    {
        try await LedgerBench.with { bench in
            let carl = try await bench.keepPerson("carl")
            let dave = try await bench.keepPerson("dave")
            let scope = try bench.scope(.update, .people)
            for (person, word) in [(carl, "carl's"), (dave, "dave's")] {
                try await bench.ledger.keepSecret(
                    Array(word.utf8), .passwordVerifier, of: person, now: LedgerBench.at(6),
                    in: scope)
            }
            #expect(
                try await bench.ledger.secret(.passwordVerifier, of: carl, in: scope)
                    == Array("carl's".utf8))
            #expect(try await bench.ledger.secret(.webhook, of: carl, in: scope) == nil)
            try await bench.ledger.write { db in
                try db.execute(
                    sql: """
                        UPDATE secrets SET sealed = (SELECT sealed FROM secrets
                          WHERE owner = 'principal/carl') WHERE owner = 'principal/dave'
                        """)
            }
            let code = try await code {
                _ = try await bench.ledger.secret(.passwordVerifier, of: dave, in: scope)
            }
            #expect(code == .damaged)
        }
    }

    @Test func `a disabled or removed person is signed out`() async throws {
        try await LedgerBench.with { bench in
            var carl = try await bench.keepPerson("carl")
            func signIn(_ id: String) async throws {
                try await bench.ledger.create(
                    SessionRecord(
                        id: id, tenant: carl.tenant, principal: carl.principal,
                        digest: LedgerDigest(of: Array(id.utf8)),
                        authenticated: LedgerBench.at(6), rotated: LedgerBench.at(6),
                        expires: LedgerBench.at(60)), now: LedgerBench.at(6),
                    in: bench.scope(.update, .tokens))
            }
            func sessions() async throws -> Int {
                try await bench.ledger.values(
                    SessionRecord.self, in: bench.scope(.read, .tokens)
                ).count
            }
            try await signIn("one")
            #expect(try await sessions() == 1)
            carl.isDisabled = true
            try await bench.ledger.update(
                carl, now: LedgerBench.at(7), in: bench.scope(.update, .people))
            #expect(try await sessions() == 0)
            #expect(
                try await bench.ledger.principal(
                    carl.principal, in: bench.scope(.read, .people, provider)) == nil)
            try await signIn("two")
            #expect(
                try await bench.ledger.purgeExpired(
                    now: LedgerBench.at(61), in: bench.scope(.update, .tokens, provider)) == 1)
            try await signIn("three")
            try await bench.ledger.remove(
                PrincipalRecord.self, "carl", of: carl.tenant, now: LedgerBench.at(8),
                in: bench.scope(.delete, .people))
            #expect(try await sessions() == 0)
        }
    }

    @Test func `marks only rise`() async throws {
        try await LedgerBench.with { bench in
            let scope = try bench.scope(.update, .sources)
            for value in [5, 9, 7] as [Int64] {
                try await bench.ledger.note(
                    [Mark(.sourceSeen, "fw", of: LedgerBench.acme, value)], in: scope)
            }
            let marks = try await bench.ledger.marks(
                .sourceSeen, in: bench.scope(.read, .sources))
            #expect(marks.map(\.value) == [9])
        }
    }
}
