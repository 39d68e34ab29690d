import Engine
import Hummingbird
import Store
import Tenancy

/// The record of every act, for people.
enum AuditPages {
    static func list(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(RecordEndpoints.read)
        var asked: [String: String] = ["order": "newest"]
        for name in ["actor", "subject", "cursor"] { asked[name] = call.query[name] }
        asked["kind"] = call.query["kind"] == "all" ? nil : "acts"
        let query = try EntryQuery(asked, limit: 100)
        let found = try await call.ledger.entries(matching: query, in: scope)
        let verified = try await verification(call)
        return call.page(.audit, .audit, with: [.rooms]) { main in
            main.lead(.audit, .auditNote) { acts in
                guard let tenant = call.shownTenant else { return }
                acts.element(
                    "a",
                    [
                        .class("button"),
                        .set("href", "/audit?tenant=\(tenant.text)&verify=\(tenant.text)"),
                    ]
                ) { link in
                    link.icon(.check)
                    link.element("span") { words in
                        words.say(.verifyChain)
                        words.text(" \(tenant.text)")
                    }
                }
            }
            if let verified {
                main.element(
                    "p", [.class(verified.holds ? "notice good" : "notice wrong")]
                ) { line in
                    line.say(verified.holds ? .holds : .broken)
                    line.text(" \(Phrase.grouped(Int(clamping: verified.entries)))")
                }
            }
            filter(call, &main)
            guard !found.isEmpty else { return main.state(.noEntries, .noEntriesCure) }
            main.listing(
                [.when, .who, .what, .about, .tenant, .position, .details], numbers: [5],
                label: .audit
            ) { rows in
                for numbered in found { row(numbered.entry, &rows) }
            }
            main.element("nav", [.class("pager"), .say("aria-label", .older)]) { pager in
                guard found.count == query.limit, let last = found.last else { return }
                let cursor = Cursor.text([String(last.ordinal)])
                pager.element(
                    "a",
                    [
                        .class("button"),
                        .set("href", "/audit" + call.query.with("cursor", cursor)),
                        .set("data-keys", "n"),
                    ], say: .older)
            }
        }
    }

    private static func verification(
        _ call: PageCall
    ) async throws -> (holds: Bool, entries: UInt64)? {
        guard let tenant = call.query["verify"].flatMap(TenantID.init) else { return nil }
        let scope = try await call.scope(RecordEndpoints.read, in: tenant.text)
        let report = try await call.ledger.verify(tenant, in: scope)
        return (report.holds, UInt64(report.entries))
    }

    private static func filter(_ call: PageCall, _ main: inout Markup) {
        main.element("form", [.class("filters"), .set("action", "/audit")]) { form in
            if let tenant = call.tenant { form.hidden("tenant", tenant.text) }
            form.choice(
                "kind", .what, [("acts", .onlyActs), ("all", .everything)],
                chosen: call.query["kind"] ?? "acts", isLabelShown: false)
            for (name, label) in [("actor", Phrase.who), ("subject", .about)] {
                form.open(
                    "input",
                    [
                        .set("name", name), .set("value", call.query[name] ?? ""),
                        .say("aria-label", label), .say("placeholder", label),
                        .set("autocomplete", "off"),
                    ] + (name == "actor" ? [.set("data-keys", "/")] : []))
            }
            form.element("button", say: .filter)
        }
    }

    private static func row(_ entry: LedgerEntry, _ rows: inout Markup) {
        rows.element("tr") { row in
            row.cell(.when) { $0.moment(entry.time, .second) }
            row.cell(.who) { cell in
                cell.link(
                    RoomLink.path("/audit", [("actor", entry.actor.text)]),
                    text: entry.actor.text)
            }
            row.cell(.what) { cell in
                cell.say(entry.kind.phrase)
                guard let act = entry.actName else { return }
                cell.element("small", [.class("soft")]) { $0.text(" \(act)", atMost: 60) }
            }
            row.cell(.about) { cell in
                if entry.kind.isOfIncidents, let incident = IncidentID(entry.subject) {
                    let key = IncidentKey(incident, of: entry.tenant)
                    cell.link(RoomLink.incident(key), text: entry.subject, atMost: 24)
                } else {
                    cell.element("code") { $0.text(entry.subject, atMost: 60) }
                }
            }
            row.cell(.tenant, text: entry.tenant.text)
            row.cell(.position, number: Int(clamping: entry.position))
            row.cell(.details) { cell in
                guard let body = entry.body?.text, body != "{}" else { return cell.text("–") }
                cell.element("details") { details in
                    details.element("summary", say: .details)
                    details.element("code") { $0.text(body, atMost: 2_000) }
                }
            }
        }
    }
}

extension LedgerEntry {
    /// Of an act outside of the ledger.
    fileprivate var actName: String? {
        guard kind == .actTold, let text = body?.text,
            let json = try? CanonicalJSON(reading: text)
        else { return nil }
        return json["act"]?.text
    }
}
