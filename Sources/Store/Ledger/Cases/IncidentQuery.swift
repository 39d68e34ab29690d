package import Engine
package import Tenancy

/// What of the queue is asked for. The tenants come from the scope.
package struct IncidentQuery: Hashable, Sendable {
    /// Empty is any. Those merged into another are never listed.
    package var states: Set<CaseState>
    package var levelMin: CaseLevel
    package var assignee: PrincipalID?
    package var isUnassigned: Bool
    package var verdict: Verdict?
    package var tag: String?
    /// Some name or technique of the incident, or its title, holds this; letter case does not count. Up to 256 bytes count.
    package var text: String?
    /// 1...``LedgerLimits/pageMax``.
    package var limit: Int
    /// Where the page before ended.
    package var after: IncidentCursor?

    package init(
        states: Set<CaseState> = [], levelMin: CaseLevel = .informational,
        assignee: PrincipalID? = nil, isUnassigned: Bool = false, verdict: Verdict? = nil,
        tag: String? = nil, text: String? = nil, limit: Int = 50, after: IncidentCursor? = nil
    ) {
        self.states = states
        self.levelMin = levelMin
        self.assignee = assignee
        self.isUnassigned = isUnassigned
        self.verdict = verdict
        self.tag = tag
        self.text = text
        self.limit = min(max(1, limit), LedgerLimits.pageMax)
        self.after = after
    }
}

/// The place of an incident in the queue: risk falling, then last seen falling, then tenant and id.
package struct IncidentCursor: Hashable, Sendable {
    package var risk: Int
    package var lastSeen: Timestamp
    package var key: IncidentKey

    package init(risk: Int, lastSeen: Timestamp, key: IncidentKey) {
        self.risk = risk
        self.lastSeen = lastSeen
        self.key = key
    }
}

/// An incident as a row of the queue.
package struct IncidentSummary: Hashable, Sendable {
    package let key: IncidentKey
    package let title: String
    /// The highest of it and of what is merged into it; so are `risk` and `queueTime`.
    package let level: CaseLevel
    /// 0...100.
    package let risk: Int
    package let confidence: Int
    package let firstSeen: Timestamp?
    package let lastSeen: Timestamp?
    /// What it is ordered by: last seen, or first told where nothing says.
    package let queueTime: Timestamp
    package let alertCount: Int
    package let state: CaseState
    package let assignee: PrincipalID?
    package let verdict: Verdict?
    package let verdictReason: String?
    package let verdictBy: PrincipalID?
    package let mergedInto: IncidentID?
    package let times: [CaseTime: Timestamp]
    package let created: Timestamp
    package let changed: Timestamp
    /// Grows with every change; for an ETag.
    package let revision: UInt64

    package var cursor: IncidentCursor {
        IncidentCursor(risk: risk, lastSeen: queueTime, key: key)
    }
}

package struct IncidentPage: Sendable {
    package let incidents: [IncidentSummary]
    /// Nil on the last page.
    package let next: IncidentCursor?
}

/// An incident with everything people and the engine said of it.
package struct IncidentView: Sendable {
    package struct Comment: Hashable, Sendable {
        package let id: Int64
        /// From the first to the last.
        package let versions: [Version]

        package struct Version: Hashable, Sendable {
            package let author: PrincipalID
            package let time: Timestamp
            package let text: String
        }
    }

    package struct Task: Hashable, Sendable {
        package let id: Int64
        package let title: String
        package let author: PrincipalID
        package let created: Timestamp
        /// Nil while it is not done.
        package let done: Timestamp?
        package let doneBy: PrincipalID?
    }

    package struct Evidence: Hashable, Sendable {
        package let id: Int64
        package let note: EvidenceNote
        package let author: PrincipalID
        package let created: Timestamp
    }

    /// A merge or a split of it.
    package struct Join: Hashable, Sendable {
        package let kind: String
        /// What ``Ledger/undo(_:of:reason:now:in:)`` takes.
        package let position: UInt64
        package let incident: IncidentID
        package let into: IncidentID
        package let isUndone: Bool
    }

    package let summary: IncidentSummary
    package let story: [String]
    package let techniques: [String]
    package let entities: [String]
    /// As the engine told it; `{}` for an incident that a person split off.
    package let details: String
    package let comments: [Comment]
    package let tasks: [Task]
    package let evidence: [Evidence]
    package let tags: [String]
    package let joins: [Join]
}

/// How many incidents there are of each kind, of those not merged into another.
package struct IncidentCount: Hashable, Sendable {
    package let tenant: TenantID
    package let state: CaseState
    package let level: CaseLevel
    package let verdict: Verdict?
    package let count: Int
}

/// An alert as a row.
package struct AlertSummary: Hashable, Sendable {
    package let tenant: TenantID
    package let id: AlertID
    package let rule: String
    package let title: String
    package let level: CaseLevel
    package let host: String?
    package let user: String?
    package let time: Timestamp?
    package let received: Timestamp
    package let alerted: Timestamp
    package let suppression: String?
    /// Nil where it is in none.
    package let incident: IncidentID?
}

package struct AlertQuery: Hashable, Sendable {
    package var incident: IncidentID?
    package var rule: String?
    /// Whole names, without regard to ASCII case.
    package var host: String?
    package var user: String?
    package var levelMin: CaseLevel
    /// By when they were made, half open.
    package var since: Timestamp?
    package var until: Timestamp?
    package var limit: Int
    package var after: AlertCursor?

    package init(
        incident: IncidentID? = nil, rule: String? = nil, host: String? = nil,
        user: String? = nil, levelMin: CaseLevel = .informational, since: Timestamp? = nil,
        until: Timestamp? = nil, limit: Int = 100, after: AlertCursor? = nil
    ) {
        self.incident = incident
        self.rule = rule
        self.host = host
        self.user = user
        self.levelMin = levelMin
        self.since = since
        self.until = until
        self.limit = min(max(1, limit), LedgerLimits.pageMax)
        self.after = after
    }
}

/// The place of an alert: latest made first, then tenant and id falling.
package struct AlertCursor: Hashable, Sendable {
    package var alerted: Timestamp
    package var tenant: TenantID
    package var id: AlertID

    package init(alerted: Timestamp, tenant: TenantID, id: AlertID) {
        self.alerted = alerted
        self.tenant = tenant
        self.id = id
    }
}

package struct AlertPage: Sendable {
    package let alerts: [AlertSummary]
    package let next: AlertCursor?
}
