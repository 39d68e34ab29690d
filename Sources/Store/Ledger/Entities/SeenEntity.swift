package import Engine
package import Tenancy

/// What people ask after by name.
package enum EntityKind: String, Hashable, Sendable, CaseIterable {
    case host, user, address

    /// A host's own name without its domain, as logs of one machine have it with and without; other names as they are.
    package static func short(_ name: String, of kind: EntityKind) -> String {
        let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
        guard kind == .host, !isAddress, let end = name.firstIndex(of: "."), end != name.startIndex
        else { return name }
        return String(name[..<end])
    }
}

/// A host, a user or an address that alerts or incidents name.
package struct SeenEntity: Hashable, Sendable {
    package let tenant: TenantID
    package let kind: EntityKind
    /// The longest that was written; names that differ only in ASCII case are one, and so are hosts with and without their domain.
    package let name: String
    /// Of the alerts and incidents that name it; nil where none says a time.
    package let firstSeen: Timestamp?
    package let lastSeen: Timestamp?
    package let alertCount: Int
    /// Not those that are part of another.
    package let incidents: Set<IncidentID>
    /// Those of ``incidents`` that are not closed.
    package let liveIncidentCount: Int
    /// The highest of live incidents, 0...100; 0 where there are none.
    package let risk: Int
    /// The highest of its alerts and incidents.
    package let level: CaseLevel
}

/// Which entities to list.
package struct EntityQuery: Hashable, Sendable {
    package static let limitMax = 500

    package var kind: EntityKind?
    /// Part of the name, without regard to ASCII case.
    package var text: String?
    /// The whole name, likewise.
    package var name: String?
    package var limit: Int

    package init(
        kind: EntityKind? = nil, text: String? = nil, name: String? = nil, limit: Int = 100
    ) {
        self.kind = kind
        self.text = text
        self.name = name
        self.limit = min(max(1, limit), Self.limitMax)
    }
}

/// Entities by risk, then last seen, then name.
package struct EntityList: Hashable, Sendable {
    package let entities: [SeenEntity]
    /// How many there are of what was looked at.
    package let count: Int
    /// Whether there are more alerts or incidents than were looked at: ``Ledger/entityAlertsMax`` and ``Ledger/entityIncidentsMax``.
    package let isSample: Bool
}
