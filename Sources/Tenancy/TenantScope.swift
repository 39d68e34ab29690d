/// The proof that somebody may do one thing in some tenants.
///
/// Every call of the store asks for one, and only ``Policy/authorize(_:to:in:)`` can make one: there is no query without a tenant.
package struct TenantScope: Hashable, Sendable {
    package let principal: PrincipalID
    package let permission: Permission
    /// In order, without doubles; never empty.
    package let tenants: [TenantID]

    /// - Precondition: `tenants` is not empty; only the policy calls this.
    init(principal: PrincipalID, permission: Permission, tenants: [TenantID]) {
        precondition(!tenants.isEmpty, "a scope names at least one tenant")
        self.principal = principal
        self.permission = permission
        self.tenants = Set(tenants).sorted()
    }

    package func covers(_ tenant: TenantID) -> Bool { tenants.contains(tenant) }
}
