/// Who asks: a person, a program with a key, or the service itself.
package struct Principal: Hashable, Sendable {
    package enum Reach: Hashable, Sendable {
        /// Every tenant, those made later included.
        case all
        case tenants(Set<TenantID>)

        package func includes(_ tenant: TenantID) -> Bool {
            switch self {
            case .all: true
            case .tenants(let tenants): tenants.contains(tenant)
            }
        }
    }

    /// One role, and where it holds.
    package struct Grant: Hashable, Sendable {
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
    package let grants: [Grant]

    package init(id: PrincipalID, name: String, grants: [Grant]) {
        self.id = id
        self.name = name
        self.grants = grants
    }
}

package enum Role: String, Sendable, CaseIterable {
    case providerAdmin = "provider-admin"
    case lead, analyst, hunter
    case customerAdmin = "customer-admin"
    case customerViewer = "customer-viewer"
    case auditor
    case apiClient = "api-client"
    /// The watch itself: what it received, found and keeps. No person has this role.
    case service
}
