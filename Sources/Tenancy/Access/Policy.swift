/// Decides who may do what, where. Keeps nothing: it is a value made from what the ledger says now.
package struct Policy: Sendable {
    package struct Refusal: Error, Hashable, Sendable {
        package let principal: PrincipalID
        package let permission: Permission
        /// The first that is out of reach; nil where no tenant, too many, or the whole provider was asked for.
        package let tenant: TenantID?
    }

    /// Tenants of one scope.
    package static let tenantsMax = 10_000

    private let groups: TenantGroups

    package init(groups: TenantGroups = .none) { self.groups = groups }

    /// The only way to a ``TenantScope``, with ``scope(of:for:among:)``.
    ///
    /// - Throws: ``Refusal``, naming the first tenant that is out of reach; nil where `tenants` is empty or has more
    ///   than ``tenantsMax``.
    package func authorize(
        _ principal: Principal, to permission: Permission, in tenants: [TenantID]
    ) throws(Refusal) -> TenantScope {
        guard !tenants.isEmpty, tenants.count <= Self.tenantsMax else {
            throw Refusal(principal: principal.id, permission: permission, tenant: nil)
        }
        for tenant in tenants where !allows(principal, permission, in: tenant) {
            throw Refusal(principal: principal.id, permission: permission, tenant: tenant)
        }
        return TenantScope(principal: principal.id, permission: permission, tenants: tenants)
    }

    /// Those of `tenants` where the principal may: one queue over many customers.
    ///
    /// - Throws: ``Refusal`` without a tenant where there are none, or more than ``tenantsMax``.
    package func scope(
        of principal: Principal, for permission: Permission, among tenants: [TenantID]
    ) throws(Refusal) -> TenantScope {
        let allowed = tenants.filter { allows(principal, permission, in: $0) }
        guard !allowed.isEmpty, allowed.count <= Self.tenantsMax else {
            throw Refusal(principal: principal.id, permission: permission, tenant: nil)
        }
        return TenantScope(principal: principal.id, permission: permission, tenants: allowed)
    }

    /// The only way to a ``ProviderScope``: for what belongs to no tenant. It takes a reach of ``Principal/Reach/all``.
    package func authorizeProvider(
        _ principal: Principal, to permission: Permission
    ) throws(Refusal) -> ProviderScope {
        guard allows(principal, permission, in: .all) else {
            throw Refusal(principal: principal.id, permission: permission, tenant: nil)
        }
        return ProviderScope(principal: principal.id, permission: permission)
    }

    package func allows(
        _ principal: Principal, _ permission: Permission, in tenant: TenantID
    ) -> Bool {
        allows(principal, permission, in: .tenants([tenant]))
    }

    /// - Parameter piece: one of ``Principal/Reach/pieces``.
    private func allows(
        _ principal: Principal, _ permission: Permission, in piece: Principal.Reach
    ) -> Bool {
        if let mandate = principal.mandate {
            guard AccessMatrix.allows(.apiClient, permission),
                mandate.permissions.contains(permission),
                mandate.reach.covers(piece, groups: groups)
            else { return false }
        }
        return principal.grants.contains { grant in
            // Nobody has the role of a key; it is a bound, not a right.
            grant.role != .apiClient && AccessMatrix.allows(grant.role, permission)
                && grant.reach.covers(piece, groups: groups) && isSound(grant)
        }
    }

    /// A customer's role in more than single tenants would be a way from one customer to another.
    private func isSound(_ grant: Principal.Grant) -> Bool {
        guard grant.role.isCustomers, case .tenants = grant.reach else {
            return !grant.role.isCustomers
        }
        return true
    }
}

extension Policy {
    /// Whether `granter` may give `grant` to somebody: it governs people there, and has every right it gives.
    package func mayGrant(_ granter: Principal, _ grant: Principal.Grant) -> Bool {
        guard grant.role.isForPeople, isSound(grant), !grant.reach.pieces.isEmpty else {
            return false
        }
        let rights = AccessMatrix.permissions(of: grant.role).union([Permission(.update, .people)])
        return grant.reach.pieces.allSatisfy { piece in
            rights.allSatisfy { allows(granter, $0, in: piece) }
        }
    }

    /// Whether `governor` may change what `grants` belong to: take them away, set a new password, end sessions.
    ///
    /// A reset password is a taken account, so it asks for as much as granting. Nobody without a grant is governed
    /// by anyone but who governs people everywhere.
    package func mayGovern(_ governor: Principal, grants: [Principal.Grant]) -> Bool {
        guard !grants.isEmpty else {
            return allows(governor, Permission(.update, .people), in: .all)
        }
        return grants.allSatisfy { mayGrant(governor, $0) }
    }

    /// Whether `owner` may give a key this mandate: everything in it is the owner's own right, and of what keys may do.
    package func mayMandate(_ owner: Principal, _ mandate: Mandate) -> Bool {
        guard mandate.owner == owner.id, owner.mandate == nil, !mandate.permissions.isEmpty,
            !mandate.reach.pieces.isEmpty
        else { return false }
        return mandate.permissions.allSatisfy { permission in
            AccessMatrix.allows(.apiClient, permission)
                && mandate.reach.pieces.allSatisfy { allows(owner, permission, in: $0) }
        }
    }
}
