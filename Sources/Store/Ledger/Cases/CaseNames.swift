package import Tenancy

package enum IncidentTag {}
package enum AlertTag {}
package typealias IncidentID = Identifier<IncidentTag>
package typealias AlertID = Identifier<AlertTag>

/// An incident, and whose it is.
package struct IncidentKey: Hashable, Sendable {
    package let tenant: TenantID
    package let incident: IncidentID

    package init(_ incident: IncidentID, of tenant: TenantID) {
        self.tenant = tenant
        self.incident = incident
    }
}

/// As Sigma ranks rules.
package enum CaseLevel: Int, Hashable, Comparable, Sendable, CaseIterable {
    case informational, low, medium, high, critical

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

package enum CaseState: String, Hashable, Sendable, CaseIterable {
    /// Nobody has looked yet.
    case new
    case open
    case closed
}

package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case truePositive = "true-positive"
    /// It happened as the rule says, and was allowed.
    case benignTruePositive = "benign-true-positive"
    case falsePositive = "false-positive"
    case undetermined
}

/// The clock of an incident. Each is recorded once and never overwritten; nil has not happened, or nobody said.
package enum CaseTime: Int, Hashable, Sendable, CaseIterable {
    /// Its first event happened.
    case event
    /// Our server had the first record that an alert of it rests on.
    case received
    /// Its first alert was made.
    case alert
    /// A person opened it.
    case seen
    /// A person gave the first verdict.
    case decided
    case contained, eradicated, restored

    /// `T0`…`T7`.
    package var name: String { "T\(rawValue)" }
    var column: String { "t\(rawValue)" }
}
