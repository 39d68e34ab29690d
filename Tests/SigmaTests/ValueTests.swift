import Sigma
import TestKit
import Testing

@Suite struct `Sigma values` {
    /// (YAML value, event value, matches) for `Field: value`.
    static let plain: [(String, String?, Bool)] = [
        ("'cmd.exe'", "CMD.EXE", true), ("'cmd.exe'", "cmd.exe ", false),
        ("'cmd*'", "cmd.exe", true), ("'cmd*'", "cmd", true), ("'*'", "", true),
        ("'*'", nil, false), ("'c?d'", "cmd", true), ("'c?d'", "cd", false),
        ("'c?d'", "cäd", true), ("'c?d'", "cääd", false), ("''", "", true), ("''", nil, false),
        ("''", "x", false), (#"'C:\Windows'"#, #"c:\windows"#, true),
        (#"'a\*b'"#, "a*b", true), (#"'a\*b'"#, "axb", false), (#"'a\?b'"#, "a?b", true),
        (#"'a\?b'"#, "axb", false), (#"'a\\*b'"#, #"a\xyzb"#, true), (#"'a\\*b'"#, "a*b", false),
        (#"'a\\\*b'"#, #"a\*b"#, true), (#"'a\\\*b'"#, #"a\xb"#, false),
        (#"'a\\b'"#, #"a\b"#, true), (#"'a\b'"#, #"a\b"#, true),
        (#"'a\\\b'"#, #"a\\b"#, true), (#"'a\\\\b'"#, #"a\\b"#, true),
        (#"'a\'"#, #"a\"#, true), (#"'\\server'"#, #"\server"#, true),
        ("4688", "4688", true), ("4688", "04688", false), ("'4688'", "4688", true),
        ("0x1250", "4688", true), ("0x1250", "0x1250", true), ("0x1250", "0X1250", true),
        ("007", "7", true), ("007", "007", true), ("1.0", "1", true), ("1.0", "1.0", true),
        ("-5", "-5", true), ("+5", "5", true), ("1e3", "1000", true), ("1e3", "1E3", true),
        ("18446744073709551617", "18446744073709551617", true),
        ("true", "TRUE", true), ("True", "true", true), ("false", "False", true),
        ("'true'", "true", true), ("yes", "yes", true), ("yes", "true", false),
        ("null", nil, true), ("null", "", false), ("null", "null", false), ("~", nil, true),
        ("", nil, true), ("'null'", "null", true), ("2024-01-02", "2024-01-02", true),
        ("'ÄRGER'", "ärger", true), ("'СЛОВО'", "слово", true), ("!!str 5", "5", true),
    ]

    @Test(arguments: plain)
    func `a value without modifiers`(yaml: String, value: String?, expected: Bool) {
        let rule = RuleText.selection("Field: \(yaml)")
        #expect(matches(rule, [("Field", value)]) == expected)
    }

    @Test func `an absent field is null and nothing else`() {
        #expect(matches(RuleText.selection("Field: null"), [("Other", "x")]) == true)
        #expect(matches(RuleText.selection("Field: ''"), [("Other", "x")]) == false)
        #expect(matches(RuleText.selection("Field: '*'"), [("Other", "x")]) == false)
    }

    @Test func `one of several values is enough`() {
        let rule = RuleText.selection("Field: b")
        #expect(matches(rule, [("Field", "a"), ("Field", "b")]) == true)
        #expect(matches(rule, [("Field", "a"), ("Field", nil)]) == false)
    }

    @Test func `a map is and, a list of values is or`() {
        let rule = RuleText.selection("A:\n    - x\n    - y\nB: z")
        #expect(matches(rule, [("A", "y"), ("B", "z")]) == true)
        #expect(matches(rule, [("A", "y"), ("B", "q")]) == false)
    }

    @Test func `a list of maps is or, each map is and`() {
        let rule = RuleText.selection("- A: x\n  B: y\n- C: z")
        #expect(matches(rule, [("C", "z")]) == true)
        #expect(matches(rule, [("A", "x"), ("B", "y")]) == true)
        #expect(matches(rule, [("A", "x")]) == false)
    }

    @Test func `keywords are looked for in every value and in the raw line`() {
        let rule = RuleText.selection("- evil\n- 'b?d*thing'\n- 42")
        #expect(matches(rule, [("Any", "an EVIL value")]) == true)
        #expect(matches(rule, [("Any", "x")], rawLine: "so bad a thing here") == true)
        #expect(matches(rule, [("Any", "x 42 y")]) == true)
        #expect(matches(rule, [("evil", "x")]) == false)
        #expect(matches(rule, [("Any", nil)]) == false)
    }

    @Test func `keywords under all must all be there`() {
        let rule = RuleText.selection("'|all':\n    - one\n    - two")
        #expect(matches(rule, [("A", "one"), ("B", "two")]) == true)
        #expect(matches(rule, [("A", "one")]) == false)
        #expect(matches(rule, [], rawLine: "two and one") == true)
    }

    @Test func `keywords and maps may stand in one list`() {
        let rule = RuleText.selection("- evil\n- A: x\n- [deep, deeper]")
        #expect(matches(rule, [("A", "x")]) == true)
        #expect(matches(rule, [("B", "evil")]) == true)
        #expect(matches(rule, [("B", "deeper")]) == true)
        #expect(matches(rule, [("B", "x")]) == false)
    }

    @Test func `lists within a list of values are one list`() {
        let rule = RuleText.selection("A:\n    - [a, b]\n    - c")
        #expect(matches(rule, [("A", "b")]) == true)
        let all = RuleText.selection("A|contains|all:\n    - [a, b]\n    - c")
        #expect(matches(all, [("A", "ab")]) == false)
        #expect(matches(all, [("A", "cab")]) == true)
    }

    @Test func `anchors, aliases and merge keys stand for what they name`() {
        let rule = RuleText.rule(
            """
            base: &base
                A: x
                B: y
            selection:
                <<: *base
                B: z
            list:
                C: &values [p, q]
            other:
                D: *values
            condition: selection or other
            """)
        #expect(matches(rule, [("A", "x"), ("B", "z")]) == true)
        #expect(matches(rule, [("A", "x"), ("B", "y")]) == false)
        #expect(matches(rule, [("D", "q")]) == true)
    }

    @Test(arguments: [
        ("A: {b: c}", "wrong-type"), ("A: []", "wrong-type"), ("{}", "wrong-type"),
        ("[]", "wrong-type"), ("- ", "wrong-type"), ("", "wrong-type"),
        ("'|re': null", "modifier-misuse"), ("'': null", "modifier-misuse"),
    ])
    func `what names no value is refused`(yaml: String, reason: String) {
        let found = load(RuleText.selection(yaml)).problems.first?.reason.rawValue
        #expect(found == reason)
    }
}

@Suite struct `Text patterns` {
    @Test func `neighbours are joined and runs of stars are one`() throws {
        let rule = load(RuleText.selection(#"A|contains: '*a\*b**?c'"#)).rules[0]
        guard case .test(let predicate) = rule.condition, case .text(let pattern) = predicate.test
        else {
            Issue.record("expected one text test")
            return
        }
        #expect(
            pattern.pieces == [
                .anyRun, .literal(Array("a*b".utf8)), .anyRun, .anyOne, .literal(Array("c".utf8)),
                .anyRun,
            ])
        #expect(!pattern.cased)
    }

    @Test func `a backslash rule holds for every text without special characters`() {
        var random = SplitMix64(seed: 7)
        let letters = Array("ab\\ /:")
        for _ in 0..<500 {
            let text = String((0..<8).map { _ in letters.randomElement(using: &random)! })
            let doubled = text.replacing("\\", with: "\\\\")
            // Written with every backslash doubled, the value is the text itself.
            #expect(
                matches(RuleText.selection("A: '\(doubled)'"), [("A", text)]) == true, "\(text)")
        }
    }
}
