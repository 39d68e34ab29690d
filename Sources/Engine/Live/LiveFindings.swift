package import Sigma

/// What the engine found in one step.
package struct LiveFindings: Sendable {
    package var alerts: [LiveAlert] = []
    /// In the order in which they are to be applied.
    package var incidents: [StorylineChange] = []

    package init() {}

    package var isEmpty: Bool { alerts.isEmpty && incidents.isEmpty }
}

/// An alert with the rule that made it: rules come and go while the engine lives, so an index would not do.
package struct LiveAlert: Sendable {
    package var alert: Alert
    package var rule: RuleMetadata
    /// The suppression that covers it; it then joins no incident.
    package var suppressedBy: String?
    /// The record it fired on, by its sequence in the tenant's archive.
    package var sequence: UInt64 { alert.event.reference.order >> Block.indexBits }
}

/// What became of an incident. Ids are given once and stay.
package enum StorylineChange: Sendable {
    /// A new one, or more of one that is known.
    case told(LiveIncident)
    /// What was thought to be two is one; `from` is no more.
    case merged(from: String, into: String)
}

/// An incident as told so far. The indexes in ``incident`` (its alerts, and its entities' alerts) are places in ``alertIDs``.
package struct LiveIncident: Sendable {
    package var incident: Incident
    package var alertIDs: [String]
}
