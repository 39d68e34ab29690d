import Engine
import GRDB
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger isolation` {
    /// What a scope of one tenant does to another: refused, or nothing found; never done.
    private func intrusions(
        _ bench: LedgerBench
    ) throws -> [@Sendable (TenantID, TenantID) async throws -> Void] {
        let ledger = bench.ledger
        let now = LedgerBench.at(50)
        let one = LedgerBench.incidentID(1)
        let bench = bench
        return [
            { mine, theirs in
                _ = try await ledger.perform(
                    .tag("x"), on: IncidentKey(one, of: theirs), now: now,
                    in: bench.scope(.update, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.incident(
                    IncidentKey(one, of: theirs), in: bench.scope(.read, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.merge(
                    one, into: LedgerBench.incidentID(2), of: theirs, reason: "x", now: now,
                    in: bench.scope(.update, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.split(
                    [LedgerBench.alertID(1)], from: IncidentKey(one, of: theirs), title: "x",
                    reason: "x", now: now, in: bench.scope(.update, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.undo(
                    1, of: theirs, reason: "x", now: now,
                    in: bench.scope(.update, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.keep(
                    FindingBatch(alerts: [LedgerBench.alert(99)], through: 99), of: theirs,
                    now: now, in: bench.scope(.create, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.alert(
                    LedgerBench.alertID(1), of: theirs, in: bench.scope(.read, .alerts, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.history(
                    of: IncidentKey(one, of: theirs), in: bench.scope(.read, .incidents, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.verify(theirs, in: bench.scope(.read, .ledger, [mine]))
            },
            { mine, theirs in
                try await ledger.export(
                    theirs, in: bench.scope(.export, .ledger, [mine])
                ) { _ in }
            },
            { mine, theirs in
                _ = try await ledger.tell(
                    "x", about: "x", .null, of: theirs, now: now,
                    in: bench.scope(.read, .events, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.create(
                    SavedSearchRecord(
                        id: "x", tenant: theirs, name: "x", query: "x",
                        owner: PrincipalID("anna") ?? Ledger.service), now: now,
                    in: bench.scope(.read, .events, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.value(
                    PrincipalRecord.self, "person", of: theirs,
                    in: bench.scope(.read, .people, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.remove(
                    PrincipalRecord.self, "person", of: theirs, now: now,
                    in: bench.scope(.delete, .people, [mine]))
            },
            { mine, theirs in
                try await ledger.note(
                    [Mark(.sourceSeen, "x", of: theirs, 1)],
                    in: bench.scope(.update, .sources, [mine]))
            },
            { mine, theirs in
                _ = try await ledger.keptThrough(
                    theirs, in: bench.scope(.read, .incidents, [mine]))
            },
        ]
    }

    @Test func `a scope of one tenant changes nothing of another, and is told so`() async throws {
        try await LedgerBench.with { bench in
            let (acme, birch) = (LedgerBench.acme, LedgerBench.birch)
            for tenant in [acme, birch] {
                try await bench.keep(
                    alerts: (1...3).map { LedgerBench.alert($0) },
                    incidents: [LedgerBench.incident(1, alerts: [1, 2, 3])], of: tenant)
            }
            let before = try await bench.ledger.read { try Projection.digests($0) }
            let ordinal = try await bench.ledger.lastOrdinal()
            for (number, intrude) in try intrusions(bench).enumerated() {
                for (mine, theirs) in [(acme, birch), (birch, acme), (acme, Ledger.provider)] {
                    let code = try await code { try await intrude(mine, theirs) }
                    #expect(code == .refused, "intrusion \(number)")
                }
            }
            #expect(try await bench.ledger.read { try Projection.digests($0) } == before)
            #expect(try await bench.ledger.lastOrdinal() == ordinal)
        }
    }

    @Test func `whatever is listed is of the scope's tenants`() async throws {
        try await LedgerBench.with { bench in
            let all = [LedgerBench.acme, LedgerBench.birch]
            var random = SplitMix64(seed: 5)
            for number in 1...60 {
                let tenant = try #require(all.randomElement(using: &random))
                try await bench.keep(
                    alerts: [LedgerBench.alert(number)],
                    incidents: [LedgerBench.incident(number, alerts: [number])], of: tenant)
            }
            for tenant in all {
                let incidents = try await bench.ledger.incidents(
                    matching: IncidentQuery(limit: 500),
                    in: bench.scope(.read, .incidents, [tenant]))
                #expect(!incidents.incidents.isEmpty)
                #expect(incidents.incidents.allSatisfy { $0.key.tenant == tenant })
                let alerts = try await bench.ledger.alerts(
                    matching: AlertQuery(limit: 500), in: bench.scope(.read, .alerts, [tenant]))
                #expect(alerts.alerts.count == incidents.incidents.count)
                #expect(alerts.alerts.allSatisfy { $0.tenant == tenant })
                let counts = try await bench.ledger.incidentCounts(
                    in: bench.scope(.read, .incidents, [tenant]))
                #expect(counts.allSatisfy { $0.tenant == tenant })
                #expect(counts.map(\.count).reduce(0, +) == incidents.incidents.count)
                let changes = try await bench.ledger.changes(
                    after: 0, in: bench.scope(.read, .incidents, [tenant]))
                #expect(changes.allSatisfy { $0.key.tenant == tenant })
                let entries = try await bench.ledger.entries(
                    after: 0, in: bench.scope(.read, .ledger, [tenant]))
                #expect(entries.allSatisfy { $0.entry.tenant == tenant })
                let tenants = try await bench.ledger.values(
                    TenantRecord.self, in: bench.scope(.read, .tenants, [tenant]))
                #expect(tenants.map(\.value.tenantID) == [tenant])
            }
        }
    }

    @Test func `a right to read does not write`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let read = try bench.scope(.read, .incidents)
            let key = IncidentKey(LedgerBench.incidentID(1), of: LedgerBench.acme)
            for act in [CaseAct.see, .close, .tag("x"), .decide(.falsePositive, reason: "x")] {
                let code = try await code {
                    _ = try await bench.ledger.perform(
                        act, on: key, now: LedgerBench.at(20), in: read)
                }
                #expect(code == .refused)
            }
        }
    }
}
