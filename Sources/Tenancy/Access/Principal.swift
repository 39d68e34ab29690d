/// Who asks: a person, a program with a key, or the service itself.
package struct Principal: Hashable, Sendable {
    /// One role, and where it holds.
    package struct Grant: Hashable, Sendable, Codable {
        package var role: Role
        package var reach: Reach

        package init(_ role: Role, in reach: Reach) {
            self.role = role
            self.reach = reach
        }
    }

    package let id: PrincipalID
    /// As people read it.
    package let name: String
    /// At most ``grantsMax``; what is beyond is not looked at.
    package let grants: [Grant]
    /// What an API key adds: it may do what its owner may, and of that only what is in the mandate. Nil for all others.
    package let mandate: Mandate?

    package static let grantsMax = 64

    package init(id: PrincipalID, name: String, grants: [Grant]) {
        self.id = id
        self.name = name
        self.grants = Array(grants.prefix(Self.grantsMax))
        mandate = nil
    }

    /// A program with a key. It acts under its own id, so the ledger tells it from its owner.
    ///
    /// - Parameter owner: as it is now, not as it was when the key was made: what the owner loses, the key loses.
    package init(key id: PrincipalID, name: String, mandate: Mandate, owner: Principal) {
        self.id = id
        self.name = name
        grants = owner.mandate == nil ? owner.grants : []
        self.mandate = mandate
    }
}

/// What its owner lets an API key do, and where.
package struct Mandate: Hashable, Sendable, Codable {
    package let owner: PrincipalID
    package let permissions: Set<Permission>
    package let reach: Principal.Reach

    package init(owner: PrincipalID, permissions: Set<Permission>, reach: Principal.Reach) {
        self.owner = owner
        self.permissions = permissions
        self.reach = reach
    }
}

package enum Role: String, Sendable, CaseIterable, Codable {
    case providerAdmin = "provider-admin"
    case lead, analyst, hunter
    case customerAdmin = "customer-admin"
    case customerViewer = "customer-viewer"
    /// Reads everything, the ledger included, and changes nothing.
    case auditor
    /// The most that any API key may do. Nobody is granted it; see ``Mandate``.
    case apiClient = "api-client"
    /// The watch itself: what it received, found and keeps. No person has this role.
    case service

    /// Whether people can be given it.
    package var isForPeople: Bool { self != .apiClient && self != .service }
    /// Whether it holds in single tenants only, never in all or in a group.
    package var isCustomers: Bool { self == .customerAdmin || self == .customerViewer }
}
