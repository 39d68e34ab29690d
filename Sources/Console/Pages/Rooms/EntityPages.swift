import Engine
import Hummingbird
import Store
import Tenancy

/// Hosts, users and addresses: the list, and one of them.
enum EntityPages {
    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(EntityEndpoints.read)
        let kind = call.query["kind"].flatMap(EntityKind.init(rawValue:))
        let text = call.query["text"].map { String($0.prefix(256)) }
        let found = try await call.ledger.entities(
            matching: EntityQuery(kind: kind, text: text, limit: 200), in: scope)
        return call.page(.entities, .entities, with: [.rooms]) { main in
            main.lead(.entities, .entitiesNote)
            filter(kind, text, call, &main)
            guard !found.entities.isEmpty else {
                return main.state(.noEntities, .noEntitiesCure)
            }
            main.element("p", [.class("soft fine")]) { line in
                line.say(.shown(found.entities.count, of: found.count))
                if found.isSample {
                    line.text(" · ")
                    line.say(.sampled)
                }
            }
            main.listing(
                [
                    .risk, .name, .kind, .tenant, .openIncidents, .incidents, .alerts, .first,
                    .last,
                ], numbers: [4, 5, 6], label: .entities
            ) { rows in
                for entity in found.entities { row(entity, &rows) }
            }
        }
    }

    private static func filter(
        _ kind: EntityKind?, _ text: String?, _ call: PageCall, _ main: inout Markup
    ) {
        main.element("form", [.class("filters"), .set("action", "/entities")]) { form in
            form.element("nav", [.class("segments"), .say("aria-label", .kind)]) { segments in
                for choice in [nil] + EntityKind.allCases.map(Optional.some) {
                    segments.element(
                        "a",
                        [
                            .class("button"),
                            .set("href", "/entities" + call.query.with("kind", choice?.rawValue)),
                        ] + (choice == kind ? [.set("aria-current", "true")] : []),
                        say: choice?.phrase ?? .all)
                }
            }
            if let kind { form.hidden("kind", kind.rawValue) }
            if let tenant = call.tenant { form.hidden("tenant", tenant.text) }
            form.open(
                "input",
                [
                    .set("type", "search"), .set("name", "text"), .set("value", text ?? ""),
                    .say("aria-label", .partOfName), .say("placeholder", .partOfName),
                    .set("data-keys", "/"),
                ])
            form.element("button", say: .filter)
        }
    }

    private static func row(_ entity: SeenEntity, _ rows: inout Markup) {
        rows.element("tr") { row in
            row.cell(.risk) { $0.risk(entity.risk) }
            row.cell(.name) { cell in
                cell.link(
                    RoomLink.entity(entity.kind, entity.name, of: entity.tenant),
                    text: entity.name)
            }
            row.cell(.kind) { cell in
                cell.element("span", [.class("kind")]) { kind in
                    kind.icon(entity.kind.icon)
                    kind.element("span", say: entity.kind.phrase)
                }
            }
            row.cell(.tenant, text: entity.tenant.text)
            row.cell(.openIncidents, number: entity.liveIncidentCount)
            row.cell(.incidents, number: entity.incidents.count)
            row.cell(.alerts, number: entity.alertCount)
            row.cell(.first, time: entity.firstSeen)
            row.cell(.last, time: entity.lastSeen)
        }
    }

    // MARK: - One

    static func one(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(EntityEndpoints.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first,
            let kind = EntityKind(rawValue: call.part("kind")),
            let name = call.query["name"], name.utf8.count <= 1024
        else { throw Problem(.missing, "There is no such entity.") }
        let picture = try await EntityPicture.make(
            of: kind, name, in: tenant, for: call.principal, call.parts)
        let alerting = try await call.scope(Permission(.read, .alerts), in: tenant.text)
        let whole = picture.entity?.name ?? name
        let alerts =
            kind == .address
            ? nil
            : try await call.ledger.alerts(
                matching: AlertQuery(
                    host: kind == .host ? whole : nil, user: kind == .user ? whole : nil, limit: 20),
                in: alerting)
        return call.page(.verbatim(String(whole.prefix(80))), .entities, with: [.rooms]) { main in
            main.element("header", [.class("lead")]) { lead in
                lead.element("div") { words in
                    words.element("p", [.class("kind soft")]) { line in
                        line.icon(kind.icon)
                        line.element("span", say: kind.phrase)
                    }
                    words.element("h1") { $0.text(whole, atMost: 200) }
                }
                lead.element("div", [.class("lead-acts")]) { acts in
                    acts.element(
                        "a", [.class("button"), .set("href", events(of: kind, name, tenant))]
                    ) { link in
                        link.icon(.search)
                        link.element("span", say: .searchItsEvents)
                    }
                }
            }
            facts(picture, tenant, &main)
            incidents(picture.incidents, &main)
            if let alerts { list(alerts, &main) }
        }
    }

    private static func events(
        of kind: EntityKind, _ name: String, _ tenant: TenantID
    ) -> String {
        let words =
            switch kind {
            case .address: SearchText.quoted(name)
            case .user: SearchText.term("user", name)
            case .host where EntityKind.short(name, of: .host) == name:
                "(\(SearchText.term("host", name)) OR host:\(name).*)"
            case .host: SearchText.term("host", name)
            }
        return RoomLink.search(words, of: tenant)
    }

    private static func facts(
        _ picture: EntityPicture, _ tenant: TenantID, _ main: inout Markup
    ) {
        func time(_ time: Timestamp?, _ value: inout Markup) {
            if let time { value.moment(time) } else { value.text("–") }
        }
        guard let entity = picture.entity else {
            main.element("p", [.class("notice")], say: .notNamed)
            return main.facts([
                (.tenant, { $0.text(tenant.text) }),
                (
                    .seenInEvents,
                    { value in
                        time(picture.firstEvent, &value)
                        value.text(" – ")
                        time(picture.lastEvent, &value)
                    }
                ),
            ])
        }
        main.facts([
            (.risk, { $0.risk(entity.risk) }), (.level, { $0.level(entity.level) }),
            (.openIncidents, { $0.text(Phrase.grouped(entity.liveIncidentCount)) }),
            (.alerts, { $0.text(Phrase.grouped(entity.alertCount)) }),
            (.first, { time(entity.firstSeen, &$0) }), (.last, { time(entity.lastSeen, &$0) }),
            (
                .seenInEvents,
                { value in
                    time(picture.firstEvent, &value)
                    value.text(" – ")
                    time(picture.lastEvent, &value)
                }
            ), (.tenant, { $0.text(tenant.text) }),
        ])
    }

    private static func incidents(_ incidents: [IncidentSummary], _ main: inout Markup) {
        guard !incidents.isEmpty else { return }
        main.element("section") { section in
            section.element("h2", say: .incidents)
            section.listing(
                [.risk, .level, .title, .state, .last], label: .incidents
            ) { rows in
                for incident in incidents {
                    rows.element("tr") { row in
                        row.cell(.risk) { $0.risk(incident.risk) }
                        row.cell(.level) { $0.level(incident.level) }
                        row.cell(.title) {
                            $0.link(RoomLink.incident(incident.key), text: incident.title)
                        }
                        row.cell(.state) { $0.say(incident.state.phrase) }
                        row.cell(.last, time: incident.queueTime)
                    }
                }
            }
        }
    }

    static func list(_ page: Store.AlertPage, _ main: inout Markup) {
        guard !page.alerts.isEmpty else { return }
        main.element("section") { section in
            section.element("h2", say: .itsAlerts)
            section.listing(
                [.level, .title, .host, .user, .when, .incidents], label: .itsAlerts
            ) { rows in
                for alert in page.alerts {
                    rows.element("tr") { row in
                        row.cell(.level) { $0.level(alert.level) }
                        row.cell(.title) {
                            $0.link(RoomLink.rule(alert.rule, of: alert.tenant), text: alert.title)
                        }
                        row.cell(.host, text: alert.host)
                        row.cell(.user, text: alert.user)
                        row.cell(.when, time: alert.time ?? alert.received)
                        row.cell(.incidents) { cell in
                            guard let incident = alert.incident else { return cell.text("–") }
                            let key = IncidentKey(incident, of: alert.tenant)
                            cell.link(
                                RoomLink.incident(key), text: String(incident.text.prefix(8)))
                        }
                    }
                }
            }
        }
    }
}
