/// The proof that somebody may do one thing in some tenants.
///
/// Every call of the store asks for one, and only ``Policy`` can make one: there is no query without a tenant.
package struct TenantScope: Hashable, Sendable {
    package let principal: PrincipalID
    package let permission: Permission
    /// In order, without doubles; never empty; at most ``Policy/tenantsMax``.
    package let tenants: [TenantID]

    /// - Precondition: `tenants` is not empty; only the policy calls this.
    init(principal: PrincipalID, permission: Permission, tenants: [TenantID]) {
        precondition(!tenants.isEmpty, "a scope names at least one tenant")
        self.principal = principal
        self.permission = permission
        self.tenants = Set(tenants).sorted()
    }

    package func covers(_ tenant: TenantID) -> Bool {
        var low = 0
        var high = tenants.count
        while low < high {
            let middle = (low + high) / 2
            if tenants[middle] < tenant { low = middle + 1 } else { high = middle }
        }
        return low < tenants.count && tenants[low] == tenant
    }

    /// The same right in fewer tenants; nil where one of them is not covered, or there are none.
    package func narrowed(to fewer: [TenantID]) -> TenantScope? {
        guard !fewer.isEmpty, fewer.allSatisfy(covers) else { return nil }
        return TenantScope(principal: principal, permission: permission, tenants: fewer)
    }
}

/// The proof that somebody may do one thing to what belongs to no tenant: tenants themselves, groups, shared rules,
/// people of the provider, the provider's own ledger. Only ``Policy`` can make one.
package struct ProviderScope: Hashable, Sendable {
    package let principal: PrincipalID
    package let permission: Permission

    init(principal: PrincipalID, permission: Permission) {
        self.principal = principal
        self.permission = permission
    }
}
