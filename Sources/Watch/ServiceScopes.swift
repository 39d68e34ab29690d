package import Store
package import Tenancy

/// What the watch itself may, tenant by tenant: it receives, finds and keeps, and has no way around the policy.
package struct ServiceScopes: Sendable {
    package let principal: Principal
    private let policy: Policy

    package init(policy: Policy = Policy()) {
        self.policy = policy
        principal = Principal(
            id: Ledger.service, name: "Kagari", grants: [.init(.service, in: .all)])
    }

    package func findings(of tenant: TenantID) throws(StoreFailure) -> TenantScope {
        try scope(Permission(.create, .incidents), in: tenant)
    }

    package func scope(
        _ permission: Permission, in tenant: TenantID
    ) throws(StoreFailure) -> TenantScope {
        do throws(Policy.Refusal) {
            return try policy.authorize(principal, to: permission, in: [tenant])
        } catch {
            throw StoreFailure(.refused, "The service may not \(permission) in \(tenant).")
        }
    }
}
