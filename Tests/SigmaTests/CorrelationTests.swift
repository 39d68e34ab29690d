import Sigma
import TestKit
import Testing

@Suite struct `Sigma correlations` {
    static let base = """
        title: Base one
        id: 11111111-0000-4000-8000-000000000001
        name: one
        logsource: {product: windows}
        detection: {s: {A: x}, condition: s}
        ---
        title: Base two
        id: 11111111-0000-4000-8000-000000000002
        name: two
        logsource: {product: windows}
        detection: {s: {B: x}, condition: s}
        ---

        """
    static let one = "11111111-0000-4000-8000-000000000001"
    static let two = "11111111-0000-4000-8000-000000000002"

    /// A correlation behind the two base rules; its first line is 13, `correlation` is 15.
    static func text(_ section: String, name: String = "many") -> String {
        let lines = section.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        return base + """
            title: Correlation
            name: \(name)
            correlation:
            \(lines)
            """
    }

    @Test func `an event count with all its parts`() throws {
        let collection = load(
            Self.text(
                """
                type: event_count
                rules: [one, 11111111-0000-4000-8000-000000000002]
                group-by: [User, source]
                timespan: 15m
                aliases: {source: {one: SourceIp, two: ClientIp}}
                condition: {gte: 5, lt: 100}
                """))
        let correlation = try #require(collection.correlations.first)
        #expect(collection.problems.isEmpty)
        #expect(correlation.kind == .eventCount)
        #expect(correlation.rules == [Self.one, Self.two])
        #expect(correlation.groupBy == ["User", "source"])
        #expect(correlation.timespanSeconds == 900)
        #expect(correlation.aliases == ["source": [Self.one: "SourceIp", Self.two: "ClientIp"]])
        #expect(correlation.conditions.map(\.comparison) == [.greaterOrEqual, .less])
        #expect(correlation.conditions.map(\.value) == [5, 100])
        #expect(correlation.emitsAlerts)
        #expect(collection.rules.map(\.emitsAlerts) == [false, false])
    }

    @Test(arguments: [("generate: true", true), ("generate: false", false)])
    func `what is referred to makes alerts only when asked`(line: String, emits: Bool) {
        let section = "type: event_count\nrules: [one]\ntimespan: 1h\ncondition: {gt: 1}\n"
        let within = load(Self.text(section + line))
        #expect(within.rules.map(\.emitsAlerts) == [emits, true])
        let beside = load(Self.text(section) + "\n" + line)
        #expect(beside.rules.map(\.emitsAlerts) == [emits, true])
    }

