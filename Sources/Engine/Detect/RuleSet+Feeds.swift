package import Sigma

/// Logs that hold events a rule asks for, as one entry of a mapping tells them.
package struct RuleFeed: Hashable, Sendable {
    package let kind: SourceKind
    /// Class field → accepted values; empty accepts every event of the kind.
    package let when: [String: [String]]
    /// Beyond what the log source itself names.
    package let isExtra: Bool
}

extension RuleSet {
    /// Where events of a log source can come from; empty where no mapped log offers them, so that the rule cannot fire.
    package func feeds(of logsource: Logsource) -> [RuleFeed] {
        mappings.flatMap { mapping in
            mapping.entries.compactMap { entry -> RuleFeed? in
                guard let kind = SourceKind(rawValue: mapping.source),
                    logsource.accepts(entry.logsource), extras || !entry.isExtra
                else { return nil }
                return RuleFeed(kind: kind, when: entry.when, isExtra: entry.isExtra)
            }
        }
    }

    /// As ``feeds(of:)``, kinds alone, in the order of their names.
    package func kinds(feeding logsource: Logsource) -> [SourceKind] {
        var found: Set<SourceKind> = []
        for source in sources
        where source.entries.contains(where: { logsource.accepts($0.logsource) }) {
            found.insert(source.kind)
        }
        return found.sorted { $0.rawValue < $1.rawValue }
    }
}
