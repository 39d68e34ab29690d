import ArgumentParser
import Engine
import Sigma

/// What one rule says and needs.
struct RulesExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Shows what a rule asks, which fields and logs it needs, and whether it can fire.",
        discussion: "  kagari rules explain 3d2b8a1e-…   (the start of an id or a title will do)")

    @Argument(help: "Id or title, or the start of one.") var id: String

    @OptionGroup var ruleOptions: RuleOptions

    func run() async throws {
        let content = try Content.find()
        let collection = try ruleOptions.load(content)
        let mappings = try content.mappings()
        let wanted = id.lowercased()
        let fits: (RuleMetadata) -> Bool = {
            $0.id.lowercased().hasPrefix(wanted) || $0.title.lowercased().hasPrefix(wanted)
        }
        var out = ""
        for rule in collection.rules where fits(rule.metadata) {
            out += Self.text(rule, mappings, extras: !ruleOptions.noExtraMappings) + "\n"
        }
        for correlation in collection.correlations where fits(correlation.metadata) {
            out += Self.text(correlation, collection) + "\n"
        }
        for problem in collection.problems where problem.ruleID?.hasPrefix(wanted) == true {
            out += "\(problem.location): [\(problem.reason.rawValue)] \(problem.message)\n"
        }
        guard !out.isEmpty else {
            throw UserError("no rule starts with \"\(id)\"; `kagari rules list` shows all")
        }
        Machine.say(out)
    }

    private static func head(_ metadata: RuleMetadata) -> String {
        var out = "\(metadata.title)\n  id       \(metadata.id)\n"
        out += "  level    \(metadata.level.name)\n"
        if let author = metadata.author { out += "  author   \(author)\n" }
        if let license = metadata.license { out += "  licence  \(license)\n" }
        if !metadata.tags.isEmpty { out += "  tags     \(metadata.tags.joined(separator: ", "))\n" }
        out += "  file     \(metadata.source)\n"
        if let description = metadata.description {
            out += "\n  " + description.split(separator: "\n").joined(separator: "\n  ") + "\n"
        }
        return out
    }

    private static func text(_ rule: Rule, _ mappings: [Mapping], extras: Bool) -> String {
        var out = head(rule.metadata) + "\nAsks \(rule.logsource.text) for\n"
        out += outline(rule.condition, depth: 1)
        out += "\nFields   \(fields(rule.condition).sorted().joined(separator: ", "))\n"
        out += "Fed by\n"
        var isFed = false
        for mapping in mappings {
            for entry in mapping.entries
            where rule.logsource.accepts(entry.logsource) && (extras || !entry.isExtra) {
                isFed = true
                let conditions = entry.when.sorted { $0.key < $1.key }.map {
                    "\($0.key)=\($0.value.joined(separator: "|"))"
                }
                out += "  \(mapping.source)  \(conditions.joined(separator: ", "))"
                out += entry.isExtra ? "  (extra mapping)\n" : "\n"
            }
        }
        if !isFed { out += "  nothing: no mapped log offers this log source, so it cannot fire\n" }
        if !rule.metadata.falsePositives.isEmpty {
            out += "False positives\n"
            for note in rule.metadata.falsePositives { out += "  \(note)\n" }
        }
        return out
    }

    private static func text(_ correlation: Correlation, _ collection: RuleCollection) -> String {
        var out = head(correlation.metadata)
        out += "\nCounts   \(correlation.kind.rawValue) within \(correlation.timespanSeconds) s"
        if !correlation.groupBy.isEmpty {
            out += ", for each \(correlation.groupBy.joined(separator: " + "))"
        }
        out += "\nOf\n"
        let titles = Dictionary(
            collection.rules.map { ($0.metadata.id, $0.metadata.title) },
            uniquingKeysWith: { first, _ in first })
        for id in correlation.rules { out += "  \(id)  \(titles[id] ?? "")\n" }
        return out
    }

    private static func outline(_ expression: Expression, depth: Int) -> String {
        let indent = String(repeating: "  ", count: depth)
        switch expression {
        case .all(let parts):
            return indent + "all of\n"
                + parts.map { outline($0, depth: depth + 1) }.joined()
        case .any(let parts):
            return indent + "any of\n"
                + parts.map { outline($0, depth: depth + 1) }.joined()
        case .not(let part): return indent + "not\n" + outline(part, depth: depth + 1)
        case .test(let predicate):
            return indent + (predicate.field ?? "any value") + predicate.test.asked + "\n"
        }
    }

    private static func fields(_ expression: Expression) -> Set<String> {
        switch expression {
        case .all(let parts), .any(let parts):
            return parts.reduce(into: []) { $0.formUnion(fields($1)) }
        case .not(let part): return fields(part)
        case .test(let predicate):
            var names: Set<String> = []
            if let field = predicate.field { names.insert(field) }
            if case .fieldReference(let reference) = predicate.test {
                names.insert(reference.field)
            }
            return names
        }
    }
}
