import Engine
import Hummingbird
import Store
import Tenancy

/// The queue.
enum QueuePage {
    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(IncidentEndpoints.read)
        let page = try await call.ledger.incidents(
            matching: IncidentQuery(limit: 100), in: scope)
        return call.page(.queue, .queue) { main in
            main.element("table") { table in
                for incident in page.incidents {
                    table.element("tr") { row in
                        row.element("td") { $0.risk(incident.risk) }
                        row.element("td") { $0.level(incident.level) }
                        row.element("td") { cell in
                            cell.element(
                                "a",
                                [
                                    .set(
                                        "href",
                                        "/incidents/\(incident.key.tenant.text)/\(incident.key.incident.text)"
                                    )
                                ], text: incident.title)
                        }
                        row.element("td", text: incident.key.tenant.text)
                        row.element("td", say: incident.state.phrase)
                        row.element("td") { $0.moment(incident.queueTime) }
                    }
                }
            }
        }
    }
}
