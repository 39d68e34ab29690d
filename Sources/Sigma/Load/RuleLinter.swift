/// What a careful author would change although the rule runs: warnings with reason `style`.
///
/// - Source: Sigma specification 2.1, its JSON schemas and its tags appendix.
struct RuleLinter {
    static func check(_ node: YAMLNode, _ problems: inout ProblemList) {
        let isFilter = node["filter"] != nil
        identity(node, &problems)
        if !isFilter {
            oneOf(node, "level", ["informational", "low", "medium", "high", "critical"], &problems)
            oneOf(
                node, "status", ["stable", "test", "experimental", "deprecated", "unsupported"],
                &problems)
        }
        tags(node, &problems)
        for key in ["references", "falsepositives", "fields", "scope", "tags"] {
            if let value = node[key], !value.isNull, value.scalar != nil {
                problems.warn(.style, at: value.mark, "`\(key)` must be a list, also for one entry")
            }
        }
        for key in ["date", "modified"] {
            if let value = node[key], let text = value.scalar?.text, !isDate(text) {
                problems.warn(.style, at: value.mark, "`\(key)` must be a date such as 2025-08-02")
            }
        }
        related(node, &problems)
        logsource(node, &problems)
        if let section = node["detection"] ?? node["filter"] { detection(section, &problems) }
    }

    private static func identity(_ node: YAMLNode, _ problems: inout ProblemList) {
        if let title = node["title"], let text = title.scalar?.text, !title.isNull, !text.isEmpty {
            if text.unicodeScalars.count > 256 {
                problems.warn(.style, at: title.mark, "the title is longer than 256 characters")
            }
        } else {
            problems.warn(.style, at: node.mark, "`title` is missing; say what the rule detects")
        }
        guard let id = node["id"], let text = id.scalar?.text, !id.isNull else {
            problems.warn(
                .style, at: node.mark, "`id` is missing; without it the id changes with the content"
            )
            return
        }
        if !isUUID(text) { problems.warn(.style, at: id.mark, "`\(text)` is no UUID") }
    }

    private static func oneOf(
        _ node: YAMLNode, _ key: String, _ values: [String], _ problems: inout ProblemList
    ) {
        let choices = values.joined(separator: ", ")
        guard let value = node[key], !value.isNull else {
            problems.warn(.style, at: node.mark, "`\(key)` is missing; it is one of \(choices)")
            return
        }
        if !values.contains(value.scalar?.text ?? "") {
            problems.warn(.style, at: value.mark, "`\(key)` must be one of \(choices)")
        }
    }

    private static func tags(_ node: YAMLNode, _ problems: inout ProblemList) {
        let namespaces = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"]
        var seen: Set<String> = []
        for item in node["tags"]?.items ?? [] {
            guard let text = item.scalar?.text else { continue }
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let isForm =
                parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
                && text.utf8.allSatisfy {
                    $0 &- 0x30 < 10 || $0 &- 0x61 < 26 || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E
                        || (text.hasPrefix("d3fend.") && $0 &- 0x41 < 26)
                }
            if !isForm {
                problems.warn(
                    .style, at: item.mark,
                    "the tag `\(text)` must have the form namespace.name in lower case")
            } else if !namespaces.contains(String(parts[0])) {
                problems.warn(
                    .style, at: item.mark,
                    "the tag namespace `\(parts[0])` is not one of \(namespaces.joined(separator: ", "))"
                )
            } else if !seen.insert(text).inserted {
                problems.warn(.style, at: item.mark, "the tag `\(text)` stands twice")
            }
        }
    }

    private static func related(_ node: YAMLNode, _ problems: inout ProblemList) {
        let types = ["derived", "obsolete", "merged", "renamed", "similar"]
        for item in node["related"]?.items ?? [] {
            guard item.pairs != nil, let id = item["id"]?.scalar?.text, isUUID(id),
                let type = item["type"]?.scalar?.text, types.contains(type)
            else {
                problems.warn(
                    .style, at: item.mark,
                    "a `related` entry has the UUID of a rule as `id`, and a `type` which is one of "
                        + types.joined(separator: ", "))
                continue
            }
        }
    }

    private static func logsource(_ node: YAMLNode, _ problems: inout ProblemList) {
        for key in ["product", "category", "service"] {
            guard let value = node["logsource"]?[key], let text = value.scalar?.text else {
                continue
            }
            let isPlain = text.utf8.allSatisfy {
                $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E
            }
            if !isPlain {
                problems.warn(
                    .style, at: value.mark,
                    "`\(key)` must be in lower case, with `_` for spaces")
            }
        }
        if let taxonomy = node["taxonomy"], let text = taxonomy.scalar?.text, text != "sigma" {
            problems.warn(
                .style, at: taxonomy.mark,
                "the taxonomy `\(text)` is not translated; field names are taken as they stand")
        }
    }

    private static func detection(_ section: YAMLNode, _ problems: inout ProblemList) {
        for item in section["condition"]?.items ?? [] {
            let words = (item.scalar?.text ?? "").split(separator: " ").map { $0.lowercased() }
            for index in words.indices.dropLast(2)
            where words[index] == "all" && words[index + 1] == "of" && words[index + 2] == "them" {
                problems.warn(
                    .style, at: item.mark,
                    "`all of them` takes in what is added later; write `all of selection_*`")
            }
        }
        for pair in section.pairs ?? [] where pair.key != "condition" {
            nullInList(pair.value, &problems)
        }
    }

    private static func nullInList(_ node: YAMLNode, _ problems: inout ProblemList) {
        switch node.content {
        case .scalar: return
        case .mapping(let pairs):
            for pair in pairs { nullInList(pair.value, &problems) }
        case .sequence(let items):
            for item in items {
                if item.isNull {
                    problems.warn(
                        .style, at: item.mark,
                        "`null` cannot stand in a list of values; give it a selection of its own")
                } else {
                    nullInList(item, &problems)
                }
            }
        }
    }

    static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            if [8, 13, 18, 23].contains(index) { return byte == UInt8(ascii: "-") }
            return byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
        }
    }

    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }),
            let month = Int(parts[1]), let day = Int(parts[2])
        else { return false }
        return (1...12).contains(month) && (1...31).contains(day)
    }
}
