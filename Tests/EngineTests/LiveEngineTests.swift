import Collect
import Foundation
import Sigma
import TestKit
import Testing

@testable import Engine

/// The made intrusion, block by block, as the watch would take it.
struct LiveScenario {
    let rules: RuleSet
    let blocks: [Block]
    private let outcomes: [BlockOutcome]

    static let shared = Result { try LiveScenario() }

    init() throws {
        var loader = RuleLoader()
        for file in RuleFolder.files(at: ContentKit.folder + "/rules").files {
            loader.add(path: file.path, bytes: file.bytes)
        }
        let mappings = try RuleFolder.files(at: ContentKit.folder + "/mappings").files.map {
            try MappingReader.read(
                path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self))
        }
        rules = RuleSet(loader.finish(), mappings: mappings)
        let scenario = ContentKit.folder + "/../examples/scenario"
        var reader = InputReader(paths: [scenario])
        var blocks: [Block] = []
        while let block = reader.nextBlock() { blocks += Self.parted(block) }
        for place in blocks.indices { blocks[place].sequence = UInt64(place) }
        self.blocks = blocks
        var worker = Worker(rules: rules, options: WorkerOptions(salt: "acme"))
        outcomes = blocks.map { worker.process($0) }
    }

    /// Forty records at most a block, so that there is something between two of them.
    private static func parted(_ block: Block) -> [Block] {
        guard block.format == .json else { return [block] }
        var parts: [Block] = []
        var lines = block.bytes.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
        while !lines.isEmpty {
            var part = block
            part.bytes = Array(lines.prefix(40).joined(separator: [0x0A]))
            part.firstLine += UInt64(parts.count * 40)
            parts.append(part)
            lines = lines.dropFirst(40)
        }
        return parts
    }

    static let begun = Timestamp(nanoseconds: 1_773_300_000_000_000_000)

    func receipt(_ place: Int) -> LiveEngine.Receipt {
        LiveEngine.Receipt(
            received: Timestamp(
                nanoseconds: Self.begun.nanoseconds + Int64(place) * 2_000_000_000))
    }

    func outcome(_ place: Int) -> BlockOutcome { outcomes[place] }

    /// Everything found from one place to another, as text that compares.
    func findings(_ engine: inout LiveEngine, _ places: Range<Int>, tickEvery: Int) -> [String] {
        var told: [String] = []
        for place in places {
            let receipt = receipt(place)
            told += engine.absorb(outcome(place), of: receipt).map { "\($0.alert.id)" }
            guard (place + 1) % tickEvery == 0 || place == blocks.count - 1 else { continue }
            let findings = engine.tick(at: receipt.received)
            told += findings.alerts.map { "correlated \($0.alert.id)" }
            told += findings.incidents.map { change in
                switch change {
                case .told(let incident):
                    "\(incident.incident.id) \(incident.incident.title) \(incident.alertIDs)"
                        + " \(incident.incident.story)"
                case .merged(let from, let into): "\(from) is \(into)"
                }
            }
        }
        return told
    }

    func engine() -> LiveEngine { LiveEngine(rules: rules, options: LiveOptions(salt: "acme")) }
}

@Suite struct `The live engine` {
    let scenario: LiveScenario

    init() throws { scenario = try LiveScenario.shared.get() }

    @Test func `tells in the end what a run over the same records tells`() throws {
        var live = scenario.engine()
        var whole = DetectionEngine(rules: scenario.rules)
        var last: [String: LiveIncident] = [:]
        for place in scenario.blocks.indices {
            whole.absorb(scenario.outcome(place))
            _ = live.absorb(scenario.outcome(place), of: scenario.receipt(place))
            guard place % 5 == 0 || place == scenario.blocks.count - 1 else { continue }
            for change in live.tick(at: scenario.receipt(place).received).incidents {
                switch change {
                case .told(let incident): last[incident.incident.id] = incident
                case .merged(let from, _): last[from] = nil
                }
            }
        }
        let result = whole.finish(sources: [])
        let expected = result.incidents.map { incident in
            Set(incident.alerts.map { result.alerts[$0] }.filter { $0.others.isEmpty }.map(\.id))
        }
        #expect(expected.count == 1)
        let correlated = Set(result.alerts.filter { !$0.others.isEmpty }.map(\.id))
        let told = last.values.map { Set($0.alertIDs).subtracting(correlated) }
        // A correlation's alert may bear other records in a log that is judged as it comes.
        #expect(told.contains { $0.isSuperset(of: expected[0].subtracting(correlated)) })
        #expect(last.count == 1)
    }

