import Sigma
import TestKit

/// Rule files for tests, from as little text as a test needs.
enum RuleText {
    /// A whole rule around a `detection` section whose lines are given without their indent.
    static func rule(_ detection: String, id: String = "11111111-2222-4333-8444-555555555555")
        -> String
    {
        let lines = detection.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "    \($0)" }.joined(separator: "\n")
        return """
            title: Test rule
            id: \(id)
            status: test
            level: high
            logsource:
                product: windows
            detection:
            \(lines)
            """
    }

    /// A rule with one selection, given as the lines below it, and no other.
    static func selection(_ lines: String) -> String {
        let indented = lines.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "    \($0)" }.joined(separator: "\n")
        return rule("selection:\n\(indented)\ncondition: selection")
    }
}

func load(
    _ text: String, path: String = "rules/a.yml", options: RuleLoader.Options = .init()
) -> RuleCollection {
    var loader = RuleLoader(options: options)
    loader.add(path: path, text: text)
    return loader.finish()
}

/// True, false, or nil where the rule was refused.
func matches(
    _ rule: String, _ fields: [(name: String, value: String?)], rawLine: String? = nil,
    options: RuleLoader.Options = .init()
) -> Bool? {
    let collection = load(rule, options: options)
    guard collection.rules.count == 1 else { return nil }
    return PlainEvaluator().matches(collection.rules[0], PlainEvent(fields, rawLine: rawLine))
}

/// `line:column reason` of every refusal, in order.
func refusals(_ collection: RuleCollection) -> [String] {
    collection.problems.filter { $0.severity == .refused }.map {
        "\($0.location.line):\($0.location.column) \($0.reason.rawValue)"
    }
}
