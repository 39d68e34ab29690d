import Engine
import Hummingbird
import Store
import Tenancy

/// Customers: who they are, and what each handed in.
enum TenantPages {
    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(Permission(.read, .tenants))
        let tenants = try await call.ledger.values(TenantRecord.self, in: scope).map(\.value)
            .filter { $0.tenantID != Ledger.provider }
        let day = String(call.now.text.prefix(10))
        let records = try await call.ledger.marks(.usageRecords, from: day, in: scope)
        let bytes = try await call.ledger.marks(.usageBytes, from: day, in: scope)
        return call.page(.tenants, .tenants, with: [.rooms]) { main in
            main.lead(.tenants, .tenantsNote)
            main.listing(
                [.state, .name, .group, .today, .received, .quota, .retention],
                numbers: [3, 4], label: .tenants
            ) { rows in
                for tenant in tenants {
                    func sum(_ marks: [Mark]) -> Int {
                        Int(
                            clamping: marks.filter { $0.tenant.text == tenant.id }
                                .reduce(0) { $0 + $1.value })
                    }
                    row(tenant, records: sum(records), bytes: sum(bytes), &rows)
                }
            }
            guard call.may(Permission(.create, .tenants), in: Ledger.provider) else { return }
            main.element("section", [.class("panel column below")]) { panel in
                panel.element("h2", say: .newTenant)
                panel.act("/tenants/new", csrf: call.csrf, class: "stack") { form in
                    form.field("id", .sourceID, isShort: true)
                    form.field("name", .name)
                    form.element("button", [.class("primary")], say: .newTenant)
                }
            }
        }
    }

    private static func row(
        _ tenant: TenantRecord, records: Int, bytes: Int, _ rows: inout Markup
    ) {
        rows.element("tr") { row in
            row.cell(.state) { cell in
                let style = tenant.state == .active ? "good" : "soft"
                cell.element("span", [.class("lamp lamp-\(style)")], say: tenant.state.phrase)
            }
            row.cell(.name) { cell in
                cell.element("span", [.class("strong")]) { $0.text(tenant.name, atMost: 80) }
                cell.element("small", [.class("soft")]) { $0.text(" \(tenant.id)") }
            }
            row.cell(.group, text: tenant.group)
            row.cell(.today, number: records)
            row.cell(.received, class: "number") { $0.say(.bytes(UInt64(clamping: bytes))) }
            row.cell(.quota) { cell in
                cell.say(
                    tenant.eventsPerSecondMax.map { .verbatim(Phrase.grouped($0)) } ?? .unlimited)
            }
            row.cell(.retention) { $0.say(tenant.retentionDays.map(Phrase.days) ?? .unlimited) }
        }
    }

    static func create(_ call: PageCall) async throws -> Response {
        _ = try await call.perform(
            .post, "/api/v1/tenants",
            body: .object([
                "id": .text(call.form["id"] ?? ""), "name": .text(call.form["name"] ?? ""),
            ]))
        return call.away(to: "/tenants")
    }
}

extension TenantRecord.State {
    var phrase: Phrase {
        switch self {
        case .active: .active
        case .suspended: .suspended
        case .leaving: .leaving
        case .deleted: .deleted
        }
    }
}

