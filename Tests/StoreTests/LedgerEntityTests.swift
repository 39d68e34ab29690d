import Engine
import Store
import Tenancy
import Testing

@Suite struct `Ledger entities` {
    private static let details = """
        {"entities":[{"id":"host:ws-1","kind":"host","label":"WS-1.corp.example"},
        {"id":"address:10.0.0.9","kind":"address","label":"10.0.0.9"},
        {"id":"file:x","kind":"file","label":"x.exe"},
        {"id":"cloud","kind":"cloud-principal","label":"role/admin"}]}
        """

    private func list(
        _ bench: LedgerBench, _ query: EntityQuery, of tenant: TenantID = LedgerBench.acme
    ) async throws -> EntityList {
        try await bench.ledger.entities(
            matching: query, in: bench.scope(.read, .incidents, [tenant]))
    }

    @Test func `alerts and incidents that name one, whatever its case, are put together`()
        async throws
    {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            var named = LedgerBench.incident(3, alerts: [7], risk: 90)
            named.details = Self.details
            try await bench.keep(alerts: [LedgerBench.alert(7)], incidents: [named])
            let hosts = try await list(bench, EntityQuery(kind: .host))
            #expect(hosts.count == 7 && !hosts.isSample)
            let first = try #require(hosts.entities.first { $0.name == "WS-1.corp.example" })
            #expect(first.alertCount == 1)
            #expect(
                first.incidents == [LedgerBench.incidentID(1), LedgerBench.incidentID(3)])
            #expect(first.risk == 90 && first.liveIncidentCount == 2)
            let users = try await list(bench, EntityQuery(kind: .user, name: "MARIA"))
            #expect(users.entities.map(\.alertCount) == [7])
            #expect(users.entities.first?.firstSeen == LedgerBench.at(1))
            #expect(users.entities.first?.lastSeen == LedgerBench.at(7))
            let all = try await list(bench, EntityQuery(text: "0.0.9"))
            #expect(all.entities.map(\.kind) == [.address])
            #expect(all.entities.first?.firstSeen == LedgerBench.at(1))
            #expect(try await list(bench, EntityQuery(text: "admin")).entities.count == 1)
            #expect(try await list(bench, EntityQuery(limit: 2)).entities.count == 2)
            #expect(
                try await list(bench, EntityQuery(), of: LedgerBench.birch).entities.isEmpty)
        }
    }

    @Test func `a closed incident gives no risk`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.decide(.falsePositive, reason: "A drill"))
            try await bench.act(.close)
            let host = try await list(bench, EntityQuery(kind: .host, name: "ws-1"))
            #expect(host.entities.map(\.risk) == [0])
            #expect(host.entities.map(\.liveIncidentCount) == [0])
            #expect(host.entities.first?.incidents.count == 1)
        }
    }

    @Test func `rules are counted with what suppressions cover, tenant by tenant`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keep(
                alerts: (1...5).map { LedgerBench.alert($0) }
                    + [LedgerBench.alert(6, suppression: "quiet")])
            try await bench.keep(alerts: [LedgerBench.alert(3)], of: LedgerBench.birch)
            let hits = try await bench.ledger.ruleHits(in: bench.scope(.read, .alerts))
            #expect(hits.map(\.rule) == ["rule-0", "rule-1", "rule-2"])
            #expect(hits.map(\.alertCount) == [2, 2, 2])
            #expect(hits.map(\.suppressedCount) == [1, 0, 0])
            #expect(hits.first?.last == LedgerBench.at(8))
            let late = try await bench.ledger.ruleHits(
                since: LedgerBench.at(8), in: bench.scope(.read, .alerts))
            #expect(late.map(\.rule) == ["rule-0"])
        }
    }

    @Test func `the record is read by who, what, when, and from its end`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.see, as: "anna")
            try await bench.act(.comment("One"), as: "ben")
            try await bench.act(.comment("Two"), now: LedgerBench.at(50), as: "anna")
            let scope = try bench.scope(.read, .ledger)
            func kinds(_ query: EntryQuery) async throws -> [EntryKind] {
                try await bench.ledger.entries(matching: query, in: scope).map(\.entry.kind)
            }
            let acts = EntryQuery(kinds: EntryKind.acts, newestFirst: true)
            #expect(
                try await kinds(acts) == [.commentWritten, .commentWritten, .incidentSeen])
            #expect(
                try await kinds(EntryQuery(actor: PrincipalID("ben"))) == [.commentWritten])
            #expect(
                try await kinds(
                    EntryQuery(
                        kinds: EntryKind.acts, subject: LedgerBench.incidentID(1).text,
                        since: LedgerBench.at(50))) == [.commentWritten])
            #expect(
                try await kinds(EntryQuery(kinds: EntryKind.acts, until: LedgerBench.at(20)))
                    == [])
            let page = try await bench.ledger.entries(
                matching: EntryQuery(kinds: EntryKind.acts, newestFirst: true, limit: 1), in: scope)
            let rest = try await bench.ledger.entries(
                matching: EntryQuery(
                    kinds: EntryKind.acts, newestFirst: true, after: page.first?.ordinal),
                in: scope)
            #expect(rest.map(\.entry.kind) == [.commentWritten, .incidentSeen])
            let alerts = try await bench.ledger.alerts(
                matching: AlertQuery(host: "WS-3", user: "Maria"),
                in: bench.scope(.read, .alerts))
            #expect(alerts.alerts.map(\.id) == [LedgerBench.alertID(3)])
        }
    }
}
