import Sigma
import TestKit
import Testing

@Suite struct `Rule linter` {
    private func warnings(_ text: String) -> [String] {
        load(text, options: .init(lints: true)).problems.map {
            #expect($0.severity == .warning && $0.reason == .style || $0.reason == .wrongType)
            return "\($0.location.line):\($0.location.column) \($0.message.prefix(18))"
        }
    }

    @Test func `a good rule has nothing to mend`() {
        #expect(warnings(RuleText.selection("A: x")).isEmpty)
    }

    @Test func `what is missing or unknown is told, and the rule loads`() {
        let text = """
            logsource: {product: Windows Server}
            detection:
                sel: {A: x}
                unused: {B: y}
                _hidden: {C: z}
                condition: sel
            """
        #expect(
            warnings(text) == [
                "4:5 the condition does", "1:1 `title` is missing",
                "1:1 `id` is missing; w", "1:1 `level` is missing",
                "1:1 `status` is missin", "1:22 `product` must be ",
            ])
        #expect(load(text).rules.count == 1)
        #expect(load(text).problems.isEmpty)
        #expect(load(text).rules.first?.metadata.level == .medium)
    }

    static let slips: [(String, String)] = [
        ("id: 5", "1:5 `5` is no UUID"), ("level: severe", "1:8 `level` must be on"),
        ("level: Info", "1:8 `level` must be on"),
        ("status: done", "1:9 `status` must be o"),
        ("tags: [T1059]", "1:8 the tag `T1059` mu"),
        ("tags: [attack.T1059]", "1:8 the tag `attack.T1"),
        ("tags: [other.thing]", "1:8 the tag namespace "),
        ("tags: [attack.t1, attack.t1]", "1:19 the tag `attack.t1"),
        ("tags: attack.t1", "1:7 `tags` must be a l"),
        ("references: x", "1:13 `references` must "),
        ("date: 2024/01/02", "1:7 `date` must be a d"),
        ("modified: 2024-13-02", "1:11 `modified` must be"),
        ("related: [{id: x, type: similar}]", "1:11 a `related` entry "),
        ("taxonomy: other", "1:11 the taxonomy `othe"),
        ("author: [a]", "1:9 `author` must be t"),
        ("fields: [{a: b}]", "1:10 `fields` must be a"),
    ]

    @Test(arguments: slips)
    func `a slip is told where it is`(line: String, expected: String) {
        let key = line.prefix { $0 != ":" }
        let rest = RuleText.selection("A: x").split(separator: "\n")
            .filter { !$0.hasPrefix("\(key):") }.joined(separator: "\n")
        #expect(warnings(line + "\n" + rest) == [expected])
    }

    @Test func `doubtful detections are told`() {
        let text = RuleText.rule(
            "sel: {A|contains|all: x, B: ['', null]}\ncondition: all of them")
        #expect(
            warnings(text) == [
                "8:11 `all` has no effec", "9:16 `all of them` take",
                "8:38 `null` cannot stan",
            ])
    }
}
