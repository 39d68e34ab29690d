import Sigma
import TestKit
import Testing

@Suite struct `Limits of rule files` {
    private func reasons(_ text: String) -> [RuleProblem.Reason] {
        load(text).problems.map(\.reason)
    }

    @Test func `nesting stops at the limit`() {
        func nested(_ depth: Int) -> String {
            "a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(!reasons(nested(SigmaLimits.nestingMax - 1)).contains(.limit))
        #expect(reasons(nested(SigmaLimits.nestingMax)) == [.limit])
        #expect(reasons(String(repeating: "[", count: 500_000)) == [.limit])
        #expect(reasons(String(repeating: "- ", count: 100_000)) == [.limit])
        #expect(reasons(String(repeating: "{a: ", count: 100_000)) == [.limit])
    }

    @Test func `aliases count as what they stand for`() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(uses)]\n"
        }
        #expect(reasons(bomb) == [.limit])
        let merge = (1...200).map { "m\($0): &m\($0) {k\($0): v, <<: *m\($0 - 1)}\n" }.joined()
        #expect(!reasons("m0: &m0 {k: v}\n" + merge).contains(.limit))
        let text =
            "a: &a '" + String(repeating: "x", count: 60_000) + "'\nb: ["
            + Array(repeating: "*a", count: 5000).joined(separator: ", ") + "]"
        #expect(reasons(text) == [.limit])
    }

    @Test func `a document has at most a mebibyte, and its neighbours load`() {
        let padding = "\n# " + String(repeating: "x", count: SigmaLimits.documentBytesMax)
        let text =
            RuleText.selection("A: x") + padding + "\n---\n"
            + RuleText.selection("A: x").replacing("1111", with: "2222")
        let collection = load(text)
        #expect(refusals(collection) == ["1:1 limit"])
        #expect(collection.rules.count == 1)
    }

    @Test func `a file has a bounded number of documents`() {
        let text = String(repeating: "a\n---\n", count: SigmaLimits.documentsPerFileMax + 5)
        let collection = load(text)
        #expect(collection.documentCount == SigmaLimits.documentsPerFileMax)
        #expect(collection.problems.last?.reason == .limit)
        #expect(collection.problems.count == SigmaLimits.problemsPerFileMax + 1)
    }

    @Test func `selections are bounded`() {
        let many = (0...SigmaLimits.selectionsMax).map { "s\($0): {A: x}" }.joined(separator: "\n")
        #expect(reasons(RuleText.rule(many + "\ncondition: s0")) == [.limit])
    }

    @Test func `modifiers are bounded`() {
        let chain = Array(repeating: "contains", count: SigmaLimits.modifiersPerFieldMax + 1)
            .joined(separator: "|")
        #expect(reasons(RuleText.selection("A|\(chain): x")) == [.limit])
    }

    @Test func `values and what becomes of them are bounded`() {
        let long = String(repeating: "x", count: SigmaLimits.valueBytesMax + 1)
        #expect(reasons(RuleText.selection("A: \(long)")) == [.limit])
        let many = Array(repeating: "'-a -b -c -d'", count: 120).joined(separator: ",")
        #expect(reasons(RuleText.selection("A|windash: [\(many)]")) == [.limit])
        let heavy = "'-a -b -c " + String(repeating: "x", count: 60_000) + "'"
        #expect(
            reasons(
                RuleText.selection("A|windash:\n    - \(heavy)\n    - \(heavy)\n    - \(heavy)"))
                == [.limit])
    }

    @Test func `encodings of encodings are bounded`() {
        let chain = Array(repeating: "wide", count: 15).joined(separator: "|")
        let text = String(repeating: "x", count: 60_000)
        #expect(reasons(RuleText.selection("A|\(chain): \(text)")) == [.limit])
    }

    @Test func `directives are bounded`() {
        let directives = (0...SigmaLimits.directivesMax).map { "%TAG !e\($0)! tag:x,2000:\n" }
        #expect(reasons(directives.joined() + "---\n" + RuleText.selection("A: x")) == [.limit])
        #expect(
            reasons(directives.dropLast().joined() + "---\n" + RuleText.selection("A: x")) == [])
    }

    @Test func `what actions make of a file is bounded`() {
        let shared = (0..<1000).map { "s\($0): {A: x}" }.joined(separator: ", ")
        let global =
            "action: global\ntitle: g\nlogsource: {product: a}\n"
            + "detection: {\(shared), condition: s1}\n"
        let text = global + (0..<300).map { "---\ndescription: d\($0)\n" }.joined()
        let collection = load(text)
        #expect(collection.rules.count > 100)
        #expect(collection.rules.count < 300)
        #expect(Set(collection.problems.map(\.reason)) == [.limit])
    }

    @Test func `names are bounded`() {
        let long = String(repeating: "n", count: SigmaLimits.nameBytesMax + 1)
        #expect(reasons(RuleText.selection("? \(long)\n: x")) == [.limit])
        #expect(reasons(RuleText.rule("? \(long)\n: {A: x}\ns: {A: x}\ncondition: s")) == [.limit])
    }

    @Test func `a message quotes little, and nothing that steers a terminal`() throws {
        let key = "k\u{1B}[31m\u{202E}" + String(repeating: "ä", count: 900)
        let text = "? \"\(key.replacing("\u{1B}", with: "\\e"))\"\n: 1\n"
        let problem = try #require(load(text + text).problems.first)
        #expect(problem.reason == .yaml)
        #expect(problem.message.utf8.count <= SigmaLimits.messageBytesMax)
        #expect(!problem.message.contains("\u{1B}") && !problem.message.contains("\u{202E}"))
    }

    @Test func `a huge list of values loads in one go`() {
        let values = (0..<20_000).map { "v\($0)" }.joined(separator: ", ")
        #expect(matches(RuleText.selection("A: [\(values)]"), [("A", "V19999")]) == true)
    }

    @Test func `many keys in one map are read quickly and twice the same is found`() {
        let keys = (0..<30_000).map { "k\($0): v" }.joined(separator: "\n")
        #expect(refusals(load(keys + "\nk5: w")) == ["30001:1 yaml"])
    }
}