    @Test(arguments: [
        ("1s", 1), ("90m", 5400), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600),
        ("1M", 2_629_746), ("1y", 31_556_952),
    ])
    func `timespans in every unit`(text: String, seconds: Int) {
        let collection = load(
            Self.text("type: temporal\nrules: [one, two]\ntimespan: \(text)"))
        #expect(collection.correlations.first?.timespanSeconds == seconds)
    }

    @Test(arguments: [
        "0s", "5", "m", "-5m", "1.5h", "5 m", "5H", "99999999999999999y", "''", "[5m]",
    ])
    func `a timespan that is none is refused`(text: String) {
        let collection = load(
            Self.text("type: temporal\nrules: [one, two]\ntimespan: \(text)"))
        #expect(refusals(collection) == ["18:15 correlation"])
    }

    @Test(arguments: [
        ("value_count", "field: User\n    gte: 3", ["User"]),
        ("value_count", "field: [User, Host]\n    neq: 3", ["User", "Host"]),
        ("value_sum", "field: Bytes\n    gt: 1.5", ["Bytes"]),
        ("value_avg", "field: Bytes\n    eq: -2", ["Bytes"]),
        ("value_median", "field: Bytes\n    lte: '7'", ["Bytes"]),
        ("value_percentile", "field: Bytes\n    lte: 1\n    percentile: 95", ["Bytes"]),
    ])
    func `metrics name their field`(type: String, condition: String, fields: [String]) throws {
        let collection = load(
            Self.text(
                "type: \(type)\nrules: one\ngroup-by: Host\ntimespan: 1d\ncondition:\n    \(condition)"
            ))
        let correlation = try #require(collection.correlations.first, "\(collection.problems)")
        #expect(correlation.kind.rawValue == type)
        #expect(correlation.fields == fields)
        #expect(correlation.groupBy == ["Host"])
        #expect(correlation.percentile == (type == "value_percentile" ? 95 : nil))
    }

    @Test func `temporal kinds need no condition, or take one in words or numbers`() throws {
        let plain = load(Self.text("type: temporal_ordered\nrules: [two, one]\ntimespan: 1h"))
        #expect(plain.correlations.first?.rules == [Self.two, Self.one])
        #expect(plain.correlations.first?.conditions.isEmpty == true)
        let words = load(
            Self.text(
                "type: temporal\nrules: [one, two]\ntimespan: 1h\ncondition: one and not two"))
        #expect(
            words.correlations.first?.ruleCondition
                == .all([.rule(Self.one), .not(.rule(Self.two))]))
        let implied = load(
            Self.text("type: temporal\ntimespan: 1h\ncondition: (one or two) and one"))
        #expect(implied.correlations.first?.rules == [Self.one, Self.two])
        let counted = load(
            Self.text("type: temporal\nrules: [one, two]\ntimespan: 1h\ncondition: {gte: 1}"))
        #expect(counted.correlations.first?.conditions.count == 1)
    }

    @Test func `correlations of correlations come after what they refer to`() {
        let text = """
            title: Outer
            name: outer
            correlation:
                type: temporal_ordered
                rules: [inner, two]
                timespan: 1h
            ---
            title: Inner
            name: inner
            correlation:
                type: event_count
                rules: [one]
                timespan: 10m
                condition: {gte: 10}
            ---

            """ + Self.base
        let collection = load(text)
        #expect(collection.correlations.map(\.metadata.title) == ["Inner", "Outer"])
        #expect(collection.correlations.map(\.emitsAlerts) == [false, true])
        #expect(
            collection.correlations.last?.rules
                == [collection.correlations[0].metadata.id, Self.two])
    }

    @Test func `a circle, itself, a missing rule and a refused rule are told`() {
        func correlation(_ name: String, _ rules: String) -> String {
            """
            ---
            title: \(name)
            name: \(name)
            correlation: {type: temporal, rules: [\(rules)], timespan: 1h}

            """
        }
        let text =
            Self.base.replacing("A: x", with: "A|nope: x")
            + correlation("p", "q, two") + correlation("q", "p") + correlation("self", "self")
            + correlation("lost", "nowhere, two") + correlation("hit", "one")
            + correlation("after", "hit")
            + correlation("fine", "two")
        let collection = load(text)
        #expect(collection.correlations.map(\.metadata.title) == ["fine"])
        let reasons = collection.problems.map { "\($0.reason.rawValue)" }
        #expect(
            reasons == [
                "unknown-modifier", "unknown-rule", "unknown-rule", "unknown-rule", "correlation",
                "correlation", "correlation",
            ])
    }

    @Test func `a chain has a stated depth`() {
        var text = Self.base
        for level in 0...SigmaLimits.correlationChainMax {
            text += """
                ---
                title: L\(level)
                name: L\(level)
                correlation: {type: temporal, rules: [\(level == 0 ? "one" : "L\(level - 1)")], timespan: 1h}

                """
        }
        let collection = load(text)
        #expect(collection.correlations.count == SigmaLimits.correlationChainMax)
        #expect(collection.problems.map(\.reason) == [.limit])
    }

    @Test func `the order of the documents makes no difference to what is resolved`() {
        func text(_ levels: [Int]) -> String {
            Self.base
                + levels.map { level in
                    """
                    ---
                    title: L\(level)
                    name: L\(level)
                    correlation: {type: temporal, rules: [\(level == 0 ? "one" : "L\(level - 1)"), two], timespan: 1h}

                    """
                }.joined()
        }
        let forward = load(text(Array(0..<20))).correlations.map(\.metadata.title)
        let backward = load(text((0..<20).reversed())).correlations.map(\.metadata.title)
        #expect(forward.count == 20 && forward == backward)
    }

    static let refused: [(String, String)] = [
        ("type: event_count\nrules: [one]\ntimespan: 1h", "16:5 missing-field"),
        ("rules: [one]\ntimespan: 1h\ncondition: {gt: 1}", "16:5 missing-field"),
        ("type: nonsense\nrules: [one]\ntimespan: 1h\ncondition: {gt: 1}", "16:11 correlation"),
        ("type: event_count\ntimespan: 1h\ncondition: {gt: 1}", "16:5 missing-field"),
        ("type: event_count\nrules: [one]\ncondition: {gt: 1}", "16:5 missing-field"),
        (
            "type: event_count\nrules: [one]\ntimespan: 1h\ncondition: {more: 1}",
            "19:17 correlation"
        ),
        (
            "type: event_count\nrules: [one]\ntimespan: 1h\ncondition: {gt: many}",
            "19:21 correlation"
        ),
        ("type: event_count\nrules: [one]\ntimespan: 1h\ncondition: one", "19:16 correlation"),
        (
            "type: value_count\nrules: [one]\ntimespan: 1h\ncondition: {gt: 1}",
            "19:16 missing-field"
        ),
        (
            "type: value_sum\nrules: [one]\ntimespan: 1h\ncondition: {gt: 1, field: [a, b]}",
            "19:16 correlation"
        ),
        ("type: temporal\nrules: [one]\ntimespan: 1h\ncondition: one and two", "19:24 correlation"),
        ("type: temporal\nrules: [one, two]\ntimespan: 1h\ncondition: one", "17:18 correlation"),
        ("type: temporal\nrules: [one]\ntimespan: 1h\ncondition: 1 of them", "19:16 correlation"),
        ("type: temporal\nrules: [one]\ntimespan: 1h\ngenerate: maybe", "19:15 wrong-type"),
        ("type: temporal\nrules: [one]\ntimespan: 1h\naliases: [a]", "19:14 wrong-type"),
        ("type: temporal\nrules: [{a: b}, one]\ntimespan: 1h", "17:13 wrong-type"),
        ("type: temporal\nrules: [one]\ntimespan: 1h\ngroup-by: {a: b}", "19:15 wrong-type"),
    ]

    @Test(arguments: refused)
    func `what is wrong is refused at its place`(section: String, expected: String) {
        let collection = load(Self.text(section))
        #expect(collection.correlations.isEmpty)
        #expect(refusals(collection).first == expected, "\(collection.problems.map(\.message))")
    }

    @Test func `a name counts in its own file first`() {
        var loader = RuleLoader()
        loader.add(path: "a.yml", text: Self.base)
        loader.add(
            path: "b.yml",
            text: Self.text("type: temporal\nrules: [one]\ntimespan: 1h")
                .replacing("11111111", with: "22222222"))
        let correlation = loader.finish().correlations.first
        #expect(correlation?.rules.first?.hasPrefix("22222222") == true)
    }
}

