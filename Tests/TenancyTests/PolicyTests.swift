import Tenancy
import TestKit
import Testing

/// A small provider, and principals by chance.
struct MadeProvider {
    let tenants: [TenantID]
    let groupNames: [TenantGroupID]
    let members: [TenantGroupID: Set<TenantID>]
    let policy: Policy

    init() throws {
        tenants = try (0..<6).map { try Made.tenant("t\($0)") }
        groupNames = try ["north", "south", "empty"].map { try Made.group($0) }
        members = [
            groupNames[0]: [tenants[0], tenants[1], tenants[2]],
            groupNames[1]: [tenants[2], tenants[3]],
        ]
        policy = Policy(groups: try TenantGroups(members: members))
    }

    func reach(_ random: inout SplitMix64) -> Principal.Reach {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .all
        case 1: .groups(Set(groupNames.filter { _ in Bool.random(using: &random) }))
        default: .tenants(Set(tenants.filter { _ in Bool.random(using: &random) }))
        }
    }

    func grant(_ random: inout SplitMix64) -> Principal.Grant {
        let role = Role.allCases[Int.random(in: 0..<Role.allCases.count, using: &random)]
        return Principal.Grant(role, in: reach(&random))
    }

    func grants(_ random: inout SplitMix64) -> [Principal.Grant] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in grant(&random) }
    }

    /// Written apart from the policy: every tenant a reach holds in now.
    func tenants(in reach: Principal.Reach) -> Set<TenantID> {
        switch reach {
        case .all: Set(tenants)
        case .tenants(let named): named
        case .groups(let named): named.reduce(into: []) { $0.formUnion(members[$1] ?? []) }
        }
    }
}

@Suite struct `A policy` {
    let provider: MadeProvider

    init() throws { provider = try MadeProvider() }

    @Test func `never gives a scope beyond reach`() throws {
        var random = SplitMix64(seed: 11)
        var given = 0
        for _ in 0..<20_000 {
            let principal = try Made.person(provider.grants(&random))
            let asked = provider.tenants.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            let permission = Permission.all[
                Int.random(in: 0..<Permission.all.count, using: &random)]
            let allowed = principal.grants.filter { grant in
                let isCustomers = grant.role == .customerAdmin || grant.role == .customerViewer
                var isSingle = false
                if case .tenants = grant.reach { isSingle = true }
                return grant.role != .apiClient && (!isCustomers || isSingle)
                    && AccessMatrix.allows(grant.role, permission)
            }
            let reachable = allowed.reduce(into: Set<TenantID>()) {
                $0.formUnion(provider.tenants(in: $1.reach))
            }
            let scope = try? provider.policy.authorize(principal, to: permission, in: asked)
            #expect((scope != nil) == (!asked.isEmpty && Set(asked).isSubset(of: reachable)))
            if let scope {
                given += 1
                #expect(scope.tenants == asked.sorted())
                #expect(scope.permission == permission && scope.principal == principal.id)
            }
            let queue = try? provider.policy.scope(of: principal, for: permission, among: asked)
            #expect(Set(queue?.tenants ?? []) == reachable.intersection(asked))
        }
        #expect(given > 500)
    }

