import Engine
import Hummingbird
import Receive
import Store
import Tenancy

/// One host with an agent: how it does, what was done there, and taking that back.
struct AgentPage {
    static let ordersMax = 200

    private let call: PageCall
    private let agent: AgentView
    private let orders: [OrderView]

    private var tenant: TenantID { agent.record.tenant }
    private var gaps: AgentProgress { agent.progress }

    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(AgentPages.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first,
            let found = try await call.ledger.value(
                AgentRecord.self, call.part("agent"), of: tenant, in: scope)
        else { throw Problem(.missing, "There is no such agent.") }
        let ordersScope = try await call.scope(Permission(.read, .orders), in: tenant.text)
        let orders = try await call.ledger.values(OrderRecord.self, in: ordersScope)
            .filter { $0.value.agent == found.value.source }
            .sorted { $0.created.nanoseconds > $1.created.nanoseconds }.prefix(ordersMax)
        let page = AgentPage(
            call: call, agent: await AgentView(found, call.parts.desk.agents),
            orders: OrderView.views(of: orders, now: call.now))
        return call.page(.verbatim(found.value.name), .agents, with: [.rooms]) {
            page.write(&$0)
        }
    }

    private var mayOrder: Bool {
        call.may(Permission(.create, .orders), in: tenant)
            && agent.presence != .revoked
    }

    private func write(_ main: inout Markup) {
        main.lead(.verbatim(agent.record.name)) { acts in
            guard mayOrder else { return }
            isolation(&acts)
        }
        main.element("p") { $0.lamp(agent.presence) }
        for complaint in agent.complaints {
            main.element("p", [.class("wrong"), .set("lang", "en")]) {
                $0.text(complaint, atMost: 256)
            }
        }
        facts(&main)
        missing(&main)
        main.element("section") { section in
            section.element("h2", say: .doneThere)
            guard !orders.isEmpty else { return section.state(.nothingDone, .nothingDoneCure) }
            section.listing(
                [.when, .what, .state, .who, .details, .acts], label: .doneThere
            ) { rows in
                for order in orders { row(order, &rows) }
            }
        }
    }

    private func facts(_ main: inout Markup) {
        func count(_ value: UInt64?) -> (inout Markup) -> Void {
            { $0.text(value.map { Phrase.grouped(Int(clamping: $0)) } ?? "–") }
        }
        func words(_ text: String) -> (inout Markup) -> Void {
            { $0.text(text.isEmpty ? "–" : text, atMost: 80) }
        }
        let host = RoomLink.entity(.host, agent.record.host, of: tenant)
        main.facts([
            (.host, { $0.link(host, text: agent.record.host) }), (.tenant, words(tenant.text)),
            (.tier, words(agent.tier)), (.program, words(agent.progress.program)),
            (.address, words(agent.address ?? "")),
            (
                .lastSeenAgent,
                { value in
                    if let time = agent.lastSeen { value.moment(time) } else { value.text("–") }
                }
            ),
            (.records, count(agent.progress.records)), (.waitsOnHost, count(agent.spoolRecords)),
            (.lostEvents, count(agent.drops)), (.hostAlerts, count(agent.alerts)),
            (.policy, count(agent.progress.policyVersion)),
        ])
    }

    private func missing(_ main: inout Markup) {
        main.element("section") { section in
            section.element("h2", say: .missing)
            guard gaps.missing > 0 || !gaps.gaps.isEmpty else {
                return section.element("p", [.class("notice good")]) { line in
                    line.icon(.check)
                    line.element("span", say: .noneMissing(Int(clamping: gaps.through)))
                }
            }
            section.listing([.firstSequence, .lastSequence, .why, .when], label: .missing) { rows in
                for gap in gaps.gaps.suffix(50) {
                    rows.element("tr") { row in
                        row.cell(.firstSequence, number: Int(clamping: gap.first))
                        row.cell(.lastSequence, number: Int(clamping: gap.last))
                        row.cell(.why, text: gap.reason.rawValue)
                        row.cell(.when, time: gap.noticed)
                    }
                }
            }
        }
    }

    /// Isolates the host, under a lease: somebody who is called away must not strand it.
    private func isolation(_ acts: inout Markup) {
        acts.element("details", [.class("menu")]) { menu in
            menu.element("summary", [.class("button")], say: .isolate)
            menu.element("div", [.class("sheet")]) { sheet in
                sheet.element("p", [.class("soft fine")], say: .isolateNote)
                sheet.act("\(agent.path)/isolate", csrf: call.csrf, class: "stack") {
                    form in
                    form.choice(
                        "lease", .forHowLong,
                        [1, 4, 24, 168].map { ("\($0 * 3_600)", .hours($0)) }, chosen: "14400")
                    form.element("button", [.class("primary")], say: .isolate)
                }
            }
        }
    }

    private func row(_ order: OrderView, _ rows: inout Markup) {
        rows.element("tr") { row in
            row.cell(.when, time: order.made)
            row.cell(.what) { cell in
                cell.element("span", [.class("strong")], say: order.action)
                cell.element("small", [.class("soft")]) {
                    $0.text(" " + order.subject, atMost: 160)
                }
            }
            row.cell(.state) { cell in
                cell.element("span", [.class("lamp lamp-\(order.style)")], say: order.state)
            }
            row.cell(.who) { cell in
                if order.isStanding { cell.say(.byItself) }
                cell.element("span") { $0.text((order.isStanding ? " · " : "") + order.owner) }
            }
            row.cell(.details) { cell in
                cell.element("small", [.set("lang", "en")]) { $0.text(order.reason, atMost: 300) }
            }
            row.cell(.acts) { cell in
                guard mayOrder, order.canBeUndone else { return }
                cell.act("\(agent.path)/undo", csrf: call.csrf) { form in
                    form.hidden("order", order.id)
                    form.element("button") { button in
                        button.say(.undo)
                        button.element("span", [.class("unseen")]) { $0.text(" \(order.id)") }
                    }
                }
            }
        }
    }

    // MARK: - Acts

    static func isolate(_ call: PageCall) async throws -> Response {
        let lease = call.form["lease"].flatMap { Int64($0) } ?? 14_400
        return try await order(
            .object(["kind": .text("isolate_host")]), leaseSeconds: lease, call)
    }

    static func undo(_ call: PageCall) async throws -> Response {
        try await order(
            .object(["kind": .text("undo"), "order": .text(call.form["order"] ?? "")]),
            leaseSeconds: nil, call)
    }

    private static func order(
        _ action: CanonicalJSON, leaseSeconds: Int64?, _ call: PageCall
    ) async throws -> Response {
        var body: [String: CanonicalJSON] = ["action": action]
        if let leaseSeconds { body["lease_seconds"] = .integer(leaseSeconds) }
        let (tenant, agent) = (call.part("tenant"), call.part("agent"))
        _ = try await call.perform(
            .post, "/api/v1/agents/{tenant}/{agent}/orders",
            names: ["tenant": tenant, "agent": agent], body: .object(body))
        return call.away(to: "/agents/\(tenant)/\(agent)")
    }
}
