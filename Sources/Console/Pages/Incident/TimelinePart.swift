import Engine
import Store
import Tenancy

/// Alerts and events of an incident's hosts and accounts, as one line of time; each record is one click away.
enum TimelinePart {
    /// Of one page; further ones are loaded as one scrolls.
    static let rows = 200
    /// Before the first and after the last alert.
    static let marginSeconds: Int64 = 3600
    /// Hosts, and accounts, whose events are shown.
    static let namesMax = 20

    private struct Line: Sendable {
        let time: Timestamp
        let sequence: UInt64?
        let alert: AlertSummary?
        let event: StoredEvent?
    }

    static func content(
        _ dossier: Dossier
    ) async throws -> @Sendable (inout Markup) -> Void {
        let isOnlyAlerts = dossier.call.query["only"] == "alerts"
        let (lines, next) = try await isOnlyAlerts ? alertLines(dossier) : lines(dossier)
        return { part in
            switches(isOnlyAlerts, dossier, &part)
            guard !lines.isEmpty else {
                part.state(.timelineEmpty, .timelineEmptyCure)
                return
            }
            part.element("section", [.class("panel flush"), .set("id", "timeline")]) { panel in
                panel.element("ol", [.class("rows timeline"), .set("id", "lines")]) { list in
                    for line in lines { row(line, dossier, &list) }
                }
            }
            guard let next else { return }
            let kept = dossier.call.query.with("cursor", next.text)
            part.element(
                "a",
                [
                    .class("button more"), .set("id", "more-lines"),
                    .set("href", dossier.address + kept),
                ], say: .loadMore)
        }
    }

    private static func switches(
        _ isOnlyAlerts: Bool, _ dossier: Dossier, _ part: inout Markup
    ) {
        part.element("div", [.class("segments narrow"), .set("role", "group")]) { group in
            for isAlerts in [false, true] {
                let phrase: Phrase = isAlerts ? .onlyAlerts : .alertsAndEvents
                group.element(
                    "a",
                    [
                        .set(
                            "href",
                            dossier.address(of: .timeline) + (isAlerts ? "&only=alerts" : ""))
                    ] + (isAlerts == isOnlyAlerts ? [.set("aria-current", "true")] : []),
                    say: phrase)
            }
        }
    }

    // MARK: - What there is

    private static func alertLines(_ dossier: Dossier) async throws -> ([Line], EventCursor?) {
        let sequences = try await sequences(dossier)
        let places = Dictionary(
            sequences.map { ($0.value.id, $0.key) }, uniquingKeysWith: { min($0, $1) })
        let lines = dossier.alerts.map { alert in
            Line(
                time: alert.time ?? alert.received, sequence: places[alert.id], alert: alert,
                event: nil)
        }
        return (lines, nil)
    }

    private static func lines(_ dossier: Dossier) async throws -> ([Line], EventCursor?) {
        let call = dossier.call
        guard let first = dossier.summary.firstSeen, let last = dossier.summary.lastSeen,
            let filter = filter(dossier)
        else { return try await alertLines(dossier) }
        let margin = marginSeconds * 1_000_000_000
        let page = try await call.parts.events.events(
            matching: EventQuery(
                since: Timestamp(nanoseconds: first.nanoseconds - margin),
                until: Timestamp(nanoseconds: last.nanoseconds + margin), filter: filter,
                newestFirst: false, limit: rows,
                after: call.query["cursor"].map { try EventCursor(text: $0) }),
            in: call.scope(Permission(.read, .events), in: dossier.key.tenant.text))
        let alerts = try await sequences(dossier)
        var lines = page.events.map { event in
            Line(
                time: event.time, sequence: event.sequence, alert: alerts[event.sequence],
                event: event)
        }
        // Alerts whose record is not among the events (of another host, or not searchable yet) are told all the same.
        if call.query["cursor"] == nil, page.next == nil {
            let told = Set(page.events.compactMap { alerts[$0.sequence]?.id })
            lines += try await alertLines(dossier).0.filter { line in
                line.alert.map { !told.contains($0.id) } ?? false
            }
            lines.sort { $0.time.nanoseconds < $1.time.nanoseconds }
        }
        return (lines, page.next)
    }