    @Test(arguments: [1, 3, 7])
    func `goes on from what it wrote as if it had not stopped`(tickEvery: Int) throws {
        var uninterrupted = scenario.engine()
        let count = scenario.blocks.count
        let expected = scenario.findings(&uninterrupted, 0..<count, tickEvery: tickEvery)
        #expect(expected.count > 60)
        var random = SplitMix64(seed: 7)
        for _ in 0..<12 {
            let cut = Int(random.next() % UInt64(count))
            var first = scenario.engine()
            var told = scenario.findings(&first, 0..<cut, tickEvery: tickEvery)
            var written = StateWriter()
            first.write(to: &written)
            var state = StateReader(written.bytes)
            var second = try LiveEngine(
                from: &state, rules: scenario.rules, options: LiveOptions(salt: "acme"))
            var again = StateWriter()
            second.write(to: &again)
            #expect(again.bytes == written.bytes, "what is read is written the same")
            told += scenario.findings(&second, cut..<count, tickEvery: tickEvery)
            #expect(told == expected, "cut at \(cut)")
        }
    }

    @Test func `refuses a damaged state and never traps on it`() throws {
        var engine = scenario.engine()
        _ = scenario.findings(&engine, 0..<scenario.blocks.count, tickEvery: 4)
        var written = StateWriter()
        engine.write(to: &written)
        let options = LiveOptions(salt: "acme")
        for length in stride(from: 0, to: written.bytes.count, by: 997) {
            var state = StateReader(Array(written.bytes.prefix(length)))
            #expect(throws: StateReader.Failure.self) {
                _ = try LiveEngine(from: &state, rules: scenario.rules, options: options)
            }
        }
        var random = SplitMix64(seed: 11)
        for _ in 0..<300 {
            var bytes = written.bytes
            bytes[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 << (random.next() % 8))
            var state = StateReader(bytes)
            _ = try? LiveEngine(from: &state, rules: scenario.rules, options: options)
        }
    }

    @Test func `keeps what correlations hold when rules are replaced by the same`() throws {
        var kept = scenario.engine()
        var replaced = scenario.engine()
        let half = scenario.blocks.count / 2
        let end = scenario.blocks.count
        var expected = scenario.findings(&kept, 0..<half, tickEvery: 3)
        var told = scenario.findings(&replaced, 0..<half, tickEvery: 3)
        replaced.replace(rules: scenario.rules)
        expected += scenario.findings(&kept, half..<end, tickEvery: 3)
        told += scenario.findings(&replaced, half..<end, tickEvery: 3)
        #expect(told == expected)
    }

    @Test func `joins no suppressed alert, but tells of it`() throws {
        var engine = scenario.engine()
        engine.suppressions = [
            Suppression(
                id: "s1", ruleID: nil,
                conditions: [.init(field: "host", pattern: "WS-*")],
                expires: Timestamp(nanoseconds: .max))
        ]
        var suppressed = 0
        var joined: [String] = []
        for place in scenario.blocks.indices {
            let found = engine.absorb(scenario.outcome(place), of: scenario.receipt(place))
            for alert in found where alert.suppressedBy == "s1" {
                suppressed += 1
                #expect(alert.alert.host?.lowercased().hasPrefix("ws-") == true)
            }
        }
        for change in engine.tick(at: scenario.receipt(scenario.blocks.count).received).incidents {
            if case .told(let incident) = change { joined += incident.alertIDs }
        }
        #expect(suppressed > 10)
        #expect(engine.heldAlertCount == joined.count)
    }

    @Test func `forgets alerts beyond its limit, the oldest first`() throws {
        var options = LiveOptions(salt: "acme")
        options.alertsMax = 20
        var engine = LiveEngine(rules: scenario.rules, options: options)
        for place in scenario.blocks.indices {
            _ = engine.absorb(scenario.outcome(place), of: scenario.receipt(place))
            _ = engine.tick(at: scenario.receipt(place).received)
            #expect(engine.heldAlertCount <= 20 + 20 / 3 + 1 || place < 3)
        }
    }
}

@Suite struct `A suppression` {
    @Test(arguments: [
        ("WS-ACC-07", "ws-*", true), ("WS-ACC-07", "*07", true), ("WS-ACC-07", "ws-acc-07", true),
        ("WS-ACC-07", "acc", false), ("WS-ACC-07", "*acc*", true), ("", "*", true),
        ("", "a", false),
        ("aaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*c", false),
    ])
    func `means values by text and stars`(value: String, pattern: String, holds: Bool) {
        #expect(Suppression.matches(value, pattern) == holds)
    }
}
