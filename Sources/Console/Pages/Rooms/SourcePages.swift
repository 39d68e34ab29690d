import Engine
import Hummingbird
import Store
import Tenancy

/// Where logs come from: how each does, and a new one with what to paste.
enum SourcePages {
    static let read = Permission(.read, .sources)

    private struct Row {
        let record: SourceRecord?
        let health: SourceHealth?
        let tenant: TenantID
        let id: String
        let lastHour: UInt64
    }

    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(read)
        let rows = try await rows(call, scope)
        return call.page(.sources, .sources, with: [.rooms]) { main in
            main.lead(.sources, .sourcesNote) { acts in
                guard let tenant = call.shownTenant,
                    call.may(Permission(.create, .sources), in: tenant)
                else { return }
                acts.element(
                    "a",
                    [
                        .class("button primary"),
                        .set("href", "/sources/new?tenant=\(tenant.text)"),
                        .set("data-keys", "c"),
                    ]
                ) { link in
                    link.icon(.plus)
                    link.element("span", say: .newSource)
                }
            }
            guard !rows.isEmpty else { return main.state(.noSources, .noSourcesCure) }
            main.listing(
                [
                    .state, .name, .tenant, .kind, .lastRecord, .perMinute, .records, .received,
                    .lag, .unparsed, .acts,
                ], numbers: [5, 6, 7, 8, 9], label: .sources
            ) { list in
                for row in rows { write(row, call, &list) }
            }
        }
    }

    private static func rows(_ call: PageCall, _ scope: TenantScope) async throws -> [Row] {
        let records = try await call.ledger.values(SourceRecord.self, in: scope).map(\.value)
        let health = try await call.parts.desk.sourceHealth(in: scope)
        let events = try await call.scope(Permission(.read, .events))
        let hour = Timestamp(nanoseconds: call.now.nanoseconds - 3_600_000_000_000)
        var lastHour: [String: UInt64] = [:]
        for tenant in events.tenants.prefix(50) {
            guard let one = events.narrowed(to: [tenant]) else { continue }
            do throws(StoreFailure) {
                for top in try await call.parts.events.topValues(
                    of: "source", matching: EventQuery(since: hour), limit: 500, in: one)
                {
                    lastHour["\(tenant.text)/\(top.value)"] = top.count
                }
            } catch {
                // Not known, and said as nothing, where counting takes too long.
                guard error.code == .limit else { throw error }
            }
        }
        var rows: [Row] = []
        var known: Set<String> = []
        for record in records {
            let name = "\(record.tenant.text)/\(record.id)"
            known.insert(name)
            rows.append(
                Row(
                    record: record,
                    health: health.first {
                        $0.tenant == record.tenant && $0.source.text == record.id
                    }, tenant: record.tenant, id: record.id, lastHour: lastHour[name] ?? 0))
        }
        // Listeners without a record of their own, as syslog's, and files that are followed.
        for one in health where !known.contains("\(one.tenant.text)/\(one.source.text)") {
            rows.append(
                Row(
                    record: nil, health: one, tenant: one.tenant, id: one.source.text,
                    lastHour: lastHour["\(one.tenant.text)/\(one.source.text)"] ?? 0))
        }
        return rows.sorted {
            ($0.tenant.text, $0.id) < ($1.tenant.text, $1.id)
        }
    }

    private static func write(_ row: Row, _ call: PageCall, _ list: inout Markup) {
        list.element("tr") { line in
            line.cell(.state) { state(of: row, &$0) }
            line.cell(.name) { cell in
                cell.element("span", [.class("strong")]) {
                    $0.text(row.record?.name ?? row.id, atMost: 80)
                }
                guard let name = row.record?.name, name != row.id else { return }
                cell.element("small", [.class("soft")]) { $0.text(" \(row.id)") }
            }
            line.cell(.tenant, text: row.tenant.text)
            line.cell(.kind, text: row.record?.type)
            line.cell(.lastRecord, time: row.health?.lastSeen)
            line.cell(.perMinute, class: "number") { cell in
                let tenths = Int(clamping: row.lastHour * 10 / 60)
                cell.text(
                    tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : Phrase.grouped(tenths / 10))
            }
            line.cell(.records, number: Int(clamping: row.health?.records ?? 0))
            line.cell(.received, class: "number") { $0.say(.bytes(row.health?.bytes ?? 0)) }
            line.cell(.lag, class: "number") { cell in
                if let lag = row.health?.lagSeconds {
                    if lag < 60 { cell.text("\(lag) s") } else { cell.span(seconds: lag) }
                } else {
                    cell.text("–")
                }
            }
            line.cell(.unparsed, class: "number") { cell in
                let count = row.health?.unparsedCount ?? 0
                guard count > 0 else { return cell.text("0") }
                let words = SearchText.term("source", row.id) + " kind:unparsed"
                cell.link(
                    RoomLink.search(words, of: row.tenant),
                    text: Phrase.grouped(Int(clamping: count)))
                cell.element("small", [.class("soft"), .set("lang", "en")]) {
                    $0.text(" " + (row.health?.unparsed.first?.reason ?? ""), atMost: 60)
                }
            }
            line.cell(.acts) { acts(row, call, &$0) }
        }
    }

    private static func acts(_ row: Row, _ call: PageCall, _ cell: inout Markup) {
        guard let record = row.record, call.may(Permission(.update, .sources), in: row.tenant)
        else { return }
        cell.element("details", [.class("menu")]) { menu in
            menu.element("summary") { summary in
                summary.icon(.more)
                summary.element("span", [.class("unseen")]) { words in
                    words.say(.newToken)
                    words.text(" \(record.id)")
                }
            }
            menu.element("div", [.class("sheet")]) { sheet in
                sheet.element("p", [.class("soft fine")], say: .newTokenNote)
                sheet.act("/sources/token", csrf: call.csrf) { form in
                    form.hidden("tenant", record.tenant.text)
                    form.hidden("id", record.id)
                    form.element("button", say: .newToken)
                }
            }
        }
    }

    private static func state(of row: Row, _ cell: inout Markup) {
        let (phrase, style): (Phrase, String) =
            if row.record?.isDisabled == true {
                (.disabled, "soft")
            } else if row.health?.isSilent == true {
                (.silent, "alarm")
            } else if row.health?.lastSeen != nil {
                (.hearing, "good")
            } else {
                (.notYet, "soft")
            }
        cell.element("span", [.class("lamp lamp-\(style)")], say: phrase)
    }

    // MARK: - A new one

    static func new(_ call: PageCall) async throws -> Response {
        guard let tenant = call.shownTenant else {
            throw Problem(.forbidden, "No tenant is in reach.")
        }
        _ = try await call.scope(Permission(.create, .sources), in: tenant.text)
        return call.page(.newSource, .sources, with: [.rooms]) { main in
            main.element("div", [.class("column")]) { column in
                column.lead(.newSource, .noSourcesCure)
                column.act("/sources/new", csrf: call.csrf, class: "panel stack") { form in
                    form.hidden("tenant", tenant.text)
                    form.element("p", [.class("soft")]) { line in
                        line.say(.tenant)
                        line.text(": \(tenant.text)")
                    }
                    form.field("id", .sourceID, isShort: true)
                    form.field("name", .name)
                    form.choice(
                        "type", .sourceType, SourceSnippet.kinds.map { ($0.type, $0.phrase) },
                        chosen: "syslog")
                    form.element("button", [.class("primary")], say: .newSource)
                }
            }
        }
    }

    static func create(_ call: PageCall) async throws -> Response {
        let answer = try await call.perform(
            .post, "/api/v1/sources/{tenant}", names: ["tenant": call.form["tenant"] ?? ""],
            body: .object([
                "id": .text(call.form["id"] ?? ""), "name": .text(call.form["name"] ?? ""),
                "type": .text(call.form["type"] ?? "syslog"),
            ]))
        return told(answer, type: call.form["type"] ?? "syslog", call)
    }

    static func rotate(_ call: PageCall) async throws -> Response {
        let answer = try await call.perform(
            .post, "/api/v1/sources/{tenant}/{id}/token",
            names: ["tenant": call.form["tenant"] ?? "", "id": call.form["id"] ?? ""])
        return told(answer, type: "", call)
    }

    private static func told(_ answer: Answer, type: String, _ call: PageCall) -> Response {
        let token = answer.body["token"]?.text ?? ""
        return call.page(.newSource, .sources, with: [.rooms, .copy]) { main in
            main.element("div", [.class("column wide")]) { column in
                column.lead(.newSource, .tokenOnce)
                column.copyable(token)
                column.element("p", [.class("soft")], say: .pasteNote)
                let kinds = SourceSnippet.kinds.filter { type.isEmpty || $0.type == type }
                for kind in kinds.isEmpty ? SourceSnippet.kinds : kinds {
                    column.element("section", [.class("panel")]) { panel in
                        panel.element("h2", say: kind.phrase)
                        panel.copyable(kind.text(call.parts.settings.intake, token))
                    }
                }
                column.element("p", [.class("soft")], say: .whenItArrives)
                column.element(
                    "a", [.class("button"), .set("href", "/sources")], say: .sources)
            }
        }
    }
}

