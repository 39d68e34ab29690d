import Sigma
import TestKit
import Testing

@testable import Engine

/// Text found by its four rarest bytes at every Nth place, by fragments of whole records, or singly.
@Suite struct `Search for contained text` {
    /// The shortest pattern decides how far apart places are looked at: 1 to 8 bytes.
    @Test(arguments: 4...13, [UInt64(1), 2, 3])
    func `finds patterns of any length wherever they stand`(shortest: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed << 8 | UInt64(shortest))
        let literals = (0..<40).map { _ in
            text(Int.random(in: shortest...shortest + 12, using: &random), &random)
        }
        var collection = RuleCollection()
        for (number, literal) in literals.enumerated() {
            collection.rules.append(rule(number, field: number % 2 == 0 ? "A" : nil, literal))
        }
        let set = RuleSet(
            collection, mappings: [try `Fast and plain evaluation`.mapping([])])
        var engine = SingleEventEngine(set)
        let plain = PlainEvaluator()
        var fired = 0
        for round in 0..<120 {
            var value = text(Int.random(in: 0...90, using: &random), &random)
            if round % 4 != 0 {
                let literal = literals[Int.random(in: 0..<literals.count, using: &random)]
                let place = Int.random(in: 0...value.count, using: &random)
                value.insert(contentsOf: round % 3 == 0 ? literal.map(upper) : literal, at: place)
            }
            let event = PlainEvent(fields: [.init(name: "A", value: value)], rawLine: value)
            let found = engine.fired(event)
            #expect(
                found
                    == collection.rules.indices.filter {
                        plain.matches(collection.rules[$0], event)
                    })
            fired += found.count
        }
        #expect(fired > 60)
    }

    /// More places of one value deserve a look than are kept at a time.
    @Test func `goes through a value of any size`() throws {
        var collection = RuleCollection()
        collection.rules.append(rule(0, field: "A", Array("aaaab".utf8)))
        collection.rules.append(rule(1, field: "A", Array("aaaac".utf8)))
        let set = RuleSet(
            collection, mappings: [try `Fast and plain evaluation`.mapping([])])
        var engine = SingleEventEngine(set)
        for count in [4094, 4095, 4096, 4097, 8191, 8192, 8193, 20_000] {
            let value = [UInt8](repeating: UInt8(ascii: "a"), count: count) + [UInt8(ascii: "b")]
            #expect(engine.fired(PlainEvent(fields: [.init(name: "A", value: value)])) == [0])
        }
    }

    @Test(arguments: 0..<20)
    func `for one pattern finds the first place`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let needles: [StaticString] = ["", "a", "ab", "aab", "abab", "aaaaaaab", "abaababaabaab"]
        for _ in 0..<200 {
            let count = Int.random(in: 0...100, using: &random)
            // Almost always the same letter, so that first and last bytes fit again and again.
            let bytes = (0..<count).map { _ in
                UInt8(ascii: Int.random(in: 0..<5, using: &random) == 0 ? "b" : "a")
            }
            for needle in needles where count > 0 {
                let wanted = (0...count).first { place in
                    bytes.span.has(needle, at: place, before: count)
                }
                #expect(bytes.span.position(of: needle, in: 0..<count) == wanted)
            }
        }
    }

    private func rule(_ number: Int, field: String?, _ literal: [UInt8]) -> Rule {
        let pattern = TextPattern(pieces: [.anyRun, .literal(literal), .anyRun], cased: false)
        return Rule(
            metadata: RuleMetadata(
                id: "00000000-0000-4000-8000-00000000\(1000 + number)", title: "\(number)",
                level: .medium, source: SourceLocation(path: "made")),
            logsource: Logsource(product: "test"),
            condition: .test(
                Predicate(field: field, test: .text(pattern), selection: "selection")))
    }

    /// Few letters, so that parts of patterns stand everywhere.
    private func text(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        (0..<count).map { _ in "ab:.".utf8.randomElement(using: &random) ?? 0 }
    }

    private func upper(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }
}
