import Engine
import Hummingbird
import Store
import Tenancy

/// One event: every field, and the record as it was received.
enum EventView {
    static let rawBytesMax = 64 << 10
    static let valueLettersMax = 2_000
    static let fieldsMax = 512

    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(SavedSearchEndpoints.read, in: call.part("tenant"))
        guard let tenant = scope.tenants.first, let sequence = UInt64(call.part("sequence")),
            sequence > 0, sequence <= EventLimits.sequenceMax
        else { throw Problem(.missing, "There is no such event.") }
        let at = call.query["at"].flatMap { Int64($0) }.map(Timestamp.init(nanoseconds:))
        let event = try await find(sequence, at: at, of: tenant, call, scope)
        let record = try await call.parts.desk.record(sequence, of: tenant, in: scope)
        guard event != nil || record != nil else {
            throw Problem(.missing, "There is no such event.")
        }
        return call.page(.event, .search, with: [.rooms]) { main in
            main.element("article", [.set("id", "event"), .class("event")]) { article in
                article.lead(.event) { acts in
                    acts.element(
                        "a",
                        [
                            .class("button"),
                            .set("href", "/api/v1/records/\(tenant.text)/\(sequence)"),
                        ]
                    ) { link in
                        link.icon(.download)
                        link.element("span", say: .wholeRecord)
                    }
                }
                if let event { facts(of: event, &article) }
                raw(record, &article)
                if let event { fields(of: event, &article) }
            }
        }
    }

    /// The first event from that moment on in the order of the store, where it is the one.
    private static func find(
        _ sequence: UInt64, at time: Timestamp?, of tenant: TenantID, _ call: PageCall,
        _ scope: TenantScope
    ) async throws -> StoredEvent? {
        guard let time else { return nil }
        let page = try await call.parts.events.events(
            matching: EventQuery(
                since: time, newestFirst: false, limit: 1,
                after: EventCursor(time: time, tenant: tenant, sequence: sequence - 1)), in: scope)
        return page.events.first.flatMap { $0.sequence == sequence ? $0 : nil }
    }

    private static func facts(of event: StoredEvent, _ article: inout Markup) {
        article.facts([
            (.when, { $0.moment(event.time, .second) }),
            (.received, { $0.moment(event.received, .second) }),
            (.tenant, { $0.text(event.tenant.text) }), (.source, { $0.text(event.source.text) }),
            (.kind, { $0.text(event.kind.isEmpty ? "–" : event.kind, atMost: 100) }),
            (.host, { entity(.host, event.host, event.tenant, &$0) }),
            (.user, { entity(.user, event.user, event.tenant, &$0) }),
        ])
    }

    private static func entity(
        _ kind: EntityKind, _ name: String?, _ tenant: TenantID, _ value: inout Markup
    ) {
        guard let name, !name.isEmpty else { return value.text("–") }
        guard name.utf8.count <= 1024 else { return value.text(name, atMost: 200) }
        value.link(RoomLink.entity(kind, name, of: tenant), text: name)
    }

    private static func raw(_ record: RawRecord?, _ article: inout Markup) {
        article.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .rawRecord)
            guard let record else {
                panel.element("p", [.class("soft")], say: .recordGone)
                return
            }
            let shown = record.bytes.prefix(rawBytesMax)
            if record.bytes.count > shown.count {
                panel.element("p", [.class("soft")], say: .recordCut)
            }
            panel.element(
                "pre", [.class("raw"), .set("tabindex", "0"), .say("aria-label", .rawRecord)]
            ) { $0.text(String(decoding: shown, as: UTF8.self)) }
        }
    }

    private static func fields(of event: StoredEvent, _ article: inout Markup) {
        article.element("section", [.class("panel")]) { panel in
            panel.element("h2", say: .fields)
            panel.element("dl", [.class("fields")]) { list in
                for field in event.fields.prefix(fieldsMax) {
                    list.element("div") { pair in
                        pair.element("dt") { $0.text(field.name, atMost: 120) }
                        pair.element("dd") { value in
                            value.element("code") { $0.text(field.value, atMost: valueLettersMax) }
                            guard field.value.utf8.count <= EventFacets.valueBytesMax,
                                !field.value.isEmpty
                            else { return }
                            let term = SearchText.term(field.name, field.value)
                            value.element(
                                "a",
                                [
                                    .class("find"),
                                    .set("href", RoomLink.search(term, of: event.tenant)),
                                ]
                            ) { link in
                                link.icon(.search)
                                link.element("span", [.class("unseen")]) { words in
                                    words.say(.addToSearch)
                                    words.text(": ")
                                    words.text(field.name, atMost: 60)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Keeping searches, by forms.
enum SearchForms {
    static func save(_ call: PageCall) async throws -> Response {
        _ = try await call.perform(
            .post, "/api/v1/searches/{tenant}", names: ["tenant": call.form["tenant"] ?? ""],
            body: .object([
                "name": .text(call.form["name"] ?? ""), "query": .text(call.form["q"] ?? ""),
                "shared": .flag(call.form["shared"] == "yes"),
            ]))
        return call.away(to: call.form["back"] ?? "/search")
    }

    static func remove(_ call: PageCall) async throws -> Response {
        _ = try await call.perform(
            .delete, "/api/v1/searches/{tenant}/{id}",
            names: ["tenant": call.form["tenant"] ?? "", "id": call.form["id"] ?? ""])
        return call.away(to: call.form["back"] ?? "/search")
    }
}
