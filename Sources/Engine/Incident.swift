package import Sigma

/// What a person works on: one attack, told from its first necessary step to how far it got.
package struct Incident: Sendable {
    /// 32 hex digits, from the id of its root and of its earliest alert; stable under late events.
    package var id: String
    package var title: String
    package var level: Level
    /// 0...100 by the formula in docs/storyline.md.
    package var risk: Int
    /// 0...100: how sure we are that this is an attack rather than noise.
    package var confidence: Int
    package var firstSeen: Timestamp?
    package var lastSeen: Timestamp?
    /// Sentences for a person: what happened, who, how far, in ATT&CK order.
    package var story: [String]
    /// Indexes into the run's alerts, by time.
    package var alerts: [Int]
    /// The earliest necessary node; nil when no entity could be named.
    package var root: EntityID?
    package var entities: [Entity]
    package var edges: [CausalEdge]
    /// Technique ids (`T1059.001`) in the order of tactics, then time.
    package var techniques: [String]
    /// Tactic short names (`execution`) in ATT&CK order.
    package var tactics: [String]

    package init(
        id: String, title: String, level: Level, risk: Int, confidence: Int,
        firstSeen: Timestamp?, lastSeen: Timestamp?, story: [String], alerts: [Int],
        root: EntityID?, entities: [Entity], edges: [CausalEdge], techniques: [String],
        tactics: [String]
    ) {
        self.id = id
        self.title = title
        self.level = level
        self.risk = risk
        self.confidence = confidence
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.story = story
        self.alerts = alerts
        self.root = root
        self.entities = entities
        self.edges = edges
        self.techniques = techniques
        self.tactics = tactics
    }
}

/// Stable name of an entity: kind and normalised key, e.g. `process:HOST|{guid}`.
package struct EntityID: Hashable, Comparable, Sendable {
    package var text: String
    package init(text: String) { self.text = text }
    package static func < (left: EntityID, right: EntityID) -> Bool { left.text < right.text }
}

package struct Entity: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case host, process, user, session, address, file, domain, registryKey = "registry-key"
        case service, scheduledTask = "scheduled-task", cloudPrincipal = "cloud-principal"
        case cloudResource = "cloud-resource"
    }
    package var id: EntityID
    package var kind: Kind
    /// Short name for a graph node, e.g. `powershell.exe`.
    package var label: String
    /// What else is known, in order: `("command line", "…")`, `("pid", "4242")`.
    package var facts: [(name: String, value: String)]
    package var host: String?
    package var firstSeen: Timestamp?
    package var lastSeen: Timestamp?
    /// Indexes into the run's alerts that fired on this entity.
    package var alerts: [Int]

    package init(
        id: EntityID, kind: Kind, label: String, facts: [(name: String, value: String)] = [],
        host: String? = nil, firstSeen: Timestamp? = nil, lastSeen: Timestamp? = nil,
        alerts: [Int] = []
    ) {
        self.id = id
        self.kind = kind
        self.label = label
        self.facts = facts
        self.host = host
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.alerts = alerts
    }
}

/// `from` made `to` possible; the reason says how.
package struct CausalEdge: Hashable, Sendable {
    package enum Reason: String, Sendable, CaseIterable {
        case spawned, wrote, wroteThenRan = "wrote then ran", loaded, injected, accessed
        case loggedOnFrom = "logged on from", loggedOn = "logged on", ranAs = "ran as"
        case remoteService = "remote service", remoteTask = "remote task", remoteWMI = "remote WMI"
        case remoteShell = "remote shell"
        case connected, resolved, downloaded, persisted, stole, deleted
        case assumedRole = "assumed role", signedInFrom = "signed in from", called, ranOn = "ran on"
    }
    package var from: EntityID
    package var to: EntityID
    package var reason: Reason
    package var time: Timestamp?

    package init(from: EntityID, to: EntityID, reason: Reason, time: Timestamp?) {
        self.from = from
        self.to = to
        self.reason = reason
        self.time = time
    }
}
