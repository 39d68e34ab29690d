import Engine
import Hummingbird
import Store
import Tenancy

/// One incident with what its page is made of.
struct Dossier: Sendable {
    /// The parts of its page; each has an address.
    enum Part: String, CaseIterable, Sendable {
        case overview, graph, processes, timeline, alerts, record

        var phrase: Phrase {
            switch self {
            case .overview: .tabOverview
            case .graph: .tabGraph
            case .processes: .tabProcesses
            case .timeline: .tabTimeline
            case .alerts: .tabAlerts
            case .record: .tabRecord
            }
        }
    }

    /// Alerts looked at for one page; beyond it the alerts' own part shows the rest, page by page.
    static let alertsMax = LedgerLimits.pageMax

    let call: PageCall
    let part: Part
    let view: IncidentView
    let graph: StoryGraph
    /// By time; empty for whoever may not see alerts.
    let alerts: [AlertSummary]
    let roster: Roster

    var summary: IncidentSummary { view.summary }
    var key: IncidentKey { view.summary.key }
    /// Without a part.
    var address: String { "/incidents/\(key.tenant.text)/\(key.incident.text)" }
    var isWorker: Bool { call.may(Permission(.update, .incidents), in: key.tenant) }
    var isDecider: Bool { call.may(Permission(.decide, .incidents), in: key.tenant) }

    init(_ call: PageCall) async throws {
        let tenant = call.part("tenant")
        let scope = try await call.scope(IncidentEndpoints.read, in: tenant)
        guard let tenantID = scope.tenants.first, let id = IncidentID(call.part("incident")) else {
            throw Problem(.missing, "There is no such incident.")
        }
        self.call = call
        part = call.query["part"].flatMap(Part.init) ?? .overview
        view = try await call.ledger.incident(IncidentKey(id, of: tenantID), in: scope)
        graph = StoryGraph(details: view.details)
        let readAlerts = Permission(.read, .alerts)
        if call.may(readAlerts, in: tenantID) {
            let page = try await call.ledger.alerts(
                matching: AlertQuery(incident: id, limit: Self.alertsMax),
                in: call.scope(readAlerts, in: tenant))
            alerts = page.alerts.sorted {
                let times = [$0, $1].map { ($0.time ?? $0.received).nanoseconds }
                return (times[0], $0.id.text) < (times[1], $1.id.text)
            }
        } else {
            alerts = []
        }
        roster = try await Roster(for: call)
    }

    func address(of part: Part) -> String {
        part == .overview ? address : "\(address)?part=\(part.rawValue)"
    }
}