/// What to paste into a sender.
struct SourceSnippet: Sendable {
    let type: String
    let phrase: Phrase
    /// Of the address of the intake and the token.
    let text: @Sendable (String, String) -> String

    static let kinds: [SourceSnippet] = [
        SourceSnippet(type: "syslog", phrase: Phrase("rsyslog", "rsyslog")) { address, token in
            let (host, port) = split(address)
            return """
                # /etc/rsyslog.d/90-kagari.conf; needs the package rsyslog-elasticsearch
                module(load="omelasticsearch")
                template(name="kagari" type="list" option.jsonf="on") {
                  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
                  property(outname="host" name="hostname" format="jsonf")
                  property(outname="message" name="rawmsg" format="jsonf")
                }
                action(type="omelasticsearch" server="\(host)" serverport="\(port)"
                       usehttps="\(address.hasPrefix("https") ? "on" : "off")" uid="rsyslog" pwd="\(token)"
                       searchIndex="logs" bulkmode="on" template="kagari")
                """
        },
        SourceSnippet(
            type: "hec", phrase: Phrase("Splunk HEC client, or curl", "Splunk HEC クライアント・curl")
        ) { address, token in
            """
            curl \(address)/services/collector/event \\
              -H 'Authorization: Splunk \(token)' \\
              -d '{"event": {"message": "hello from here"}}'
            """
        },
        SourceSnippet(type: "beats", phrase: Phrase("Filebeat, Winlogbeat", "Filebeat・Winlogbeat"))
        {
            address, token in
            """
            # filebeat.yml, winlogbeat.yml
            output.elasticsearch:
              hosts: ["\(address)"]
              path: "/ingest/elastic"
              api_key: "id:\(token)"
              allow_older_versions: true
            """
        },
        SourceSnippet(
            type: "otlp", phrase: Phrase("OpenTelemetry", "OpenTelemetry")
        ) { address, token in
            """
            OTEL_EXPORTER_OTLP_ENDPOINT=\(address)
            OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20\(token)"
            """
        },
        SourceSnippet(
            type: "webhook", phrase: Phrase("Anything that sends JSON", "JSON を送信できるもの")
        ) { address, token in
            """
            curl \(address)/ingest/webhook \\
              -H 'Authorization: Bearer \(token)' \\
              --data-binary '{"message": "hello"}'
            """
        },
    ]

    private static func split(_ address: String) -> (host: String, port: String) {
        let bare = address.split(separator: "/").last.map(String.init) ?? address
        guard let colon = bare.lastIndex(of: ":") else { return (bare, "8088") }
        return (String(bare[..<colon]), String(bare[bare.index(after: colon)...]))
    }
}

extension Markup {
    /// Text to take along, with a button for it where there is a script.
    mutating func copyable(_ text: String) {
        element("div", [.class("copyable")]) { box in
            box.element(
                "pre", [.class("raw"), .set("tabindex", "0"), .say("aria-label", .pasteThis)],
                text: text)
        }
    }
}
