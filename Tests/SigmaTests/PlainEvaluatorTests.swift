import Sigma
import TestKit
import Testing

@Suite struct `Plain evaluator` {
    private func passes(_ test: Sigma.Test, _ fields: [(name: String, value: String?)]) -> Bool {
        PlainEvaluator().matches(
            .test(Predicate(field: "F", test: test, selection: "s")), PlainEvent(fields))
    }

    @Test func `one question mark is one scalar, or one byte of what is none`() {
        let pattern = TextPattern(pieces: [.anyOne], cased: true)
        let evaluator = PlainEvaluator()
        let expression = Expression.test(
            Predicate(field: "F", test: .text(pattern), selection: "s"))
        let cases: [([UInt8], Bool)] = [
            ([0x61], true), ([0xC3, 0xA4], true), ([0xF0, 0x9F, 0x98, 0x80], true), ([0xFF], true),
            ([0xC3], true), ([0xC3, 0x28], false), ([0xED, 0xA0, 0x80], false), ([], false),
            ([0x61, 0xCC, 0x88], false),
        ]
        for (bytes, expected) in cases {
            let event = PlainEvent(fields: [.init(name: "F", value: bytes)])
            #expect(evaluator.matches(expression, event) == expected, "\(bytes)")
        }
    }

    @Test(arguments: [
        ("1", 1.0), ("-1.5e2", -150), ("+.5", 0.5), ("1.", 1), ("0x10", 16), ("0XfF", 255),
        ("007", 7), ("-0", 0), ("0xFFFFFFFFFFFFFFFF", 18_446_744_073_709_551_616),
    ])
    func `numbers are read`(text: String, value: Double) {
        #expect(PlainEvaluator.number(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        "", " 1", "1 ", "1e", "0x", "0x10000000000000000", "-0x1", "1e999", "inf", "nan", "1,5",
        ".",
        "+", "1_000", "١",
    ])
    func `what is no number is none`(text: String) {
        #expect(PlainEvaluator.number(Array(text.utf8)) == nil)
    }

    /// (date, ISO 8601 week), from a calendar.
    @Test(arguments: [
        ("2020-12-31", 53), ("2021-01-03", 53), ("2021-01-04", 1), ("2024-12-30", 1),
        ("2024-12-29", 52), ("2026-01-01", 1), ("2027-01-01", 53), ("2000-01-02", 52),
        ("2024-02-29", 9), ("1970-01-01", 1),
    ])
    func `weeks are those of the calendar`(date: String, week: Int) {
        #expect(PlainEvaluator.part(.week, of: Array(date.utf8)) == week)
    }

    @Test func `null and absence`() {
        #expect(passes(.isNull, []))
        #expect(passes(.isNull, [("F", nil)]))
        #expect(passes(.isNull, [("F", nil), ("F", nil)]))
        #expect(!passes(.isNull, [("F", nil), ("F", "x")]))
        #expect(!passes(.isNull, [("F", "")]))
        #expect(passes(.exists(true), [("F", nil)]))
        #expect(passes(.exists(false), [("G", "x")]))
    }

    @Test(arguments: [
        ("a|b", "xb", true), ("^a|b$", "ab", true), ("^(a|b)+$", "abba", true),
        ("^(a|b)+$", "abc", false), ("a{2,3}$", "aa", true), ("^a{2}$", "aaa", false),
        ("[^a]", "a", false), ("[a-c]d", "cd", true), ("\\.", "a.b", true), ("\\w\\d", "é1", false),
        ("(?:x)*y", "y", true), ("a*?b", "aab", true), ("", "", true), ("^$", "", true),
    ])
    func `the plain regular expressions match`(pattern: String, value: String, expected: Bool) {
        let regex = RegexPattern(pattern: pattern)
        #expect(PlainRegex.search(regex, Array(value.utf8)) == expected)
    }

    @Test(arguments: ["(", "a)", "[", "*a", "(?=a)", "\\1", "a{2", "[[:alpha:]]"])
    func `what the plain matcher cannot read it says so`(pattern: String) {
        #expect(PlainRegex.search(RegexPattern(pattern: pattern), Array("a".utf8)) == nil)
    }

    @Test func `generated rules and events meet often enough, and the same way each time`() {
        var first = RuleGenerator(seed: 5)
        var second = RuleGenerator(seed: 5)
        let evaluator = PlainEvaluator()
        var hits = 0
        var shapes: Set<String> = []
        for number in 0..<1500 {
            let rule = first.rule(number: number)
            let event = first.event()
            #expect(second.rule(number: number).condition == rule.condition)
            #expect(second.event() == event)
            if evaluator.matches(rule, event) { hits += 1 }
            collect(rule.condition, event, evaluator, &shapes)
        }
        #expect((300...1200).contains(hits))
        // Every kind of test was passed and failed at least once.
        let kinds = [
            "text", "regex", "cidr", "compare", "isNull", "exists", "fieldReference", "timePart",
        ]
        for kind in kinds {
            #expect(shapes.contains("\(kind) true"), "\(kind)")
            #expect(shapes.contains("\(kind) false"), "\(kind)")
        }
    }

    private func collect(
        _ expression: Expression, _ event: PlainEvent, _ evaluator: PlainEvaluator,
        _ shapes: inout Set<String>
    ) {
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { collect(part, event, evaluator, &shapes) }
        case .not(let inner): collect(inner, event, evaluator, &shapes)
        case .test(let predicate):
            let kind = "\(predicate.test)".prefix { $0 != "(" }
            shapes.insert("\(kind) \(evaluator.matches(expression, event))")
        }
    }
}
