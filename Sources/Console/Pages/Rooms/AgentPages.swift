import Engine
import Hummingbird
import Receive
import Store
import Tenancy

/// Hosts with an agent: how each does, and letting another one in.
enum AgentPages {
    static let read = Permission(.read, .agents)

    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(read)
        let hub = call.parts.desk.agents
        var rows: [AgentView] = []
        for agent in try await call.ledger.values(AgentRecord.self, in: scope) {
            rows.append(await AgentView(agent, hub))
        }
        return call.page(.agents, .agents, with: [.rooms]) { main in
            main.lead(.agents, .agentsNote) { acts in
                guard hub != nil, let tenant = call.shownTenant,
                    call.may(Permission(.create, .agents), in: tenant)
                else { return }
                acts.act("/agents/token", csrf: call.csrf) { form in
                    form.hidden("tenant", tenant.text)
                    form.element("button", [.class("primary"), .set("data-keys", "c")]) { button in
                        button.icon(.plus)
                        button.element("span", say: .letHostIn)
                    }
                }
            }
            guard hub != nil else { return main.state(.noAgents, .noAgentListener) }
            guard !rows.isEmpty else { return main.state(.noAgents, .noAgentsCure) }
            main.listing(
                [
                    .state, .name, .tenant, .tier, .lastSeenAgent, .records, .missing, .waiting,
                    .lag, .lostEvents, .policy,
                ], numbers: [5, 6, 7, 8, 9, 10], label: .agents
            ) { list in
                for row in rows { write(row, &list) }
            }
        }
    }

    private static func write(_ agent: AgentView, _ list: inout Markup) {
        list.element("tr") { line in
            line.cell(.state) { $0.lamp(agent.presence) }
            line.cell(.name) { cell in
                cell.link(agent.path, text: agent.record.name)
                guard agent.record.host != agent.record.name else { return }
                cell.element("small", [.class("soft")]) {
                    $0.text(" " + agent.record.host, atMost: 80)
                }
            }
            line.cell(.tenant, text: agent.record.tenant.text)
            line.cell(.tier, text: agent.tier.isEmpty ? nil : agent.tier)
            line.cell(.lastSeenAgent, time: agent.lastSeen)
            line.cell(.records, number: Int(clamping: agent.progress.records))
            line.cell(.missing, number: Int(clamping: agent.progress.missing))
            line.cell(.waitsOnHost, number: Int(clamping: agent.spoolRecords ?? 0))
            line.cell(.lag, class: "number") { cell in
                guard let lag = agent.lagMilliseconds else { return cell.text("–") }
                if lag < 60_000 {
                    cell.text("\(lag / 1_000) s")
                } else {
                    cell.span(seconds: Int64(lag / 1_000))
                }
            }
            line.cell(.lostEvents, number: Int(clamping: agent.drops ?? 0))
            line.cell(.policy, number: Int(clamping: agent.progress.policyVersion))
        }
    }

    /// A token, shown once, with what to type on the host.
    static func token(_ call: PageCall) async throws -> Response {
        let answer = try await call.perform(
            .post, "/api/v1/agents/{tenant}/join-tokens",
            names: ["tenant": call.form["tenant"] ?? ""])
        let token = answer.body["token"]?.text ?? ""
        let port = call.parts.desk.agents?.port ?? 7_443
        return call.page(.letHostIn, .agents, with: [.rooms, .copy]) { main in
            main.element("div", [.class("column wide")]) { column in
                column.lead(.letHostIn, .tokenOnceHost)
                column.copyable(token)
                column.element("p", [.class("soft")], say: .onTheHost)
                column.copyable(
                    """
                    sudo kagari-agent enrol --server SERVER:\(port) --token -
                    sudo kagari-agent run --sense
                    """)
                column.element("p", [.class("soft")], say: .observesOnly)
                column.element(
                    "a", [.class("button"), .set("href", "/agents")], say: .agents)
            }
        }
    }
}

extension AgentView {
    var path: String { "/agents/\(record.tenant.text)/\(record.id)" }
}

extension Markup {
    /// Whether an agent is there, as the lists of this console say such things.
    mutating func lamp(_ presence: AgentView.Presence) {
        let (phrase, style): (Phrase, String) =
            switch presence {
            case .connected: (.connected, "good")
            case .away, .silent: (.silent, "alarm")
            case .stopped: (.stopped, "soft")
            case .uninstalled: (.uninstalled, "soft")
            case .revoked: (.revoked, "soft")
            case .never: (.notYet, "soft")
            }
        element("span", [.class("lamp lamp-\(style)")], say: phrase)
    }
}
