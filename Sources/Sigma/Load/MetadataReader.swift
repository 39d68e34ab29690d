/// Reads what a document says about itself. A slip here never refuses the rule: what cannot be
/// used is left out and told as a warning.
struct MetadataReader {
    let node: YAMLNode
    var problems: ProblemList

    mutating func read() -> RuleMetadata {
        var hash = ContentHash()
        hash.add(node)
        let id = text("id")?.lowercased()
        problems.ruleID = id ?? ContentHash.identifier(of: node)
        let level = text("level")
        return RuleMetadata(
            id: problems.ruleID ?? "", name: text("name"),
            title: text("title") ?? text("name") ?? "Untitled rule",
            level: level.flatMap { Level(name: $0) } ?? .medium,
            status: text("status")?.lowercased(), author: text("author"),
            license: text("license"), description: text("description"),
            tags: list("tags").map { $0.lowercased() }, references: list("references"),
            falsePositives: list("falsepositives"), fields: list("fields"),
            source: node.mark.location(in: problems.path), revision: hash.value)
    }

    /// A scalar that is not null and not empty.
    private mutating func text(_ key: String) -> String? {
        guard let value = node[key], !value.isNull else { return nil }
        guard let scalar = value.scalar else {
            problems.warn(
                .wrongType, at: value.mark, "`\(key)` must be text, not \(value.typeName)")
            return nil
        }
        return scalar.text.isEmpty ? nil : scalar.text
    }

    private mutating func list(_ key: String) -> [String] {
        guard let value = node[key] else { return [] }
        return value.items.compactMap { item in
            guard let scalar = item.scalar else {
                problems.warn(
                    .wrongType, at: item.mark,
                    "`\(key)` must be a list of texts, not \(item.typeName)")
                return nil
            }
            return item.isNull ? nil : scalar.text
        }
    }
}

/// Reads the `logsource` section. Nil, and a problem, where it names nothing.
struct LogsourceReader {
    static func read(_ node: YAMLNode, _ problems: inout ProblemList) -> Logsource? {
        guard let section = node["logsource"], !section.isNull else {
            problems.refuse(
                .missingField, at: node["logsource"]?.mark ?? node.mark,
                "`logsource` is missing; say which logs this reads")
            return nil
        }
        guard section.pairs != nil else {
            problems.refuse(
                .wrongType, at: section.mark, "`logsource` must be a map, not \(section.typeName)")
            return nil
        }
        var logsource = Logsource()
        for key in ["product", "category", "service"] {
            guard let value = section[key], !value.isNull else { continue }
            guard let text = value.scalar?.text, !text.isEmpty else {
                problems.refuse(.wrongType, at: value.mark, "`\(key)` must be text")
                return nil
            }
            switch key {
            case "product": logsource.product = text.lowercased()
            case "category": logsource.category = text.lowercased()
            default: logsource.service = text.lowercased()
            }
        }
        guard logsource != Logsource() else {
            problems.refuse(
                .missingField, at: section.mark,
                "`logsource` names no product, category or service; give it one of them")
            return nil
        }
        return logsource
    }
}
