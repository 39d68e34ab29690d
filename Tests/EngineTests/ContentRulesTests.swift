import Collect
import Engine
import Foundation
import Sigma
import Testing

@Suite struct `The rules that come with the program` {
    private let kit: ContentKit
    private let correlations: Set<String>

    init() throws {
        kit = try ContentKit.shared.get()
        correlations = Set(kit.collection.correlations.map(\.metadata.id))
    }

    @Test func `load without a problem`() {
        let refused = kit.collection.problems.filter { $0.severity == .refused }
        #expect(refused.map { "\($0.location): \($0.message)" } == [])
        #expect(kit.collection.rules.count + kit.collection.correlations.count >= 120)
    }

    @Test func `can all be fed by a mapping`() {
        for rule in kit.collection.rules {
            #expect(kit.rules.canBeFed(rule.logsource), "\(rule.metadata.title)")
        }
    }

    @Test func `each has events that must fire it and events that must not`() throws {
        let proofs = try ContentKit.proofs()
        let rules = Set(RuleFolder.files(at: ContentKit.folder + "/rules").files.map(\.path))
        let expected = Set(
            proofs.map { $0.path.replacing("/rule-events/", with: "/rules/") })
        #expect(rules.subtracting(expected) == [])
        #expect(expected.subtracting(rules) == [])
        let known = Set(kit.collection.rules.map(\.metadata.id)).union(correlations)
        for proof in proofs {
            #expect(known.contains(proof.rule), "\(proof.path)")
            #expect(!proof.positive.isEmpty, "\(proof.path)")
            #expect(!proof.negative.isEmpty, "\(proof.path)")
        }
    }

    @Test func `each fires on its positive events and not on its negative ones`() throws {
        for proof in try ContentKit.proofs() where !correlations.contains(proof.rule) {
            check(proof)
        }
    }

    @Test func `each correlation fires on its positive events and not on its negative ones`() throws
    {
        for proof in try ContentKit.proofs() where correlations.contains(proof.rule) {
            check(proof)
        }
    }

    private func check(_ proof: ContentKit.Proof) {
        for (index, events) in proof.positive.enumerated() {
            #expect(
                kit.fired(events).contains(proof.rule),
                "\(proof.path): positive case \(index + 1) does not fire")
        }
        for (index, events) in proof.negative.enumerated() {
            #expect(
                !kit.fired(events).contains(proof.rule),
                "\(proof.path): negative case \(index + 1) fires")
        }
    }
}