@Suite struct `Sigma filters` {
    static let rule = """
        title: Base
        id: 11111111-0000-4000-8000-000000000001
        name: one
        logsource: {product: windows, category: process_creation}
        detection: {s: {A: x}, condition: s}
        ---

        """

    static func filter(_ rules: String, _ logsource: String, _ condition: String = "not sel")
        -> String
    {
        """
        title: Filter
        logsource: {\(logsource)}
        filter:
            rules: \(rules)
            sel: {User|startswith: adm_}
            condition: \(condition)
        """
    }

    @Test(arguments: ["[one]", "[11111111-0000-4000-8000-000000000001]", "one", "any", "[]", "Any"])
    func `a filter is joined to the rules it names`(rules: String) {
        let text = Self.rule + Self.filter(rules, "product: windows")
        #expect(matches(text, [("A", "x"), ("User", "bob")]) == true)
        #expect(matches(text, [("A", "x"), ("User", "adm_bob")]) == false)
        #expect(load(text).filterCount == 1)
    }

    @Test func `a filter may stand in another file, before the rule`() {
        var loader = RuleLoader()
        loader.add(path: "f.yml", text: Self.filter("[one]", "product: windows"))
        loader.add(path: "r.yml", text: Self.rule)
        let plain = load(Self.rule).rules[0]
        let filtered = loader.finish().rules[0]
        #expect(filtered.condition != plain.condition)
        #expect(filtered.metadata.revision != plain.metadata.revision)
    }

