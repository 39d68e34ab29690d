/// One Sigma detection rule, read and resolved: modifiers applied, conditions turned into one
/// expression, values normalised. What is here is what an evaluator needs, nothing textual is left.
///
/// - Source: Sigma rules specification 2.1.
package struct Rule: Sendable {
    package var metadata: RuleMetadata
    package var logsource: Logsource
    /// Several `condition` entries are joined with `or`.
    package var condition: Expression
    /// False when only correlations use this rule (`generate: false`), so it makes no alert itself.
    package var emitsAlerts: Bool

    package init(
        metadata: RuleMetadata, logsource: Logsource, condition: Expression,
        emitsAlerts: Bool = true
    ) {
        self.metadata = metadata
        self.logsource = logsource
        self.condition = condition
        self.emitsAlerts = emitsAlerts
    }
}

/// What a person needs to know about a rule; shared by detections and correlations.
package struct RuleMetadata: Sendable {
    /// The UUID as written, lower case; when the file has none, a stable id made from its content.
    package var id: String
    /// The optional `name` other documents may refer to.
    package var name: String?
    package var title: String
    package var level: Level
    package var status: String?
    package var author: String?
    package var license: String?
    package var description: String?
    /// As written, e.g. `attack.t1059.001`, lower case.
    package var tags: [String]
    package var references: [String]
    package var falsePositives: [String]
    /// The `fields` list: what an analyst should look at first.
    package var fields: [String]
    package var source: SourceLocation
    /// FNV-1a 64 of the document's canonical content: changes when the rule's meaning may change.
    package var revision: UInt64

    package init(
        id: String, name: String? = nil, title: String, level: Level, status: String? = nil,
        author: String? = nil, license: String? = nil, description: String? = nil,
        tags: [String] = [], references: [String] = [], falsePositives: [String] = [],
        fields: [String] = [], source: SourceLocation, revision: UInt64 = 0
    ) {
        self.id = id
        self.name = name
        self.title = title
        self.level = level
        self.status = status
        self.author = author
        self.license = license
        self.description = description
        self.tags = tags
        self.references = references
        self.falsePositives = falsePositives
        self.fields = fields
        self.source = source
        self.revision = revision
    }
}

/// Severity of a rule, ordered; a rule without a level counts as `medium`.
package enum Level: Int, Sendable, Comparable, CaseIterable {
    case informational, low, medium, high, critical

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    package init?(name: some StringProtocol) {
        switch name.lowercased() {
        case "informational", "info": self = .informational
        case "low": self = .low
        case "medium": self = .medium
        case "high": self = .high
        case "critical": self = .critical
        default: return nil
        }
    }

    package var name: String {
        switch self {
        case .informational: "informational"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .critical: "critical"
        }
    }
}

/// Which logs a rule is written for. Nil parts match any log.
package struct Logsource: Hashable, Sendable {
    package var product: String?
    package var category: String?
    package var service: String?

    package init(product: String? = nil, category: String? = nil, service: String? = nil) {
        self.product = product
        self.category = category
        self.service = service
    }

    /// True when a log described by `offered` may hold events this rule wants.
    package func accepts(_ offered: Logsource) -> Bool {
        (product == nil || product == offered.product)
            && (category == nil || category == offered.category)
            && (service == nil || service == offered.service)
    }
}

/// A place in a file; line and column count from 1, 0 where the place is the whole file.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    package var path: String
    package var line: Int
    package var column: Int

    package init(path: String, line: Int = 0, column: Int = 0) {
        self.path = path
        self.line = line
        self.column = column
    }

    package var description: String { line > 0 ? "\(path):\(line):\(column)" : path }
}
