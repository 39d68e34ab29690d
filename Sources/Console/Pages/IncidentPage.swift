import Engine
import Hummingbird
import Store
import Tenancy

/// One incident.
enum IncidentPage {
    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(IncidentEndpoints.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first, let id = IncidentID(call.part("incident"))
        else { throw Problem(.missing, "There is no such incident.") }
        let view = try await call.ledger.incident(IncidentKey(id, of: tenant), in: scope)
        let alerts = try await call.ledger.alerts(
            matching: AlertQuery(incident: id, limit: 200),
            in: call.scope(Permission(.read, .alerts), in: tenant.text))
        return call.page(.verbatim(view.summary.title), .queue) { main in
            main.element("h1", text: view.summary.title)
            main.element("ul") { list in
                for line in view.story { list.element("li", text: line) }
            }
            main.element("table") { table in
                for alert in alerts.alerts {
                    table.element("tr") { row in
                        row.element("td") { $0.level(alert.level) }
                        row.element("td", text: alert.title)
                        row.element("td", text: alert.host ?? "")
                        row.element("td", text: alert.user ?? "")
                        row.element("td") { $0.moment(alert.time ?? alert.received, .second) }
                    }
                }
            }
        }
    }
}
