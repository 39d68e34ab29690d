/// Decides who may do what, where. Keeps nothing.
package struct Policy: Sendable {
    package struct Refusal: Error, Hashable, Sendable {
        package let principal: PrincipalID
        package let permission: Permission
        package let tenant: TenantID?
    }

    package init() {}

    /// The only way to a ``TenantScope``.
    ///
    /// - Throws: ``Refusal``, naming the first tenant that is out of reach; nil where `tenants` is empty.
    package func authorize(
        _ principal: Principal, to permission: Permission, in tenants: [TenantID]
    ) throws(Refusal) -> TenantScope {
        guard !tenants.isEmpty else {
            throw Refusal(principal: principal.id, permission: permission, tenant: nil)
        }
        for tenant in tenants where !allows(principal, permission, in: tenant) {
            throw Refusal(principal: principal.id, permission: permission, tenant: tenant)
        }
        return TenantScope(principal: principal.id, permission: permission, tenants: tenants)
    }

    package func allows(
        _ principal: Principal, _ permission: Permission, in tenant: TenantID
    ) -> Bool {
        principal.grants.contains { grant in
            grant.reach.includes(tenant)
                && AccessMatrix.allows(grant.role, permission)
        }
    }
}
