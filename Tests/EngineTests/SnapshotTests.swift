import Sigma
import TestKit
import Testing

@testable import Engine

@Suite struct `Snapshots of compiled rules` {
    static let classFields: [[String]] = [[], ["A"], ["Image", "B"]]

    @Test(arguments: classFields, 0..<12)
    func `give the same answers as the rules they were made from`(
        fields: [String], seed: UInt64
    ) throws {
        var generator = RuleGenerator(seed: seed)
        let set = try SnapshotKit.set(
            SnapshotKit.collection(&generator), classFields: fields)
        let met = (0..<40).map { _ in generator.event() }
        let expected = SnapshotKit.fired(set, met)
        let bytes = try SnapshotKit.bytes(of: set)
        let copy = try RuleSet(snapshot: SnapshotSource(bytes), key: SnapshotKit.key)
        #expect(SnapshotKit.fired(copy, met) == expected)
        #expect(copy.newlyCompiledClasses == 0, "every class that was met is in the snapshot")
        let later = (0..<40).map { _ in generator.event() }
        #expect(SnapshotKit.fired(copy, later) == SnapshotKit.fired(set, later))
        #expect(copy.newlyCompiledClasses == set.newlyCompiledClasses - copy.storedClasses)
        var engine = SingleEventEngine(copy)
        for event in later {
            for index in engine.fired(event) {
                let explains = engine.explains(index)
                #expect(explains, "rule \(index) explains \(event)")
            }
        }
    }

    @Test(arguments: classFields)
    func `hold all there is to know about the rules`(fields: [String]) throws {
        var generator = RuleGenerator(seed: 7)
        var collection = SnapshotKit.collection(&generator)
        collection.rules[0].metadata = Self.fullMetadata
        collection.rules[1].emitsAlerts = false
        collection.rules[2].logsource = Logsource(product: "test", category: "c", service: "s")
        collection.correlations = [Self.correlation]
        for reason in [RuleProblem.Reason.yaml, .regex, .regex] {
            collection.problems.append(
                RuleProblem(reason: reason, location: SourceLocation(path: "p"), message: "m"))
        }
        let set = try SnapshotKit.set(collection, classFields: fields)
        let copy = try RuleSet(
            snapshot: SnapshotSource(try SnapshotKit.bytes(of: set)), key: SnapshotKit.key)
        #expect(copy.rules.map(\.condition) == collection.rules.map(\.condition))
        #expect(copy.rule(3).condition == collection.rules[3].condition)
        #expect("\(copy.metadata)" == "\(set.metadata)")
        #expect(copy.rules.map(\.emitsAlerts) == collection.rules.map(\.emitsAlerts))
        #expect(copy.rules.map(\.logsource) == collection.rules.map(\.logsource))
        // Text stands for equality; one alias in one correlation has one order.
        #expect("\(copy.correlations)" == "\(set.correlations)")
        #expect(copy.refusedByReason == ["yaml": 1, "regex": 2])
        #expect(
            (0..<set.names.count).allSatisfy {
                let id = FieldID(rawValue: UInt32($0))
                return set.names.name(id) == copy.names.name(id)
            })
        #expect(copy.names.sharedCount == set.names.sharedCount)
        #expect(copy.sources.map(\.knownValues) == set.sources.map(\.knownValues))
    }

    @Test(arguments: classFields)
    func `are the same bytes when written again`(fields: [String]) throws {
        let (bytes, events) = try SnapshotKit.sample(seed: 3, classFields: fields)
        let copy = try RuleSet(snapshot: SnapshotSource(bytes), key: SnapshotKit.key)
        #expect(try SnapshotKit.bytes(of: copy) == bytes, "nothing was asked of it yet")
        _ = SnapshotKit.fired(copy, events)
        let again = try RuleSet(
            snapshot: SnapshotSource(try SnapshotKit.bytes(of: copy)), key: SnapshotKit.key)
        #expect(SnapshotKit.fired(again, events) == SnapshotKit.fired(copy, events))
        #expect(again.newlyCompiledClasses == 0)
    }

    @Test func `of classes compiled ahead need no compiling later`() throws {
        var generator = RuleGenerator(seed: 5)
        let set = RuleSet(
            SnapshotKit.collection(&generator),
            mappings: [
                try MappingReader.read(
                    path: "test.yml",
                    text: """
                        source: generic
                        class_by: [A]
                        logsources:
                          - product: test
                            when: { A: [one, two] }
                          - product: test
                            service: all
                        """)
            ])
        let count = set.compileNamedClasses()
        #expect(count >= 3)
        let copy = try RuleSet(
            snapshot: SnapshotSource(try SnapshotKit.bytes(of: set)), key: SnapshotKit.key)
        _ = SnapshotKit.fired(
            copy,
            ["one", "TWO", "never heard of"].map {
                PlainEvent(fields: [.init(name: "A", value: Array($0.utf8))], rawLine: nil)
            })
        #expect(copy.newlyCompiledClasses == 0)
        #expect(copy.compiledClasses == 3)
    }

    @Test func `of other content, or none, are refused`() throws {
        let (bytes, _) = try SnapshotKit.sample(seed: 1, classFields: [], rules: 5)
        #expect(throws: SnapshotFailure.otherContent) {
            try RuleSet(snapshot: SnapshotSource(bytes), key: SnapshotKey(high: 1, low: 3))
        }
        #expect(throws: SnapshotFailure.notASnapshot) {
            try RuleSet(snapshot: SnapshotSource([]), key: SnapshotKit.key)
        }
        #expect(throws: SnapshotFailure.notASnapshot) {
            try RuleSet(
                snapshot: SnapshotSource([UInt8](repeating: 0, count: 500)), key: SnapshotKit.key)
        }
        let mute = SnapshotSource(byteCount: bytes.count) { _ in nil }
        #expect(throws: SnapshotFailure.unreadable) {
            try RuleSet(snapshot: mute, key: SnapshotKit.key)
        }
    }

    @Test func `are not written of conditions deeper than 512`() throws {
        var condition = Expression.test(Predicate(field: "A", test: .isNull, selection: "s"))
        for _ in 0..<PackedReader.depthMax { condition = .all([condition]) }
        var collection = RuleCollection()
        collection.rules = [
            Rule(
                metadata: Self.fullMetadata, logsource: Logsource(product: "test"),
                condition: condition)
        ]
        let set = try SnapshotKit.set(collection, classFields: [])
        #expect(throws: SnapshotFailure.unfit) { try SnapshotKit.bytes(of: set) }
    }

    static let fullMetadata = RuleMetadata(
        id: "11111111-2222-4333-8444-555555555555", name: "name", title: "Title ß",
        level: .critical,
        status: "stable", author: "author", license: "DRL", description: "text",
        tags: ["attack.t1059", "attack.execution"], references: ["https://example.org"],
        falsePositives: ["none"], fields: ["A", "B"],
        source: SourceLocation(path: "a/b.yml", line: 3, column: 5), revision: .max)

    static let correlation = Correlation(
        metadata: fullMetadata, kind: .valuePercentile, rules: ["a", "b"], groupBy: ["A", "x"],
        aliases: ["x": ["a": "Image"]], timespanSeconds: 300,
        conditions: [(.greaterOrEqual, 5), (.less, 10.5)],
        ruleCondition: .all([.rule("a"), .any([.not(.rule("b"))])]), fields: ["Late"],
        percentile: 95, emitsAlerts: false)
}
