import Tenancy

/// The views, in the order in which the navigation shows them.
enum Place: String, CaseIterable, Sendable {
    case queue, search, entities, agents, coverage, sources, rules, tenants, people, audit, health

    var path: String { self == .queue ? "/" : "/\(rawValue)" }

    var phrase: Phrase {
        switch self {
        case .queue: .queue
        case .search: .search
        case .entities: .entities
        case .agents: .agents
        case .coverage: .coverage
        case .sources: .sources
        case .rules: .rules
        case .tenants: .tenants
        case .people: .people
        case .audit: .audit
        case .health: .health
        }
    }

    /// What is typed behind `g` to go there.
    var key: String {
        switch self {
        case .queue: "q"
        case .search: "s"
        case .entities: "e"
        case .agents: "n"
        case .coverage: "c"
        case .sources: "o"
        case .rules: "r"
        case .tenants: "t"
        case .people: "p"
        case .audit: "a"
        case .health: "h"
        }
    }

    var icon: Icon {
        switch self {
        case .queue: .queue
        case .search: .search
        case .entities: .entities
        case .agents: .agents
        case .coverage: .coverage
        case .sources: .sources
        case .rules: .rules
        case .tenants: .tenants
        case .people: .people
        case .audit: .audit
        case .health: .health
        }
    }

    /// Who sees nothing of it is not led there.
    var permission: Permission {
        switch self {
        case .queue: Permission(.read, .incidents)
        case .search, .entities: Permission(.read, .events)
        case .coverage, .rules: Permission(.read, .rules)
        case .sources: Permission(.read, .sources)
        case .agents: AgentPages.read
        case .tenants: Permission(.read, .tenants)
        case .people: Permission(.read, .people)
        case .audit: Permission(.read, .ledger)
        case .health: Permission(.read, .health)
        }
    }

    /// Work first, then what it rests on, then who does it.
    var beginsGroup: Bool { self == .coverage || self == .tenants }

    /// With the tenant that is chosen in the frame.
    func address(of tenant: TenantID?) -> String {
        path + (tenant.map { "?tenant=\($0.text)" } ?? "")
    }

    /// Where a page of it is served.
    var isServed: Bool { Pages.routes.contains { $0.path == path } }

    /// Whether some role of his may; where it may, the gate decides.
    func isShown(to principal: Principal) -> Bool {
        isServed && principal.grants.contains { AccessMatrix.allows($0.role, permission) }
    }
}