    @Test func `many filters stand side by side and within the limit of a rule`() {
        let one = Self.filter("any", "product: windows")
        let many = Self.rule + Array(repeating: one, count: 3000).joined(separator: "\n---\n")
        #expect(load(many).problems.contains { $0.reason == .duplicateId } == false)
        guard case .all(let parts)? = load(many).rules.first?.condition else {
            Issue.record("expected a conjunction")
            return
        }
        #expect(parts.count == 3001)
        let values = (0..<20_000).map { "v\($0)" }.joined(separator: ",")
        let wide = one.replacing("adm_", with: "[\(values)]")
        let heavy = load(Self.rule + Array(repeating: wide, count: 4).joined(separator: "\n---\n"))
        #expect(heavy.problems.map(\.reason) == [.filter])
    }

    @Test(arguments: ["product: linux", "product: windows, category: network", "service: x"])
    func `log sources must agree`(logsource: String) {
        let named = load(Self.rule + Self.filter("[one]", logsource))
        #expect(named.rules[0].condition == load(Self.rule).rules[0].condition)
        #expect(named.problems.map(\.reason) == [.filter])
        #expect(named.problems.first?.location.line == 10)
        let any = load(Self.rule + Self.filter("any", logsource))
        #expect(any.rules[0].condition == load(Self.rule).rules[0].condition)
        #expect(any.problems.isEmpty)
    }

    @Test
    func `a rule that is not there, and a filter that keeps instead of leaving out, are told`() {
        let missing = load(Self.rule + Self.filter("[one, two]", "product: windows"))
        #expect(missing.problems.map(\.severity) == [.warning])
        let positive = load(Self.rule + Self.filter("[one]", "product: windows", "sel"))
        #expect(positive.problems.map(\.reason) == [.filter])
        #expect(
            matches(
                Self.rule + Self.filter("[one]", "product: windows", "sel"),
                [("A", "x"), ("User", "bob")]) == false)
    }

    @Test(arguments: [
        ("title: F\nlogsource: {product: a}\nfilter: x", "3:9 wrong-type"),
        (
            "title: F\nlogsource: {product: a}\nfilter: {s: {A: b}, condition: s}",
            "3:9 missing-field"
        ),
        ("title: F\nlogsource: {product: a}\nfilter: {rules: any, s: {A: b}}", "3:9 missing-field"),
        ("title: F\nfilter: {rules: any, s: {A: b}, condition: s}", "1:1 missing-field"),
        (
            "title: F\nlogsource: {product: a}\nfilter: {rules: {a: b}, s: {A: b}, condition: s}",
            "3:17 wrong-type"
        ),
        (
            "title: F\nlogsource: {product: a}\nfilter: {rules: any, s: {A: b}, condition: t}",
            "3:44 unknown-selection"
        ),
    ])
    func `a filter that cannot be read is refused at its place`(text: String, expected: String) {
        let collection = load(text)
        #expect(collection.filterCount == 0)
        #expect(refusals(collection) == [expected], "\(collection.problems.map(\.message))")
    }
}
