import Engine
import GRDB
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger cases` {
    @Test func `a case is not closed without a verdict that holds`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            #expect(try await code { try await bench.act(.close) } == .invalid)
            #expect(
                try await code { try await bench.act(.decide(.falsePositive, reason: "  ")) }
                    == .invalid)
            try await bench.act(.decide(.falsePositive, reason: "A test"))
            try await bench.act(.addTask("Tell them"))
            #expect(try await code { try await bench.act(.close) } == .invalid)
            try await bench.act(.setTask(1, done: true))
            try await bench.act(.close)
            #expect(try await bench.view().summary.state == .closed)
            try await bench.act(.reopen(reason: "Not so"))
            #expect(try await code { try await bench.act(.close) } == .invalid)
        }
    }

    @Test func `an act on an older revision is refused`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let revision = try await bench.view().summary.revision
            let outcome = try await bench.act(.tag("a"), ifRevision: revision)
            #expect(outcome.revision == revision + 1)
            #expect(
                try await code { try await bench.act(.tag("b"), ifRevision: revision) }
                    == .conflict)
        }
    }

    @Test func `what is so already writes nothing`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.tag("a"))
            let again = try await bench.act(.tag("a"))
            #expect(again.receipt == nil)
        }
    }

    @Test func `times are recorded once`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.see, now: LedgerBench.at(20))
            try await bench.act(.decide(.undetermined, reason: "?"), now: LedgerBench.at(30))
            try await bench.act(.decide(.truePositive, reason: "!"), now: LedgerBench.at(40))
            try await bench.act(.record(.contained, LedgerBench.at(50)))
            #expect(
                try await code { try await bench.act(.record(.contained, LedgerBench.at(51))) }
                    == .invalid)
            #expect(
                try await code { try await bench.act(.record(.seen, LedgerBench.at(51))) }
                    == .invalid)
            try await bench.keep(
                alerts: [LedgerBench.alert(9)],
                incidents: [LedgerBench.incident(1, alerts: [1, 2, 3, 9], risk: 45)])
            let times = try await bench.view().summary.times
            #expect(
                times == [
                    .event: LedgerBench.at(1), .received: LedgerBench.at(2),
                    .alert: LedgerBench.at(3), .seen: LedgerBench.at(20),
                    .decided: LedgerBench.at(30), .contained: LedgerBench.at(50),
                ])
        }
    }

    @Test func `a comment keeps its versions, and only its author changes it`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            try await bench.act(.comment("First"))
            try await bench.act(.editComment(1, "Second"))
            #expect(
                try await code { try await bench.act(.editComment(1, "Mine"), as: "ben") }
                    == .invalid)
            let comments = try await bench.view().comments
            #expect(comments.map { $0.versions.map(\.text) } == [["First", "Second"]])
        }
    }

    @Test func `a merge moves the alerts, and its undo brings them back`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let (one, two) = (LedgerBench.incidentID(1), LedgerBench.incidentID(2))
            let before = try await (bench.alerts(of: one), bench.alerts(of: two))
            let scope = try bench.scope(.update, .incidents)
            let receipt = try await bench.ledger.merge(
                two, into: one, of: LedgerBench.acme, reason: "Same", now: LedgerBench.at(20),
                in: scope)
            #expect(try await bench.alerts(of: one) == before.0.union(before.1))
            #expect(try await bench.view(1).summary.risk == 70)
            #expect(try await bench.view(2).summary.mergedInto == one)
            #expect(try await code { try await bench.act(.see, on: 2) } == .invalid)
            _ = try await bench.ledger.undo(
                receipt.position, of: LedgerBench.acme, reason: "Not the same",
                now: LedgerBench.at(21), in: scope)
            #expect(try await bench.alerts(of: one) == before.0)
            #expect(try await bench.alerts(of: two) == before.1)
            #expect(try await bench.view(1).summary.risk == 40)
            #expect(
                try await code {
                    _ = try await bench.ledger.undo(
                        receipt.position, of: LedgerBench.acme, reason: "Again",
                        now: LedgerBench.at(22), in: scope)
                } == .invalid)
        }
    }

    @Test func `a split outlives the engine's next telling, and its undo restores`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let key = IncidentKey(LedgerBench.incidentID(1), of: LedgerBench.acme)
            let scope = try bench.scope(.update, .incidents)
            let (made, receipt) = try await bench.ledger.split(
                [LedgerBench.alertID(2)], from: key, title: "Apart", reason: "Other",
                now: LedgerBench.at(20), in: scope)
            try await bench.keep(
                alerts: [LedgerBench.alert(8)],
                incidents: [LedgerBench.incident(1, alerts: [1, 2, 3, 8])])
            #expect(try await bench.alerts(of: made) == [LedgerBench.alertID(2)])
            #expect(
                try await bench.alerts(of: key.incident) == Set([1, 3, 8].map(LedgerBench.alertID)))
            _ = try await bench.ledger.undo(
                receipt.position, of: LedgerBench.acme, reason: "One after all",
                now: LedgerBench.at(21), in: scope)
            #expect(
                try await bench.alerts(of: key.incident)
                    == Set([1, 2, 3, 8].map(LedgerBench.alertID)))
        }
    }

    @Test func `merges and splits in any order are undone to where they began`() async throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<6 {
            let seed = random.next()
            try await LedgerBench.with { bench in try await shuffle(bench, seed: seed) }
        }
    }

    /// Joins at random, then takes everything back, last first.
    private func shuffle(_ bench: LedgerBench, seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        try await bench.keep(
            alerts: (1...20).map { LedgerBench.alert($0) },
            incidents: (1...5).map { number in
                LedgerBench.incident(number, alerts: (0..<4).map { number + 5 * $0 })
            })
        func membership() async throws -> [String: String?] {
            try await bench.ledger.read { db in
                Dictionary(
                    uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT * FROM alerts").map {
                        ($0["id"], $0["incident"])
                    })
            }
        }
        let scope = try bench.scope(.update, .incidents)
        var states: [(undo: UInt64, before: [String: String?])] = []
        for step in 0..<8 {
            let before = try await membership()
            let ids = Set(before.values.compactMap { $0 }).sorted().compactMap(IncidentID.init)
            let one = try #require(ids.randomElement(using: &random))
            let now = LedgerBench.at(20 + Int64(step))
            let mine = before.filter { $0.value == one.text }.keys.sorted()
                .compactMap(AlertID.init)
            if Bool.random(using: &random), mine.count > 1 {
                let count = Int.random(in: 1..<mine.count, using: &random)
                let receipt = try await bench.ledger.split(
                    Array(mine.shuffled(using: &random).prefix(count)),
                    from: IncidentKey(one, of: LedgerBench.acme), title: "Part", reason: "r",
                    now: now, in: scope
                ).receipt
                states.append((receipt.position, before))
            } else if let other = ids.filter({ $0 != one }).randomElement(using: &random) {
                let receipt = try await bench.ledger.merge(
                    one, into: other, of: LedgerBench.acme, reason: "r", now: now, in: scope)
                states.append((receipt.position, before))
            }
        }
        for (position, before) in states.reversed() {
            _ = try await bench.ledger.undo(
                position, of: LedgerBench.acme, reason: "back", now: LedgerBench.at(90),
                in: scope)
            #expect(try await membership() == before)
        }
        let read = try bench.scope(.read, .ledger, [Ledger.provider])
        #expect(try await bench.ledger.projectionFaults(in: read) == [])
    }

    @Test func `limits hold at their edge and refuse one beyond`() throws {
        let anna = try #require(PrincipalID("anna"))
        var standing = IncidentCase()
        let long = String(repeating: "a", count: LedgerLimits.commentBytesMax)
        #expect(try standing.judge(.comment(long), by: anna) != nil)
        #expect(throws: IncidentCase.Refusal.self) {
            try standing.judge(.comment(long + "a"), by: anna)
        }
        standing.tags = Set((1..<LedgerLimits.tagsMax).map { "tag\($0)" })
        #expect(try standing.judge(.tag("x"), by: anna) != nil)
        standing.tags.insert("x")
        #expect(throws: IncidentCase.Refusal.self) { try standing.judge(.tag("y"), by: anna) }
        for (count, fits) in [(LedgerLimits.evidenceSequencesMax, true), (0, false)] {
            let note = EvidenceNote(
                note: "n", digest: .zero, sequences: (0..<UInt64(count)).map { $0 + 1 })
            #expect(((try? standing.judge(.addEvidence(note), by: anna)) ?? nil != nil) == fits)
        }
    }
}
