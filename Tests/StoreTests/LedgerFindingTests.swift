import Engine
import GRDB
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger findings` {
    @Test func `the same batch again changes nothing`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let before = try await bench.ledger.lastOrdinal()
            try await bench.keepTwo()
            #expect(try await bench.ledger.lastOrdinal() == before)
            #expect(
                try await bench.ledger.keptThrough(
                    LedgerBench.acme, in: bench.scope(.read, .incidents)) == 6)
        }
    }

    @Test func `an alert's text comes back as it was handed over`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let found = try await bench.ledger.alert(
                LedgerBench.alertID(4), of: LedgerBench.acme, in: bench.scope(.read, .alerts))
            #expect(found.body == LedgerBench.alert(4).body)
            #expect(found.summary.incident == LedgerBench.incidentID(2))
            #expect(found.summary.received == LedgerBench.at(5))
        }
    }

    @Test func `a growing incident keeps what people decided`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.assign(PrincipalID("ben")))
            try await bench.act(.decide(.truePositive, reason: "Real"))
            try await bench.act(.comment("Look"))
            try await bench.keep(
                alerts: [LedgerBench.alert(7)],
                incidents: [
                    LedgerBench.incident(1, alerts: [1, 2, 3, 7], risk: 90, title: "Worse")
                ])
            let view = try await bench.view()
            #expect(view.summary.title == "Worse")
            #expect(view.summary.risk == 90)
            #expect(view.summary.alertCount == 4)
            #expect(view.summary.assignee?.text == "ben")
            #expect(view.summary.verdict == .truePositive)
            #expect(view.comments.count == 1)
        }
    }

    @Test func `a closed incident with new alerts is opened again, with the reason`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.decide(.benignTruePositive, reason: "A drill"))
            try await bench.act(.close)
            try await bench.keep(incidents: [LedgerBench.incident(1, alerts: [1, 2, 3], risk: 41)])
            #expect(try await bench.view().summary.state == .closed)
            try await bench.keep(
                alerts: [LedgerBench.alert(7, suppression: "quiet")],
                incidents: [LedgerBench.incident(1, alerts: [1, 2, 3, 7], risk: 41)])
            #expect(try await bench.view().summary.state == .closed)
            let outcome = try await bench.keep(
                alerts: [LedgerBench.alert(8)],
                incidents: [LedgerBench.incident(1, alerts: [1, 2, 3, 7, 8], risk: 41)])
            #expect(outcome.reopened == [LedgerBench.incidentID(1)])
            #expect(try await bench.view().summary.state == .open)
            #expect(try await bench.view().summary.verdict == .benignTruePositive)
            let history = try await bench.ledger.history(
                of: IncidentKey(LedgerBench.incidentID(1), of: LedgerBench.acme),
                in: bench.scope(.read, .incidents))
            #expect(history.last?.kind == .incidentReopened)
            #expect(history.last?.body?.text == #"{"alerts":1,"reason":"1 new alert"}"#)
        }
    }

    @Test func `suppressed alerts are kept and counted`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keep(
                alerts: (1...5).map { LedgerBench.alert($0, suppression: "quiet") })
            let marks = try await bench.ledger.marks(
                .suppressionMatched, in: bench.scope(.read, .suppressions))
            #expect(marks == [Mark(.suppressionMatched, "quiet", of: LedgerBench.acme, 5)])
        }
    }

    @Test func `an engine's merge is one incident, and one that a person undid stays undone`()
        async throws
    {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let (one, two) = (LedgerBench.incidentID(1), LedgerBench.incidentID(2))
            let merge = FindingBatch.Merge(one, into: two)
            #expect(try await bench.keep(merges: [merge]).merged == [one])
            #expect(try await bench.keep(merges: [merge]).merged == [])
            let join = try #require(try await bench.view(1).joins.first)
            _ = try await bench.ledger.undo(
                join.position, of: LedgerBench.acme, reason: "No", now: LedgerBench.at(30),
                in: bench.scope(.update, .incidents))
            #expect(try await bench.keep(merges: [merge]).merged == [])
            #expect(try await bench.view(1).summary.mergedInto == nil)
        }
    }

    @Test func `a batch with a wrong part is not kept at all`() async throws {
        try await LedgerBench.with { bench in
            let code = try await code {
                try await bench.keep(
                    alerts: [LedgerBench.alert(1)],
                    incidents: [LedgerBench.incident(1, alerts: [1, 2])])
            }
            #expect(code == .invalid)
            let page = try await bench.ledger.alerts(
                matching: AlertQuery(), in: bench.scope(.read, .alerts))
            #expect(page.alerts.isEmpty)
        }
    }

    @Test func `the queue is by risk, then last seen, and pages lose and double none`()
        async throws
    {
        try await LedgerBench.with { bench in
            var random = SplitMix64(seed: 3)
            for tenant in [LedgerBench.acme, LedgerBench.birch] {
                try await bench.keep(
                    incidents: (1...40).map {
                        LedgerBench.incident(
                            $0, alerts: [], risk: Int.random(in: 0...5, using: &random))
                    }, of: tenant)
            }
            for tenants in [[LedgerBench.acme], [LedgerBench.acme, LedgerBench.birch]] {
                let scope = try bench.scope(.read, .incidents, tenants)
                var query = IncidentQuery(limit: 7)
                var found: [IncidentSummary] = []
                repeat {
                    let page = try await bench.ledger.incidents(matching: query, in: scope)
                    found += page.incidents
                    query.after = page.next
                } while query.after != nil
                #expect(found.count == 40 * tenants.count)
                #expect(Set(found.map(\.key)).count == found.count)
                let order = found.map { (-$0.risk, -$0.queueTime.nanoseconds) }
                #expect(zip(order, order.dropFirst()).allSatisfy { $0 <= $1 })
            }
        }
    }

    @Test(arguments: [1, 2], [true, false])
    func `the queue's question walks its index and sorts nothing`(tenants: Int, isLive: Bool)
        async throws
    {
        try await LedgerBench.with { bench in
            let scope = Array([LedgerBench.acme, LedgerBench.birch].prefix(tenants))
            let cursor = IncidentCursor(
                risk: 50, lastSeen: LedgerBench.at(1),
                key: IncidentKey(LedgerBench.incidentID(1), of: LedgerBench.acme))
            let question = QueueQuery(
                IncidentQuery(states: isLive ? [.new, .open] : [], after: cursor), tenants: scope)
            let plan = try await bench.ledger.read { db in
                try Row.fetchAll(
                    db, sql: "EXPLAIN QUERY PLAN \(question.sql)", arguments: question.arguments
                ).map { row -> String in row["detail"] }.joined(separator: "; ")
            }
            let index = (isLive ? "live" : "incidents") + (tenants == 1 ? "_of_tenant" : "_of_all")
            #expect(plan.contains("SEARCH incidents USING INDEX \(index)"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test func `filters say what they let through`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.assign(PrincipalID("ben")))
            try await bench.act(.tag("mail"))
            func ids(_ query: IncidentQuery) async throws -> [IncidentID] {
                try await bench.ledger.incidents(
                    matching: query, in: bench.scope(.read, .incidents)
                ).incidents.map(\.key.incident)
            }
            let (one, two) = (LedgerBench.incidentID(1), LedgerBench.incidentID(2))
            #expect(try await ids(IncidentQuery()) == [two, one])
            #expect(try await ids(IncidentQuery(states: [.new])) == [two])
            #expect(try await ids(IncidentQuery(assignee: PrincipalID("ben"))) == [one])
            #expect(try await ids(IncidentQuery(isUnassigned: true)) == [two])
            #expect(try await ids(IncidentQuery(tag: "mail")) == [one])
            #expect(try await ids(IncidentQuery(text: "WS-2")) == [two])
            #expect(try await ids(IncidentQuery(levelMin: .critical)) == [])
            #expect(try await ids(IncidentQuery(verdict: .falsePositive)) == [])
        }
    }
}