@Suite struct `Damaged rule files` {
    static let seeds = [
        RuleText.rule(
            """
            sel_1:
                Image|endswith|windash:
                    - '\\cmd.exe -a'
                    - &x 'b*c?d\\*'
                'B|re|i': '^a(b|c)+$'
                C|cidr: 10.0.0.0/8
            sel_2: [evil, *x, {D|gte: 0x10, E: null}]
            condition: (1 of sel_* and not sel_2) or all of them
            """),
        """
        title: Many
        id: 0e95725d-7320-415d-80f7-004da920fc11
        name: many
        correlation:
            type: value_count
            rules: [one]
            group-by: [User]
            timespan: 1h
            aliases: {u: {one: User}}
            condition: {field: Host, gte: 5, lt: 10}
            generate: true
        ---
        action: global
        logsource: {product: windows}
        ---
        title: One
        name: one
        detection: {s: {A|base64offset|contains: abc}, condition: s}
        ---
        title: Filter
        logsource: {product: windows}
        filter: {rules: [one], s: {A: b}, condition: not s}
        """,
    ]

    @Test func `survives any damage to a good file`() {
        var random = SplitMix64(seed: 11)
        let special =
            Array("'\"|:-[]{}*&!%#>\\\n\t ,?@`<=~0x".utf8) + [0x00, 0x80, 0xC3, 0xFF, 0xEF]
        for round in 0..<2000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = special.randomElement(using: &random)!
                case 1: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.remove(at: index)
                case 3: bytes.insert(special.randomElement(using: &random)!, at: index)
                default:
                    let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
                    let piece = Array(bytes[index..<end])
                    bytes.insert(
                        contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &random))
                }
            }
            var loader = RuleLoader(options: .init(lints: true))
            loader.add(path: "damaged.yml", bytes: bytes)
            let collection = loader.finish()
            // What was read and what was refused add up, and every problem has a place.
            // YAML also breaks lines at CR, NEL and the Unicode separators.
            let lineCount = 1 + bytes.count { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) }
            for problem in collection.problems {
                #expect(problem.location.line >= 1 && problem.location.line <= lineCount + 1)
                #expect(!problem.message.isEmpty)
            }
            #expect(
                collection.rules.count + collection.correlations.count <= collection.documentCount)
        }
    }

    @Test func `survives bytes that were never a rule`() {
        var random = SplitMix64(seed: 12)
        for _ in 0..<1000 {
            let count = Int.random(in: 0...300, using: &random)
            let bytes = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : Array("-:[]{}'\"\n |>&*!a".utf8).randomElement(using: &random)!
            }
            var loader = RuleLoader()
            loader.add(path: "noise.yml", bytes: bytes)
            #expect(loader.finish().rules.isEmpty)
        }
    }
}