/// People: who may sign in, and for whom.
enum PeoplePages {
    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(Permission(.read, .people))
        let people = try await call.ledger.values(PrincipalRecord.self, in: scope).map(\.value)
        return call.page(.people, .people, with: [.rooms]) { main in
            main.lead(.people, .peopleNote)
            main.listing(
                [.state, .name, .login, .tenant, .role, .reach, .acts], label: .people
            ) { rows in
                for person in people { row(person, call, &rows) }
            }
            invitation(call, &main)
        }
    }

    private static func row(
        _ person: PrincipalRecord, _ call: PageCall, _ rows: inout Markup
    ) {
        rows.element("tr") { row in
            row.cell(.state) { cell in
                cell.element(
                    "span", [.class("lamp lamp-\(person.isDisabled ? "soft" : "good")")],
                    say: person.isDisabled ? .disabled : .active)
            }
            row.cell(.name) { cell in
                cell.element("span", [.class("strong")]) { $0.text(person.name, atMost: 80) }
            }
            row.cell(.login, text: person.login)
            row.cell(.tenant, text: person.tenant.text)
            row.cell(.role) { cell in
                for grant in person.grants {
                    cell.element("span", [.class("chip")], say: grant.role.phrase)
                    cell.text(" ")
                }
            }
            row.cell(.reach) { cell in
                for grant in person.grants {
                    if grant.isEverywhere {
                        cell.say(.everywhere)
                    } else {
                        cell.text(
                            (grant.tenants.map(\.text).sorted() + grant.groups.sorted())
                                .joined(separator: ", "), atMost: 120)
                    }
                    cell.text(" ")
                }
            }
            row.cell(.acts) { cell in
                guard call.may(Permission(.update, .people), in: person.tenant),
                    person.principal != call.principal.id
                else { return }
                acts(person, call, &cell)
            }
        }
    }

    private static func acts(
        _ person: PrincipalRecord, _ call: PageCall, _ cell: inout Markup
    ) {
        cell.element("details", [.class("menu")]) { menu in
            menu.element("summary") { summary in
                summary.icon(.more)
                summary.element("span", [.class("unseen")]) { words in
                    words.say(.details)
                    words.text(" ")
                    words.text(person.name, atMost: 60)
                }
            }
            menu.element("div", [.class("sheet")]) { sheet in
                for (act, phrase) in [
                    (
                        person.isDisabled ? "enable" : "disable",
                        person.isDisabled ? Phrase.enable : .disable
                    ),
                    ("sign-out", .signOutEverywhere), ("reset", .resetPassword),
                ] {
                    sheet.act("/people/act", csrf: call.csrf) { form in
                        form.hidden("tenant", person.tenant.text)
                        form.hidden("id", person.id)
                        form.hidden("act", act)
                        form.element("button", [.class("plain")], say: phrase)
                    }
                }
            }
        }
    }

    private static func invitation(_ call: PageCall, _ main: inout Markup) {
        guard let tenant = call.tenant ?? inviting(call),
            call.may(Permission(.create, .people), in: tenant)
        else { return }
        main.element("section", [.class("panel column below")]) { panel in
            panel.element("h2", say: .newPerson)
            panel.act("/people/new", csrf: call.csrf, class: "stack") { form in
                form.hidden("tenant", tenant.text)
                form.field("id", .sourceID, isShort: true)
                form.field("login", .login)
                form.field("name", .name)
                let roles = Role.allCases.filter {
                    $0.isForPeople && (tenant == Ledger.provider) != $0.isCustomers
                }
                form.choice(
                    "role", .role, roles.map { ($0.rawValue, $0.phrase) },
                    chosen: roles.first { $0 == .analyst }?.rawValue ?? "")
                form.element("p", [.class("soft")]) { line in
                    line.say(.reach)
                    line.text(": ")
                    if tenant == Ledger.provider {
                        line.say(.everywhere)
                    } else {
                        line.text(tenant.text)
                    }
                }
                form.element("button", [.class("primary")], say: .newPerson)
            }
        }
    }

    private static func inviting(_ call: PageCall) -> TenantID? {
        call.may(Permission(.create, .people), in: Ledger.provider)
            ? Ledger.provider : call.shownTenant
    }

    static func invite(_ call: PageCall) async throws -> Response {
        let tenant = call.form["tenant"] ?? ""
        let isProvider = tenant == Ledger.provider.text
        let grant: [String: CanonicalJSON] =
            isProvider
            ? ["role": .text(call.form["role"] ?? ""), "everywhere": .flag(true)]
            : ["role": .text(call.form["role"] ?? ""), "tenants": .list([.text(tenant)])]
        let answer = try await call.perform(
            .post, "/api/v1/people/{tenant}", names: ["tenant": tenant],
            body: .object([
                "id": .text(call.form["id"] ?? ""), "login": .text(call.form["login"] ?? ""),
                "name": .text(call.form["name"] ?? ""), "grants": .list([.object(grant)]),
            ]))
        return link(answer.body["welcome"]?.text, call)
    }

    private static func link(_ link: String?, _ call: PageCall) -> Response {
        guard let link else { return call.away(to: "/people") }
        return call.page(.newPerson, .people, with: [.rooms, .copy]) { main in
            main.element("div", [.class("column")]) { column in
                column.lead(.newPerson, .inviteOnce)
                column.copyable((call.parts.settings.origins.first ?? "") + link)
                column.element("a", [.class("button"), .set("href", "/people")], say: .people)
            }
        }
    }

    static func act(_ call: PageCall) async throws -> Response {
        let names = ["tenant": call.form["tenant"] ?? "", "id": call.form["id"] ?? ""]
        let path = "/api/v1/people/{tenant}/{id}"
        switch call.form["act"] {
        case "disable", "enable":
            _ = try await call.perform(
                .patch, path, names: names,
                body: .object(["disabled": .flag(call.form["act"] == "disable")]))
        case "sign-out": _ = try await call.perform(.post, path + "/sign-out", names: names)
        case "reset":
            let answer = try await call.perform(.post, path + "/reset", names: names)
            return link(answer.body["welcome"]?.text, call)
        default: throw Problem(.invalid, "There is no such act.")
        }
        return call.away(to: "/people")
    }
}

extension Role {
    var phrase: Phrase {
        switch self {
        case .providerAdmin: Phrase("Provider administrator", "事業者管理者")
        case .lead: Phrase("Lead", "SOC リード")
        case .analyst: Phrase("Analyst", "アナリスト")
        case .hunter: Phrase("Hunter", "脅威ハンター")
        case .customerAdmin: Phrase("Customer administrator", "テナント管理者")
        case .customerViewer: Phrase("Customer viewer", "テナント閲覧者")
        case .auditor: Phrase("Auditor", "監査担当")
        case .apiClient: Phrase("Key", "API キー")
        case .service: Phrase("Service", "サービス")
        }
    }
}
