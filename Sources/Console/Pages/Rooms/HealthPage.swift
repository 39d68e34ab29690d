import Engine
import Hummingbird
import Store
import Tenancy

/// How the service does, for people.
enum HealthPage {
    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(HealthEndpoints.read)
        let lanes = try await call.parts.desk.lanes(in: scope)
        let isProvider = call.may(HealthEndpoints.read, in: Ledger.provider)
        let machine = isProvider ? await call.parts.desk.machine() : nil
        let complaints = isProvider ? await call.parts.desk.complaints() : []
        let sessions = await call.parts.accounts.sessionCount
        let failures = lanes.flatMap(\.failures) + complaints
        return call.page(.health, .health, with: [.rooms]) { main in
            main.lead(.health, .healthNote)
            main.element("p", [.class("notice \(failures.isEmpty ? "good" : "wrong")")]) { line in
                line.icon(failures.isEmpty ? .check : .flag)
                line.element("span", say: failures.isEmpty ? .allWell : .notWell)
            }
            for failure in Set(failures).sorted().prefix(40) {
                main.element("p", [.class("wrong"), .set("lang", "en")]) {
                    $0.text(failure, atMost: 500)
                }
            }
            if let machine { tell(machine, call, sessions, &main) }
            tell(lanes, &main)
        }
    }

    private static func tell(
        _ machine: MachineHealth, _ call: PageCall, _ sessions: Int, _ main: inout Markup
    ) {
        main.element("section") { section in
            section.element("h2", say: .machine)
            section.facts([
                (.eventStore, { $0.text(call.parts.events.name) }),
                (
                    .diskFree,
                    { value in
                        guard let free = machine.freeBytes else { return value.text("–") }
                        value.say(.bytes(free))
                        if let total = machine.totalBytes {
                            value.element("small", [.class("soft")]) { small in
                                small.text(" / ")
                                small.say(.bytes(total))
                            }
                        }
                    }
                ),
                (
                    .memory,
                    { value in
                        if let bytes = machine.memoryBytes {
                            value.say(.bytes(bytes))
                        } else {
                            value.text("–")
                        }
                    }
                ),
                (
                    .since,
                    { value in
                        if let started = machine.started {
                            value.moment(started)
                        } else {
                            value.text("–")
                        }
                    }
                ), (.signedIn, { $0.text(Phrase.grouped(sessions)) }),
            ])
            section.listing(
                [.name, .stored, .refusedDeliveries, .connections], numbers: [1, 2, 3],
                label: .listeners
            ) { rows in
                for listener in machine.listeners {
                    rows.element("tr") { row in
                        row.cell(.name, text: listener.name)
                        row.cell(.stored, number: Int(clamping: listener.stored))
                        row.cell(.refusedDeliveries, number: Int(clamping: listener.refused))
                        row.cell(.connections, number: listener.connections)
                    }
                }
            }
        }
    }

    private static func tell(_ lanes: [LaneHealth], _ main: inout Markup) {
        main.element("section") { section in
            section.element("h2", say: .logs)
            section.listing(
                [
                    .tenant, .records, .archive, .waiting, .detectionLag, .searchLag, .sources,
                    .silentSources, .content,
                ], numbers: [1, 2, 3, 4, 5, 6, 7], label: .logs
            ) { rows in
                for lane in lanes {
                    rows.element("tr") { row in
                        row.cell(.tenant, text: lane.tenant.text)
                        row.cell(.records, number: Int(clamping: lane.records))
                        row.cell(.archive, class: "number") { $0.say(.bytes(lane.archiveBytes)) }
                        row.cell(.waiting, class: "number") { $0.say(.bytes(lane.waitingBytes)) }
                        row.cell(.detectionLag, number: Int(clamping: lane.detectionLag))
                        row.cell(.searchLag, number: Int(clamping: lane.searchLag))
                        row.cell(.sources, number: lane.sources)
                        row.cell(.silentSources, number: lane.silentSources)
                        row.cell(.content) { cell in
                            cell.text(Phrase.grouped(lane.rules))
                            cell.element("small", [.class("soft")], text: " \(lane.content)")
                            if lane.ruleFaults > 0 {
                                cell.link(
                                    "/rules?tenant=\(lane.tenant.text)",
                                    text: " \(lane.ruleFaults)!")
                            }
                        }
                    }
                }
            }
        }
    }
}
