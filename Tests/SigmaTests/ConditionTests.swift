import Sigma
import TestKit
import Testing

@Suite struct `Sigma conditions` {
    /// Selections `a`, `b`, `c_1`, `c_2`, `_d`, and odd names, each true where its letter is in `F`.
    static func rule(_ condition: String) -> String {
        RuleText.rule(
            """
            a: {F|contains: a}
            b: {F|contains: b}
            c_1: {F|contains: c}
            c_2: {F|contains: d}
            _d: {F|contains: e}
            not_me: {F|contains: f}
            and-or: {F|contains: g}
            of1: {F|contains: h}
            condition: \(condition)
            """)
    }

    static let known: [(String, String, Bool)] = [
        ("a", "a", true), ("a and b", "a", false), ("a and b", "ab", true), ("a or b", "b", true),
        ("not a", "b", true), ("not not a", "a", true), ("not not not a", "a", false),
        ("a or b and c_1", "a", true), ("a or b and c_1", "b", false),
        ("(a or b) and c_1", "a", false),
        ("(a or b) and c_1", "ac", true), ("not a and b", "b", true), ("not a and b", "ab", false),
        ("not (a and b)", "a", true), ("not a or b", "ab", true), ("a AND NOT b", "a", true),
        ("a Or b", "b", true), ("((a))", "a", true), ("(a)and(b)", "ab", true),
        ("1 of them", "d", true), ("1 of them", "e", false), ("any of c_*", "d", true),
        ("all of c_*", "cd", true), ("all of c_*", "c", false), ("1 of *_1", "c", true),
        ("1 of *_1", "d", false), ("1 of c*2", "d", true), ("1 of c*2", "c", false),
        ("all of them", "abcdfgh", true), ("all of them", "abcdfg", false), ("1 of _*", "e", true),
        ("1 of *", "e", false), ("1 OF THEM", "a", true), ("not 1 of c_*", "a", true),
        ("a and not 1 of c_*", "ad", false), ("1 of a", "a", true), ("not_me", "f", true),
        ("and-or", "g", true), ("of1", "h", true), ("_d", "e", true),
        ("a and not all of c_* or b", "acd", false), ("[a, b and c_1]", "bc", true),
        ("[a, b and c_1]", "b", false), ("\n        - a\n        - b", "b", true),
        (">\n        a\n        or b", "b", true), ("\"a or\\n  b\"", "b", true),
    ]

    @Test(arguments: known)
    func `a condition over selections`(condition: String, letters: String, expected: Bool) {
        #expect(matches(Self.rule(condition), [("F", letters)]) == expected)
    }

    static let refused: [(String, String)] = [
        ("nothing", "16:16 unknown-selection"), ("a and nothing", "16:22 unknown-selection"),
        ("'a and nothing'", "16:23 unknown-selection"), ("1 of x*", "16:21 unknown-selection"),
        ("a and", "16:21 condition"), ("and a", "16:16 condition"), ("a b", "16:18 condition"),
        ("(a", "16:16 condition"), ("a)", "16:17 condition"), ("()", "16:17 condition"),
        ("2 of c_*", "16:16 condition"), ("all of", "16:22 condition"), ("not", "16:19 condition"),
        ("a or or b", "16:21 condition"), ("''", "16:17 condition"), ("null", "16:16 condition"),
        ("[]", "16:16 condition"), ("{a: b}", "16:16 condition"), ("[a, [b]]", "16:20 wrong-type"),
        ("a | count() > 5", "16:18 aggregation-pipe"),
        ("a | count(F) by G >= 10", "16:18 aggregation-pipe"),
        ("a|near b", "16:17 aggregation-pipe"),
        ("[a, b | min(F) < 3]", "16:22 aggregation-pipe"), ("1 of (a, b)", "16:21 condition"),
    ]

    @Test(arguments: refused)
    func `what cannot be read is refused at its place`(condition: String, expected: String) {
        let collection = load(Self.rule(condition))
        #expect(collection.rules.isEmpty)
        #expect(refusals(collection) == [expected], "\(collection.problems.map(\.message))")
    }

    @Test func `a missing condition is told`() {
        let collection = load(RuleText.rule("a: {F: x}"))
        #expect(refusals(collection) == ["8:5 missing-field"])
    }

    @Test func `parentheses nest to the limit and no further`() {
        let limit = SigmaLimits.conditionNestingMax
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(matches(Self.rule(nested(limit - 1)), [("F", "a")]) == true)
        #expect(refusals(load(Self.rule(nested(limit)))).map { $0.suffix(5) } == ["limit"])
    }

    @Test func `any number of negations is read`() {
        let negations = String(repeating: "not ", count: 2000)
        #expect(matches(Self.rule(negations + "a"), [("F", "a")]) == true)
    }

    @Test func `a condition longer than the limit is refused`() {
        let text = Array(repeating: "a", count: SigmaLimits.conditionBytesMax / 4).joined(
            separator: " or ")
        #expect(refusals(load(Self.rule(text))) == ["16:16 limit"])
    }

    @Test func `a condition may not ask for too many values`() {
        let values = (0..<500).map { "v\($0)" }.joined(separator: ", ")
        let condition = Array(repeating: "a", count: 200).joined(separator: " or ")
        let collection = load(RuleText.rule("a: {F: [\(values)]}\ncondition: \(condition)"))
        #expect(refusals(collection).map { $0.suffix(5) } == ["limit"])
    }

    @Test func `the same text gives the same expression`() {
        let first = load(Self.rule("1 of them and not all of c_*")).rules[0]
        let second = load(Self.rule("1 of them and not all of c_*")).rules[0]
        #expect(first.condition == second.condition)
        #expect(first.metadata.revision == second.metadata.revision)
    }
}