    @Test(arguments: [Role.customerAdmin, .customerViewer])
    func `never lets a customer's role reach another tenant`(role: Role) throws {
        let own = provider.tenants[0]
        for reach in [
            Principal.Reach.all, .groups(Set(provider.groupNames)), .tenants([own]),
        ] {
            let customer = try Made.person([Principal.Grant(role, in: reach)])
            for permission in Permission.all {
                for other in provider.tenants where other != own {
                    #expect(!provider.policy.allows(customer, permission, in: other))
                }
                #expect(throws: Policy.Refusal.self) {
                    try provider.policy.authorizeProvider(customer, to: permission)
                }
            }
        }
    }

    @Test func `lets nobody grant more than he has`() throws {
        var random = SplitMix64(seed: 12)
        var granted = 0
        for _ in 0..<20_000 {
            let granter = try Made.person(provider.grants(&random))
            let grant = provider.grant(&random)
            guard provider.policy.mayGrant(granter, grant) else { continue }
            granted += 1
            let receiver = try Made.person([grant], id: "receiver")
            #expect(grant.role != .service && grant.role != .apiClient)
            for permission in Permission.all {
                for tenant in provider.tenants
                where provider.policy.allows(receiver, permission, in: tenant) {
                    #expect(provider.policy.allows(granter, permission, in: tenant))
                }
                if (try? provider.policy.authorizeProvider(receiver, to: permission)) != nil {
                    #expect(throws: Never.self) {
                        try provider.policy.authorizeProvider(granter, to: permission)
                    }
                }
            }
        }
        #expect(granted > 200)
    }

    @Test func `holds what groups get later against the granter too`() throws {
        let north = provider.groupNames[0]
        let one = try Made.person([
            Principal.Grant(.providerAdmin, in: .tenants(try #require(provider.members[north])))
        ])
        let grant = Principal.Grant(.analyst, in: .groups([north]))
        #expect(!provider.policy.mayGrant(one, grant))
        let group = try Made.person([Principal.Grant(.providerAdmin, in: .groups([north]))])
        #expect(provider.policy.mayGrant(group, grant))
        #expect(!provider.policy.mayGrant(group, Principal.Grant(.analyst, in: .all)))
    }

    @Test func `lets a customer's administrator govern its own people only`() throws {
        let own = provider.tenants[0]
        let admin = try Made.person([Principal.Grant(.customerAdmin, in: .tenants([own]))])
        let here = Principal.Reach.tenants([own])
        #expect(provider.policy.mayGrant(admin, Principal.Grant(.customerViewer, in: here)))
        #expect(provider.policy.mayGovern(admin, grants: [Principal.Grant(.auditor, in: here)]))
        for grant in [
            Principal.Grant(.analyst, in: here), Principal.Grant(.providerAdmin, in: here),
            Principal.Grant(.customerViewer, in: .all),
            Principal.Grant(.customerViewer, in: .tenants([own, provider.tenants[1]])),
            Principal.Grant(.customerViewer, in: .tenants([])),
            Principal.Grant(.service, in: here), Principal.Grant(.apiClient, in: here),
        ] {
            #expect(!provider.policy.mayGrant(admin, grant))
            #expect(!provider.policy.mayGovern(admin, grants: [grant]))
        }
        #expect(!provider.policy.mayGovern(admin, grants: []))
    }

    @Test func `gives a key no more than its mandate, its owner and its kind have`() throws {
        var random = SplitMix64(seed: 13)
        var allowed = 0
        for _ in 0..<4_000 {
            let owner = try Made.person(provider.grants(&random))
            let permissions = Set(Permission.all.filter { _ in Bool.random(using: &random) })
            let mandate = Mandate(
                owner: owner.id, permissions: permissions, reach: provider.reach(&random))
            let key = Principal(
                key: try #require(PrincipalID("key-1")), name: "Key", mandate: mandate, owner: owner
            )
            for permission in Permission.all {
                let tenant = provider.tenants[Int.random(in: 0..<6, using: &random)]
                guard provider.policy.allows(key, permission, in: tenant) else { continue }
                allowed += 1
                #expect(provider.policy.allows(owner, permission, in: tenant))
                #expect(AccessMatrix.allows(.apiClient, permission))
                #expect(permissions.contains(permission))
                #expect(provider.tenants(in: mandate.reach).contains(tenant))
            }
            #expect(!provider.policy.mayGrant(key, Principal.Grant(.customerViewer, in: .all)))
        }
        #expect(allowed > 1_000)
    }

    @Test func `lets an owner mandate his own rights only, and a key nothing`() throws {
        let here = Principal.Reach.tenants([provider.tenants[0]])
        let owner = try Made.person([Principal.Grant(.analyst, in: here)])
        func mandate(_ permissions: Set<Permission>, _ reach: Principal.Reach) -> Mandate {
            Mandate(owner: owner.id, permissions: permissions, reach: reach)
        }
        let read = Permission(.read, .alerts)
        #expect(provider.policy.mayMandate(owner, mandate([read], here)))
        #expect(!provider.policy.mayMandate(owner, mandate([read], .all)))
        #expect(!provider.policy.mayMandate(owner, mandate([], here)))
        #expect(!provider.policy.mayMandate(owner, mandate([read], .tenants([]))))
        #expect(!provider.policy.mayMandate(owner, mandate([Permission(.create, .rules)], here)))
        let key = Principal(
            key: owner.id, name: "Key", mandate: mandate([read], here), owner: owner)
        #expect(!provider.policy.mayMandate(key, mandate([read], here)))
        let grandchild = Principal(
            key: owner.id, name: "Key", mandate: mandate([read], here), owner: key)
        #expect(!provider.policy.allows(grandchild, read, in: provider.tenants[0]))
    }

    @Test func `names the first tenant that is out of reach`() throws {
        let analyst = try Made.person([
            Principal.Grant(.analyst, in: .tenants([provider.tenants[0]]))
        ])
        let refusal = #expect(throws: Policy.Refusal.self) {
            try provider.policy.authorize(
                analyst, to: Permission(.read, .alerts), in: Array(provider.tenants[0...2]))
        }
        #expect(refusal?.tenant == provider.tenants[1])
        #expect(refusal?.principal == analyst.id)
    }

    @Test func `takes 10000 tenants in a scope and not one more`() throws {
        let admin = try Made.person([Principal.Grant(.auditor, in: .all)])
        let many = try (0...Policy.tenantsMax).map { try Made.tenant("x\($0)") }
        let read = Permission(.read, .alerts)
        let scope = try provider.policy.authorize(admin, to: read, in: Array(many.dropLast()))
        #expect(scope.tenants.count == Policy.tenantsMax)
        #expect(throws: Policy.Refusal.self) {
            try provider.policy.authorize(admin, to: read, in: many)
        }
        #expect(throws: Policy.Refusal.self) {
            try provider.policy.scope(of: admin, for: read, among: many)
        }
    }

    @Test func `narrows a scope and never widens it`() throws {
        let auditor = try Made.person([Principal.Grant(.auditor, in: .all)])
        let scope = try provider.policy.authorize(
            auditor, to: Permission(.read, .alerts), in: Array(provider.tenants[1...3]))
        for tenant in provider.tenants {
            #expect(scope.covers(tenant) == provider.tenants[1...3].contains(tenant))
        }
        #expect(scope.narrowed(to: [provider.tenants[2]])?.tenants == [provider.tenants[2]])
        #expect(scope.narrowed(to: [provider.tenants[2], provider.tenants[4]]) == nil)
        #expect(scope.narrowed(to: []) == nil)
    }

    @Test func `looks at 64 grants and takes 1000 groups`() throws {
        let viewer = Principal.Grant(.customerViewer, in: .tenants([]))
        let auditor = Principal.Grant(.auditor, in: .all)
        let read = Permission(.read, .ledger)
        let fits = try Made.person(Array(repeating: viewer, count: 63) + [auditor])
        #expect(provider.policy.allows(fits, read, in: provider.tenants[0]))
        let beyond = try Made.person(Array(repeating: viewer, count: 64) + [auditor])
        #expect(!provider.policy.allows(beyond, read, in: provider.tenants[0]))
        var members: [TenantGroupID: Set<TenantID>] = [:]
        for number in 0..<1_000 { members[try Made.group("g\(number)")] = [] }
        #expect(throws: Never.self) { try TenantGroups(members: members) }
        members[try Made.group("more")] = []
        #expect(throws: TenantGroups.Failure.tooManyGroups(1_001)) {
            try TenantGroups(members: members)
        }
    }
}
