import Sigma
import TestKit
import Testing

@Suite struct `Rule documents` {
    static let other = "99999999-2222-4333-8444-555555555555"

    @Test func `metadata is kept as the types say`() throws {
        let text = """
            # a comment
            title: 'Whoami: run'
            id: 929A690E-bef0-4204-a928-ef5e620d6fcc
            name: whoami
            status: Stable
            description: |
                First line.
                Second line.
            license: DRL-1.1
            references:
                - https://example.org/a
            author: One, Two
            tags:
                - attack.T1059.001
            logsource:
                category: Process_Creation
                product: windows
                definition: words
            detection:
                sel: {Image: x}
                condition: sel
            fields: [Image, User]
            falsepositives:
                - Unlikely
            level: critical
            custom: {any: thing}
            """
        let rule = try #require(load(text).rules.first)
        #expect(rule.metadata.id == "929a690e-bef0-4204-a928-ef5e620d6fcc")
        #expect(rule.metadata.title == "Whoami: run")
        #expect(rule.metadata.name == "whoami")
        #expect(rule.metadata.status == "stable")
        #expect(rule.metadata.description == "First line.\nSecond line.\n")
        #expect(rule.metadata.license == "DRL-1.1")
        #expect(rule.metadata.references == ["https://example.org/a"])
        #expect(rule.metadata.author == "One, Two")
        #expect(rule.metadata.tags == ["attack.t1059.001"])
        #expect(rule.metadata.fields == ["Image", "User"])
        #expect(rule.metadata.falsePositives == ["Unlikely"])
        #expect(rule.metadata.level == .critical)
        #expect(rule.metadata.source == SourceLocation(path: "rules/a.yml", line: 2, column: 1))
        #expect(rule.logsource == Logsource(product: "windows", category: "process_creation"))
        #expect(rule.emitsAlerts)
    }

    @Test func `a rule without an id has one that depends on its content alone`() throws {
        func id(_ text: String, _ path: String) throws -> String {
            try #require(load(text, path: path).rules.first).metadata.id
        }
        let text = RuleText.selection("A: x").replacing(
            "id: 11111111-2222-4333-8444-555555555555\n", with: "")
        let first = try id(text, "a.yml")
        #expect(try id("# new\n" + text, "b/c.yml") == first)
        #expect(try id(text.replacing("A: x", with: "A: y"), "a.yml") != first)
        #expect(first.count == 36 && Array(first)[14] == "8")
    }

    @Test func `the revision changes with the content and not with the layout`() throws {
        func revision(_ text: String) throws -> UInt64 {
            try #require(load(text).rules.first).metadata.revision
        }
        let text = RuleText.selection("A: x")
        let first = try revision(text)
        #expect(try revision(text.replacing("A: x", with: "A:   'x' # same")) == first)
        #expect(try revision(text.replacing("level: high", with: "level: low")) != first)
        #expect(try revision(text.replacing("A: x", with: "B: x")) != first)
    }

