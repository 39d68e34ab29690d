/// One Sigma correlation rule: what must happen together, how often, within which time.
///
/// - Source: Sigma correlation rules specification 2.1.
package struct Correlation: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case eventCount = "event_count"
        case valueCount = "value_count"
        case temporal
        case temporalOrdered = "temporal_ordered"
        case valueSum = "value_sum"
        case valueAverage = "value_avg"
        case valuePercentile = "value_percentile"
        case valueMedian = "value_median"
    }

    package var metadata: RuleMetadata
    package var kind: Kind
    /// Ids (after resolving names) of the rules or correlations it refers to, in written order.
    package var rules: [String]
    /// Group-by field names; an alias name is looked up in `aliases`.
    package var groupBy: [String]
    /// Alias → (rule id → field name in that rule's events).
    package var aliases: [String: [String: String]]
    package var timespanSeconds: Int
    /// All must hold, e.g. `gte: 5, lt: 10`; empty for the temporal kinds means every rule once.
    package var conditions: [(comparison: Comparison, value: Double)]
    /// Extended temporal condition over rule ids, e.g. `a and not b`; nil = all of `rules`.
    package var ruleCondition: RuleCondition?
    /// The field of value_* kinds; several are counted as one tuple (value_count).
    package var fields: [String]
    /// 0...100, for value_percentile.
    package var percentile: Double?
    package var emitsAlerts: Bool

    package init(
        metadata: RuleMetadata, kind: Kind, rules: [String], groupBy: [String],
        aliases: [String: [String: String]], timespanSeconds: Int,
        conditions: [(comparison: Comparison, value: Double)], ruleCondition: RuleCondition? = nil,
        fields: [String], percentile: Double?, emitsAlerts: Bool = true
    ) {
        self.metadata = metadata
        self.kind = kind
        self.rules = rules
        self.groupBy = groupBy
        self.aliases = aliases
        self.timespanSeconds = timespanSeconds
        self.conditions = conditions
        self.ruleCondition = ruleCondition
        self.fields = fields
        self.percentile = percentile
        self.emitsAlerts = emitsAlerts
    }
}

package indirect enum RuleCondition: Sendable, Hashable {
    case rule(String)
    case all([RuleCondition])
    case any([RuleCondition])
    case not(RuleCondition)
}

/// Everything a load yielded: what can run, and why the rest cannot.
package struct RuleCollection: Sendable {
    package var rules: [Rule] = []
    package var correlations: [Correlation] = []
    package var problems: [RuleProblem] = []
    /// Documents read, whatever became of them; legacy `action: global` ones count too.
    package var documentCount = 0
    /// Global filters that were read; what they filter is part of the rules now.
    package var filterCount = 0

    package init() {}

    /// How many documents were not loaded, by the first reason each of them gave, most first.
    package var refusedByReason: [(reason: RuleProblem.Reason, count: Int)] {
        struct Key: Hashable {
            var path: String
            var ruleID: String?
        }
        var seen: Set<Key> = []
        var counts: [RuleProblem.Reason: Int] = [:]
        for problem in problems where problem.severity == .refused {
            let key = Key(path: problem.location.path, ruleID: problem.ruleID)
            // Documents that were never read have no id; each of their problems is one document.
            if problem.ruleID == nil || seen.insert(key).inserted {
                counts[problem.reason, default: 0] += 1
            }
        }
        return counts.map { ($0.key, $0.value) }
            .sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
    }
}

/// Why one rule, or one file, was not loaded (or is loaded with a warning).
package struct RuleProblem: Sendable, Hashable, CustomStringConvertible {
    /// The class of the reason, for the table: e.g. `yaml`, `unknown-modifier`, `unsupported-pipe`.
    package enum Reason: String, Sendable, CaseIterable {
        case unreadable, yaml, missingField = "missing-field", wrongType = "wrong-type"
        case unknownModifier = "unknown-modifier", modifierMisuse = "modifier-misuse"
        case condition, unknownSelection = "unknown-selection", regex, cidr
        case placeholder = "placeholder-without-values", aggregationPipe = "aggregation-pipe"
        case unknownRule = "unknown-rule", correlation, filter, duplicateId = "duplicate-id"
        case deprecated, unsupported, limit, style
    }
    package enum Severity: Sendable, Hashable { case refused, warning }

    package var reason: Reason
    package var severity: Severity
    package var location: SourceLocation
    package var ruleID: String?
    /// One sentence that names the cure.
    package var message: String

    package var description: String { "\(location): \(message)" }

    package init(
        reason: Reason, severity: Severity = .refused, location: SourceLocation,
        ruleID: String? = nil, message: String
    ) {
        self.reason = reason
        self.severity = severity
        self.location = location
        self.ruleID = ruleID
        self.message = message
    }
}
