import Sigma
import TestKit
import Testing

@testable import Engine

@Suite struct `Damaged snapshots` {
    @Test(arguments: 0..<8)
    func `are refused, or answer as before`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (bytes, events) = try SnapshotKit.sample(
            seed: seed, classFields: ["A"], rules: 12, events: 12)
        let whole = try RuleSet(snapshot: SnapshotSource(bytes), key: SnapshotKit.key)
        let expected = SnapshotKit.fired(whole, events)
        for _ in 0..<60 {
            let damaged = Self.damage(bytes, &random)
            guard let set = try? RuleSet(snapshot: SnapshotSource(damaged), key: SnapshotKit.key)
            else { continue }
            // What the checksums of core and directory let pass can only have damaged programs,
            // which are compiled anew.
            #expect(SnapshotKit.fired(set, events) == expected)
        }
    }

    @Test func `are refused when cut anywhere`() throws {
        let (bytes, _) = try SnapshotKit.sample(
            seed: 2, classFields: [], rules: 3, events: 3)
        for count in stride(from: 0, to: bytes.count, by: 37) {
            let cut = SnapshotSource(Array(bytes[..<count]))
            #expect(throws: SnapshotFailure.self) {
                try RuleSet(snapshot: cut, key: SnapshotKit.key)
            }
        }
    }

    /// Somebody who can write the file can make its checksums fit, too.
    @Test(arguments: 0..<12)
    func `with right checksums stay within bounds`(seed: UInt64) throws {
        var random = SplitMix64(seed: 1000 + seed)
        let (bytes, events) = try SnapshotKit.sample(
            seed: seed, classFields: seed % 2 == 0 ? [] : ["Image", "B"], rules: 12, events: 12)
        var loaded = 0
        for round in 0..<60 {
            let forged = try SnapshotKit.resealed(
                bytes,
                core: { round % 3 == 0 ? Self.damage($0, &random) : $0 },
                program: { round % 3 == 0 ? $0 : Self.damage($0, &random, from: $0.count / 8) })
            guard let set = try? RuleSet(snapshot: SnapshotSource(forged), key: SnapshotKit.key),
                !set.sources.isEmpty
            else { continue }
            loaded += 1
            var engine = SingleEventEngine(set)
            for event in events {
                for index in engine.fired(event) {
                    #expect(index < set.ruleCount)
                    _ = engine.explains(index)
                }
            }
        }
        #expect(loaded > 0, "damage to programs leaves a set that compiles them anew")
    }

    /// A column of a table, and a value that leads out of bounds there.
    struct Column: CustomTestStringConvertible {
        var table: ImageTable
        var place: Int
        var isByte = false
        var name: String
        var testDescription: String { name }
    }

    static let columns = [
        Column(table: .plans, place: RowPlaces.planField, name: "a plan's field"),
        Column(table: .plans, place: RowPlaces.planHasExact, isByte: true, name: "a plan's flag"),
        Column(table: .rules, place: RowPlaces.ruleRule, name: "a rule's number"),
        Column(table: .rules, place: RowPlaces.ruleEntry, name: "a rule's entry"),
        Column(table: .atoms, place: RowPlaces.atomKind, isByte: true, name: "an atom's kind"),
        Column(table: .atoms, place: RowPlaces.atomLiteralStart, name: "an atom's literal"),
        Column(table: .atoms, place: RowPlaces.atomLiteralCount, name: "a literal's length"),
        Column(table: .atoms, place: RowPlaces.atomTriggerStart, name: "an atom's triggers"),
        Column(table: .atoms, place: RowPlaces.atomTriggerCount, name: "the count of triggers"),
        Column(table: .code, place: RowPlaces.opAtom, name: "a jump's atom"),
        Column(table: .code, place: RowPlaces.opIfTrue, name: "a jump's target"),
        Column(table: .code, place: RowPlaces.opIfFalse, name: "a jump's other target"),
        Column(table: .triggers, place: 0, name: "a trigger's rule"),
        Column(table: .entries, place: RowPlaces.entryAtom, name: "an entry's atom"),
        Column(table: .entries, place: RowPlaces.entryLiteralStart, name: "an entry's literal"),
        Column(table: .searches, place: RowPlaces.searchField, name: "a search's field"),
        Column(table: .searches, place: RowPlaces.searchPlan, name: "a search's plan"),
        Column(table: .keywordNibbles, place: RowPlaces.sweepShift, name: "the keywords' hash"),
        Column(table: .keywordBuckets, place: 4, name: "where a bucket starts"),
        Column(table: .tests, place: RowPlaces.testKind, isByte: true, name: "a test's kind"),
        Column(table: .tests, place: RowPlaces.testField, name: "a test's field"),
        Column(table: .tests, place: RowPlaces.testCodeStart, name: "a glob"),
        Column(table: .tests, place: RowPlaces.testComparison, isByte: true, name: "a comparison"),
    ]

    @Test(arguments: columns)
    func `are refused for one column that leads astray`(column: Column) throws {
        var generator = RuleGenerator(seed: 11)
        let set = try SnapshotKit.set(
            SnapshotKit.collection(&generator, count: 60), classFields: [])
        let image = set.program(for: ClassKey(source: 0, values: [], isSeveral: false)).image
        let limits = ImageCheck.Limits(
            ruleCount: set.ruleCount, nameCount: set.names.count,
            regexCount: set.regexes.shelf.count)
        _ = try ProgramImage(image.header, bytes: image.bytes, within: limits)
        var bytes = image.bytes
        let at = Int(image.header.starts[column.table.rawValue]) + column.place
        for offset in 0..<(column.isByte ? 1 : 4) { bytes[at + offset] = 0xF0 }
        #expect(throws: PackedFailure.invalid) {
            try ProgramImage(image.header, bytes: bytes, within: limits)
        }
    }

    @Test func `are refused for hash tables without an empty slot`() throws {
        var generator = RuleGenerator(seed: 11)
        let set = try SnapshotKit.set(
            SnapshotKit.collection(&generator, count: 60), classFields: [])
        let image = set.program(for: ClassKey(source: 0, values: [], isSeveral: false)).image
        var bytes = image.bytes
        // Every slot names one entry: a search for what is not there would never end.
        let end = Int(image.header.starts[0])
        for at in stride(from: 0, to: end - 3, by: 4) {
            bytes.replaceSubrange(at..<at + 4, with: [1, 0, 0, 0])
        }
        #expect(throws: PackedFailure.invalid) {
            try ProgramImage(
                image.header, bytes: bytes,
                within: .init(
                    ruleCount: set.ruleCount, nameCount: set.names.count,
                    regexCount: set.regexes.shelf.count))
        }
    }

    /// Some bytes changed, a run doubled, or a part taken out.
    static func damage(
        _ bytes: [UInt8], _ random: inout SplitMix64, from start: Int = 0
    ) -> [UInt8] {
        guard bytes.count > start + 16 else { return bytes }
        var bytes = bytes
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let at = Int.random(in: start..<bytes.count - 8, using: &random)
            bytes.removeSubrange(at..<at + Int.random(in: 1...8, using: &random))
        case 1:
            let at = Int.random(in: start..<bytes.count - 8, using: &random)
            bytes.insert(contentsOf: bytes[at..<at + 8], at: at)
        default:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: start..<bytes.count, using: &random)
                bytes[at] =
                    Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : bytes[at] ^ 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }
}
