import Engine
import Hummingbird
import Store
import Tenancy

/// What was done to an incident, by whom, as the ledger's chain has it.
enum RecordPart {
    static func content(
        _ dossier: Dossier
    ) async throws -> @Sendable (inout Markup) -> Void {
        let after = dossier.call.query["after"].flatMap { UInt64($0) } ?? 0
        let scope = try await dossier.call.scope(
            IncidentEndpoints.read, in: dossier.key.tenant.text)
        let entries = try await dossier.call.ledger.history(
            of: dossier.key, after: after, in: scope)
        return { part in
            part.element("section", [.class("panel flush")]) { panel in
                panel.element("ol", [.class("rows entries")]) { list in
                    for entry in entries { row(entry, dossier.roster, &list) }
                }
            }
            if entries.count == LedgerLimits.pageMax, let last = entries.last {
                part.element(
                    "a",
                    [
                        .class("button more"),
                        .set(
                            "href", "\(dossier.address)?part=record&after=\(last.position)"),
                    ], say: .loadMore)
            }
        }
    }

    private static func row(_ entry: LedgerEntry, _ roster: Roster, _ list: inout Markup) {
        list.element("li") { item in
            item.moment(entry.time, .second)
            item.owner(entry.actor, roster)
            item.element("span") { what in
                what.element("b", say: entry.kind.phrase)
                if let said = said(entry, roster) {
                    what.element("span", [.class("soft")]) { text in
                        text.text(" ")
                        text.say(said)
                    }
                }
            }
            item.element("code", [.class("soft")]) {
                $0.text(String(entry.hash.description.prefix(12)))
            }
        }
    }

    /// What of an entry's body tells it apart from others of its kind.
    private static func said(_ entry: LedgerEntry, _ roster: Roster) -> Phrase? {
        guard let text = entry.body?.text, let body = try? CanonicalJSON(reading: text) else {
            return nil
        }
        switch entry.kind {
        case .incidentAssigned:
            guard let id = body["assignee"]?.text.flatMap({ PrincipalID($0) }) else {
                return .ownerNobody
            }
            return .verbatim(roster.name(of: id))
        case .incidentDecided:
            let verdict = body["verdict"]?.text.flatMap(Verdict.init)?.phrase
            let reason = String((body["reason"]?.text ?? "").prefix(300))
            return verdict.map {
                Phrase("\($0.english): \(reason)", "\($0.japanese): \(reason)")
            }
        case .incidentTimed:
            return CaseTime.allCases.first { $0.name == body["time"]?.text }?.phrase
        default:
            let text = ["reason", "text", "title", "note", "tag"].lazy
                .compactMap { body[$0]?.text }.first
            return text.map { .verbatim(String($0.prefix(300))) }
        }
    }
}

/// One record as it was received.
enum RecordPage {
    /// Of a record, on a page; the API has it whole.
    static let shownMax = 64 << 10

    static func answer(_ call: PageCall) async throws -> Response {
        let tenant = call.part("tenant")
        guard let tenantID = TenantID(tenant), let sequence = UInt64(call.part("sequence")) else {
            throw Problem(.missing, "There is no record of that sequence.")
        }
        let scope = try await call.scope(Permission(.read, .events), in: tenant)
        let record = try await call.parts.desk.record(sequence, of: tenantID, in: scope)
        return call.page(.rawRecord, nil, with: [.incidentStyle]) { main in
            main.element("article", [.class("detail-of"), .set("id", "detail")]) { article in
                article.element("h1") { title in
                    title.say(.rawRecord)
                    title.text(" \(sequence)")
                }
                guard let record else {
                    article.element("p", [.class("soft")], say: .noRaw)
                    return
                }
                article.element("p", [.class("facts")]) { facts in
                    facts.element("span", [.class("chip")]) { $0.text(record.source.text) }
                    facts.moment(record.received, .second)
                }
                article.element("pre", [.class("raw"), .set("tabindex", "0")]) { raw in
                    if let text = String(validating: record.bytes, as: UTF8.self) {
                        raw.text(text, atMost: shownMax)
                    } else {
                        raw.text(Cursor.hex(record.bytes), atMost: shownMax)
                    }
                }
            }
        }
    }
}
