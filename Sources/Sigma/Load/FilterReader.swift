/// A global filter whose references are still as written.
struct FilterDraft {
    var metadata: RuleMetadata
    var logsource: Logsource
    var condition: Expression
    var predicateCount: Int
    /// Nil: every rule whose log source agrees.
    var references: [(text: String, mark: YAMLMark)]?
    var path: String
}

/// Reads one filter document: `filter` has `rules`, selections and a condition.
///
/// - Source: Sigma filters specification 2.1; `rules: any` as pySigma has it.
struct FilterReader {
    let options: RuleLoader.Options
    var problems: ProblemList

    mutating func read(_ node: YAMLNode, _ metadata: RuleMetadata) -> FilterDraft? {
        let logsource = LogsourceReader.read(node, &problems)
        guard let section = node["filter"], section.pairs != nil else {
            problems.refuse(
                .wrongType, at: node["filter"]?.mark ?? node.mark, "`filter` must be a map")
            return nil
        }
        let references = references(section)
        var reader = DetectionReader(
            placeholders: Placeholders(values: options.placeholders),
            validateRegex: options.validateRegex, problems: problems)
        let condition = reader.read(section, reserved: ["rules", "condition"])
        problems = reader.problems
        guard let logsource, let condition, !problems.isRefused else { return nil }
        if case .not = condition {
        } else if !Self.hasNegation(condition) {
            problems.warn(
                .filter, at: section["condition"]?.mark ?? section.mark,
                "this filter keeps only the events that match it; "
                    + "to leave them out, write `not` before the selection")
        }
        return FilterDraft(
            metadata: metadata, logsource: logsource, condition: condition,
            predicateCount: condition.predicateCount, references: references,
            path: problems.path)
    }

    private mutating func references(
        _ section: YAMLNode
    ) -> [(text: String, mark: YAMLMark)]? {
        guard let node = section["rules"] else {
            problems.refuse(
                .missingField, at: section.mark,
                "`rules` is missing; list the rules to filter, or write `any`")
            return []
        }
        if let text = node.scalar?.text, text.lowercased() == "any" { return nil }
        if case .sequence(let items) = node.content, items.isEmpty { return nil }
        let items = node.items
        if items.isEmpty || node.pairs != nil {
            problems.refuse(
                .wrongType, at: node.mark, "`rules` is a list of rule ids or names, or `any`")
        }
        return items.compactMap { item in
            guard let text = item.scalar?.text, !text.isEmpty else {
                if node.pairs == nil {
                    problems.refuse(.wrongType, at: item.mark, "a rule is named by its id or name")
                }
                return nil
            }
            return (text, item.mark)
        }
    }

    private static func hasNegation(_ expression: Expression) -> Bool {
        switch expression {
        case .not: true
        case .test: false
        case .all(let parts), .any(let parts): parts.contains(where: hasNegation)
        }
    }
}