    /// Events of its hosts and accounts; nil where it names none.
    private static func filter(_ dossier: Dossier) -> EventFilter? {
        let hosts = dossier.graph.labels([.host]) + dossier.alerts.compactMap(\.host)
        let users = dossier.graph.labels([.cloudPrincipal])
        let all =
            Set(hosts).sorted().prefix(namesMax).map { EventFilter.field("host", .equals, $0) }
            + Set(users).sorted().prefix(namesMax).map { EventFilter.field("user", .equals, $0) }
        return all.isEmpty ? nil : .any(all)
    }

    /// Which alert each record fired; of several on one, the most severe.
    private static func sequences(_ dossier: Dossier) async throws -> [UInt64: AlertSummary] {
        guard !dossier.alerts.isEmpty else { return [:] }
        let scope = try await dossier.call.scope(
            Permission(.read, .alerts), in: dossier.key.tenant.text)
        var found: [UInt64: AlertSummary] = [:]
        for alert in dossier.alerts {
            let body = try await dossier.call.ledger.alert(
                alert.id, of: alert.tenant, in: scope
            ).body
            guard let json = try? CanonicalJSON(reading: body),
                let sequence = json["sequence"]?.integer
            else { continue }
            let place = UInt64(clamping: sequence)
            if let other = found[place], other.level >= alert.level { continue }
            found[place] = alert
        }
        return found
    }

    // MARK: - One line

    private static func row(_ line: Line, _ dossier: Dossier, _ list: inout Markup) {
        let style = line.alert.map { "is-alert level-\($0.level.name)" } ?? ""
        list.element("li", [.class(style)]) { item in
            item.moment(line.time, .second)
            if let alert = line.alert {
                item.level(alert.level)
                item.element(
                    "a",
                    [
                        .class("what"), .set("data-inline", "alert"),
                        .set("href", "/alerts/\(alert.tenant.text)/\(alert.id.text)"),
                    ]
                ) { link in
                    link.element("span") { $0.text(alert.title, atMost: 200) }
                    if let event = line.event {
                        link.element("small") { $0.text(summary(of: event), atMost: 240) }
                    }
                }
            } else if let event = line.event {
                item.element("span", [.class("kind soft")]) {
                    let words = event.kind.split(separator: "/")
                    $0.text(String(words.count > 1 ? words[1] : words.first ?? "–"), atMost: 40)
                }
                item.element("span", [.class("what")]) { $0.text(summary(of: event), atMost: 240) }
            }
            item.element("span", [.class("soft where")]) { cell in
                let host = line.event?.host ?? line.alert?.host
                let user = line.event?.user ?? line.alert?.user
                cell.text([host, user].compactMap { $0 }.joined(separator: " · "), atMost: 80)
            }
            guard let sequence = line.sequence else { return }
            item.element(
                "a",
                [
                    .class("raw-link"), .set("data-inline", "record"),
                    .set("data-sequence", String(sequence)),
                    .set("href", "/records/\(dossier.key.tenant.text)/\(sequence)"),
                    .say("title", .rawRecord),
                ], say: .rawRecord)
        }
    }

    /// The value that tells an event apart; the first of these names that it has.
    private static let telling = [
        "CommandLine", "ScriptBlockText", "TargetObject", "TargetFilename", "QueryName",
        "DestinationHostname", "DestinationIp", "eventName", "ServiceName", "TaskName",
        "ShareName", "TargetUserName", "Image", "msg", "message", "Message",
    ]

    private static func summary(of event: StoredEvent) -> String {
        for name in telling {
            if let field = event.fields.first(where: { $0.name == name }), !field.value.isEmpty {
                return field.value
            }
        }
        return event.fields.prefix(4).map { "\($0.name)=\($0.value.prefix(60))" }
            .joined(separator: " ")
    }
}
