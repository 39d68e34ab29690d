import Sigma
import TestKit
import Testing

@testable import Engine

@Suite struct `Fast and plain evaluation` {
    /// A source without classes, and one whose classes decide two of the fields.
    static let classFields: [[String]] = [[], ["A"], ["Image", "B"]]

    @Test(arguments: classFields, 0..<40)
    func `give the same answer to generated rules and events`(
        fields: [String], seed: Int
    ) throws {
        var generator = RuleGenerator(seed: UInt64(seed))
        var collection = RuleCollection()
        for number in 0..<60 { collection.rules.append(generator.rule(number: number)) }
        let set = RuleSet(collection, mappings: [try Self.mapping(fields)])
        var engine = SingleEventEngine(set)
        let plain = PlainEvaluator()
        for _ in 0..<60 {
            let event = generator.event()
            let fired = engine.fired(event)
            let expected = collection.rules.indices.filter {
                plain.matches(collection.rules[$0], event)
            }
            #expect(fired == expected, "\(event)")
            for index in fired {
                let explains = engine.explains(index)
                #expect(explains, "rule \(index) explains \(event)")
            }
        }
    }

    static func mapping(_ classFields: [String]) throws -> Mapping {
        try MappingReader.read(
            path: "test.yml",
            text: """
                source: generic
                class_by: [\(classFields.joined(separator: ", "))]
                logsources:
                  - product: test
                """)
    }
}

/// The matcher over events made in memory.
struct SingleEventEngine: ~Copyable {
    private let rules: RuleSet
    private var event: EventBuffer
    private var matcher: Matcher
    private var directory: ClassDirectory
    private var explanation: Explanation

    init(_ rules: RuleSet) {
        self.rules = rules
        event = EventBuffer(names: rules.names, paths: rules.paths)
        matcher = Matcher(rules.regexes)
        directory = ClassDirectory(rules)
        explanation = Explanation(rules.regexes)
    }

    /// Indexes of the rules that fire, ascending.
    mutating func fired(_ plain: PlainEvent) -> [Int] {
        let line = plain.rawLine ?? []
        event.begin(source: line.span)
        if plain.rawLine != nil {
            event.rawRange = 0..<line.count
            // A record is never empty in truth; the plain evaluator asks an empty line all the same.
            if line.isEmpty { event.append(FieldNames.overflow, line.span) }
            event.appendRawLine()
        }
        for field in plain.fields {
            let name = event.names.intern(field.name)
            if let value = field.value {
                event.append(name, value.span)
            } else {
                event.appendNull(name)
            }
        }
        let program = directory.program(for: event, source: 0)
        return withExtendedLifetime(line) {
            matcher.match(event, program.pointee)
            return matcher.fired.map { Int(program.pointee.program.ruleIndex($0)) }
        }
    }

    /// Whether the rule's explanation of the event at hand agrees that it fired.
    mutating func explains(_ index: Int) -> Bool {
        explanation.explain(
            rules.rule(index).condition, renames: [:], event: event, folded: &matcher.folded,
            pool: &matcher.regexes)
    }
}