    @Test func `one bad document loses none of its neighbours`() {
        let good = RuleText.selection("A: x")
        let text = [
            good, "title: [never closed\nid: 1", RuleText.selection("A|nope: x"),
            good.replacing("11111111", with: "22222222"), "- a list", "just text", "\ttab: x",
            good.replacing("11111111", with: "33333333"),
        ].joined(separator: "\n---\n")
        let collection = load(text)
        #expect(collection.rules.map { $0.metadata.id.prefix(2) } == ["11", "22", "33"])
        #expect(
            refusals(collection) == [
                "13:3 yaml", "23:11 unknown-modifier", "37:1 wrong-type", "39:1 wrong-type",
                "41:1 yaml",
            ])
        #expect(collection.documentCount == 8)
    }

    @Test(arguments: [
        ("a: 1\na: 2", "2:1 yaml"), ("? [a]\n: b", "1:3 yaml"), ("a: *none", "1:4 yaml"),
        ("a: !!python/object x", "1:4 yaml"), ("a: 'open", "1:9 yaml"), ("<<: 5", "1:5 yaml"),
        ("a: &x [*x]", "1:8 yaml"), ("a: b: c", "1:5 yaml"), ("a: \"\\q\"", "1:5 yaml"),
    ])
    func `broken YAML is told with its place`(text: String, expected: String) {
        #expect(refusals(load(text)) == [expected])
    }

    @Test func `a byte order mark, CR LF, comments, directives and empty documents are no matter`()
    {
        let good = RuleText.selection("A: x").replacing("\n", with: "\r\n")
        let text =
            "\u{FEFF}# first\r\n%YAML 1.2\r\n---\r\n" + good + "\r\n...\r\n---\r\n---\r\n"
            + "# nothing\r\n---\r\nnull\r\n"
        let collection = load(text)
        #expect(collection.rules.count == 1)
        #expect(collection.problems.isEmpty)
        #expect(collection.rules.first?.metadata.source.line == 4)
    }

    @Test func `three dashes within quotes and blocks end the document as YAML says`() {
        let text = RuleText.selection("A: x") + "\ndescription: |\n    a --- b\n    ---\n"
        let collection = load(text)
        #expect(collection.rules.first?.metadata.description == "a --- b\n---\n")
    }

    @Test func `UTF-16 and bytes that are no UTF-8 are refused`() {
        var loader = RuleLoader()
        loader.add(path: "utf16.yml", bytes: [0xFF, 0xFE, 0x61, 0x00])
        loader.add(path: "bad.yml", bytes: Array("title: ".utf8) + [0xC3, 0x28, 0x0A])
        let problems = loader.finish().problems
        #expect(problems.map(\.reason) == [.unreadable, .yaml])
        #expect(problems.map(\.location.path) == ["utf16.yml", "bad.yml"])
    }

    @Test(arguments: [
        ("logsource:\n    product: windows\n", "1:1 missing-field"),
        ("    product: windows\n", "5:11 missing-field"),
        ("product: windows", "6:5 missing-field"),
    ])
    func `a rule says which logs it reads`(cut: String, expected: String) {
        let text = RuleText.selection("A: x").replacing(
            cut, with: cut == "product: windows" ? "definition: x" : "")
        #expect(refusals(load(text)).first == expected)
    }

    @Test func `a document that is no rule is told`() {
        #expect(
            refusals(load("title: x\nlogsource: {product: a}")) == ["1:1 missing-field"])
    }

    @Test func `deprecated and unsupported rules are told once, by status or folder`() {
        let rule = RuleText.selection("A: x")
        let cases: [(String, String, RuleProblem.Reason)] = [
            ("rules/a.yml", "deprecated", .deprecated),
            ("rules/a.yml", "unsupported", .unsupported),
            ("x/Deprecated/a.yml", "test", .deprecated),
            ("unsupported/a.yml", "test", .unsupported),
        ]
        for (path, status, reason) in cases {
            let text = rule.replacing("status: test", with: "status: \(status)")
            let collection = load(text, path: path)
            #expect(collection.rules.isEmpty)
            #expect(collection.problems.map(\.reason) == [reason])
            #expect(collection.problems.first?.location.line == 3)
            let all = load(text, path: path, options: .init(includesRetired: true))
            #expect(all.rules.count == 1)
        }
        let pipe = rule.replacing(
            "condition: selection", with: "condition: selection | count() > 2")
        #expect(refusals(load(pipe, path: "unsupported/a.yml")) == ["10:26 aggregation-pipe"])
    }

    @Test func `an id is taken once`() {
        var loader = RuleLoader()
        loader.add(path: "a.yml", text: RuleText.selection("A: x"))
        loader.add(path: "b.yml", text: RuleText.selection("A: y"))
        let collection = loader.finish()
        #expect(collection.rules.count == 1)
        #expect(collection.problems.map(\.reason) == [.duplicateId])
        #expect(collection.problems.first?.message.contains("a.yml:1:1") == true)
    }

    @Test func `two loaders together read as one`() {
        let texts = (0..<6).map {
            RuleText.selection("A: x\($0)").replacing("11111111", with: "1111111\($0)")
        }
        var whole = RuleLoader()
        var first = RuleLoader()
        var second = RuleLoader()
        for (index, text) in texts.enumerated() {
            whole.add(path: "\(index).yml", text: text)
            if index < 3 {
                first.add(path: "\(index).yml", text: text)
            } else {
                second.add(path: "\(index).yml", text: text)
            }
        }
        first.append(second)
        #expect(first.finish().rules.map(\.metadata.id) == whole.finish().rules.map(\.metadata.id))
    }

    @Test func `legacy actions share, repeat and reset`() {
        let text = """
            action: global
            title: Shared
            logsource: {product: windows}
            detection: {condition: sel}
            ---
            id: \(Self.other)
            detection: {sel: {A: x}}
            ---
            action: repeat
            id: 88888888-2222-4333-8444-555555555555
            detection: {sel: {A: y}}
            ---
            action: reset
            ---
            detection: {sel: {A: z}}
            ---
            action: nonsense
            """
        let collection = load(text)
        #expect(collection.rules.map(\.metadata.title) == ["Shared", "Shared"])
        let evaluator = PlainEvaluator()
        #expect(evaluator.matches(collection.rules[0], PlainEvent([("A", "x")])))
        #expect(evaluator.matches(collection.rules[1], PlainEvent([("A", "y")])))
        #expect(!evaluator.matches(collection.rules[1], PlainEvent([("A", "x")])))
        #expect(
            refusals(collection) == ["15:1 missing-field", "15:12 missing-field", "17:9 yaml"])
        #expect(refusals(load("action: repeat\na: b")) == ["1:9 yaml"])
    }
}
