extension Principal {
    /// Where something holds.
    package enum Reach: Hashable, Sendable, Codable {
        /// Every tenant, those made later included, and what belongs to no tenant.
        case all
        case tenants(Set<TenantID>)
        /// Every tenant of the groups, those that join them later included.
        case groups(Set<TenantGroupID>)

        package func includes(_ tenant: TenantID, groups: TenantGroups) -> Bool {
            switch self {
            case .all: true
            case .tenants(let tenants): tenants.contains(tenant)
            case .groups(let named): named.contains { groups.has(tenant, in: $0) }
            }
        }

        /// Whether this is at least as far as `other`, now and whatever groups will hold later.
        package func covers(_ other: Reach, groups: TenantGroups) -> Bool {
            switch (self, other) {
            case (.all, _): true
            case (_, .all): false
            case (.groups(let wide), .groups(let narrow)): narrow.isSubset(of: wide)
            case (.tenants, .groups): false
            case (_, .tenants(let tenants)): tenants.allSatisfy { includes($0, groups: groups) }
            }
        }

        /// The smallest pieces it is made of; whoever covers each of them covers all.
        var pieces: [Reach] {
            switch self {
            case .all: [.all]
            case .tenants(let tenants): tenants.sorted().map { .tenants([$0]) }
            case .groups(let groups): groups.sorted().map { .groups([$0]) }
            }
        }
    }
}

/// Which tenants are in which group. A group nobody defined is empty.
package struct TenantGroups: Hashable, Sendable {
    package static let none = TenantGroups([:])
    package static let groupsMax = 1_000

    package enum Failure: Error, Hashable, Sendable {
        /// More than ``groupsMax``.
        case tooManyGroups(Int)
    }

    private let members: [TenantGroupID: Set<TenantID>]

    private init(_ members: [TenantGroupID: Set<TenantID>]) { self.members = members }

    package init(members: [TenantGroupID: Set<TenantID>]) throws(Failure) {
        guard members.count <= Self.groupsMax else { throw .tooManyGroups(members.count) }
        self.members = members
    }

    package func has(_ tenant: TenantID, in group: TenantGroupID) -> Bool {
        members[group]?.contains(tenant) == true
    }
}
