package import Engine
import Tenancy

/// An alert as it is kept. Kept once: a second one of the same id changes nothing.
package struct KeptAlert: Hashable, Sendable {
    package var id: AlertID
    package var rule: String
    /// Of the rule.
    package var title: String
    package var level: CaseLevel
    package var host: String?
    package var user: String?
    /// When its event happened; nil where the record does not say.
    package var time: Timestamp?
    /// T1: when its record was received.
    package var received: Timestamp
    /// T2: when it was made.
    package var alerted: Timestamp
    /// The suppression that covers it, by its id; such an alert opens no incident and is counted.
    package var suppression: String?
    /// JSON text, kept as it is.
    package var body: String

    package init(
        id: AlertID, rule: String, title: String, level: CaseLevel, host: String? = nil,
        user: String? = nil, time: Timestamp?, received: Timestamp, alerted: Timestamp,
        suppression: String? = nil, body: String
    ) {
        self.id = id
        self.rule = rule
        self.title = title
        self.level = level
        self.host = host
        self.user = user
        self.time = time
        self.received = received
        self.alerted = alerted
        self.suppression = suppression
        self.body = body
    }
}

/// An incident as the engine tells it now. Telling it again with more in it makes it grow; what people decided stays.
package struct ToldIncident: Hashable, Sendable {
    package var id: IncidentID
    package var title: String
    package var level: CaseLevel
    /// 0...100.
    package var risk: Int
    /// 0...100.
    package var confidence: Int
    package var firstSeen: Timestamp?
    package var lastSeen: Timestamp?
    package var story: [String]
    package var techniques: [String]
    /// Names that people search for: hosts, users, programs.
    package var entities: [String]
    /// All alerts of it.
    package var alerts: [AlertID]
    /// JSON text, kept as it is: the graph, the entities in full.
    package var details: String

    package init(
        id: IncidentID, title: String, level: CaseLevel, risk: Int, confidence: Int,
        firstSeen: Timestamp?, lastSeen: Timestamp?, story: [String], techniques: [String],
        entities: [String], alerts: [AlertID], details: String
    ) {
        self.id = id
        self.title = title
        self.level = level
        self.risk = risk
        self.confidence = confidence
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.story = story
        self.techniques = techniques
        self.entities = entities
        self.alerts = alerts
        self.details = details
    }
}

/// What the engine found since the batch before, of one tenant.
package struct FindingBatch: Hashable, Sendable {
    /// `loser` is `survivor` now.
    package struct Merge: Hashable, Sendable {
        package var loser: IncidentID
        package var survivor: IncidentID

        package init(_ loser: IncidentID, into survivor: IncidentID) {
            self.loser = loser
            self.survivor = survivor
        }
    }

    package var alerts: [KeptAlert]
    package var incidents: [ToldIncident]
    package var merges: [Merge]
    /// The record of the tenant's archive up to which all of this was found.
    package var through: UInt64

    package init(
        alerts: [KeptAlert] = [], incidents: [ToldIncident] = [], merges: [Merge] = [],
        through: UInt64
    ) {
        self.alerts = alerts
        self.incidents = incidents
        self.merges = merges
        self.through = through
    }
}

/// What a batch changed.
package struct KeepOutcome: Hashable, Sendable {
    package var alertsNew = 0
    package var alertsKnown = 0
    /// New ones, and those told otherwise than before.
    package var incidentsChanged: [IncidentID] = []
    package var reopened: [IncidentID] = []
    package var merged: [IncidentID] = []
}
