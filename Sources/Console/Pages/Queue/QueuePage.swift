import Engine
import Hummingbird
import Store
import Tenancy

/// The queue: what burns, the worst first.
enum QueuePage {
    static func answer(_ call: PageCall) async throws -> Response {
        try await show(call, told: QueueTold(call.query))
    }

    /// - Parameter told: what an act before led to.
    static func show(_ call: PageCall, told: QueueTold) async throws -> Response {
        let filter = QueueFilter(call.query)
        let scope = try await call.scope(IncidentEndpoints.read)
        let wanted = call.query["rows"].flatMap(Int.init) ?? QueueFilter.rows
        let page = try await call.ledger.incidents(
            matching: filter.question(
                of: call.principal.id, limit: wanted,
                after: call.query["cursor"].map { try IncidentCursor(text: $0) }), in: scope)
        let counts = QueueCounts(
            try await call.ledger.incidentCounts(in: scope), filter: filter)
        let roster = try await Roster(for: call)
        let kept = call.query.without(["cursor", "told", "rows"])
        return call.page(.queue, .queue, with: [.queueStyle, .queue]) { main in
            main.element("h1", [.class("unseen")], say: .queue)
            QueueFilterBar.write(filter, counts, kept, &main)
            main.element(
                "form",
                [
                    .class("work"), .set("id", "work"), .set("method", "post"),
                    .set("action", "/incidents/acts" + kept.text),
                ]
            ) { form in
                form.hidden("csrf", call.csrf ?? "")
                form.queueTold(told)
                rows(page, filter, roster, call, kept, &form)
                QueueBar.write(roster, call, &form)
            }
        }
    }

    private static func rows(
        _ page: Store.IncidentPage, _ filter: QueueFilter, _ roster: Roster, _ call: PageCall,
        _ kept: PageQuery, _ form: inout Markup
    ) {
        form.element(
            "section", [.class("queue"), .set("id", "queue"), .say("aria-label", .queue)]
        ) { section in
            guard !page.incidents.isEmpty else {
                if filter.isNarrow {
                    section.state(.queueNoFit, .queueNoFitCure) { acts in
                        acts.element(
                            "a", [.class("button"), .set("href", "/")], say: .clearFilters)
                    }
                } else {
                    section.state(.queueEmpty, .queueEmptyCure)
                }
                return
            }
            heads(&section)
            section.element("ol", [.class("rows"), .set("id", "rows")]) { list in
                for incident in page.incidents { QueueRow.write(incident, roster, call, &list) }
            }
            if let next = page.next {
                section.element(
                    "a",
                    [
                        .class("button more"), .set("id", "more"),
                        .set("href", "/" + kept.with("cursor", next.text)),
                    ], say: .loadMore)
            }
        }
    }

    private static func heads(_ section: inout Markup) {
        section.element("div", [.class("row heads"), .set("aria-hidden", "true")]) { row in
            row.element("span", text: "")
            for phrase in [
                Phrase.risk, .severity, .incident, .decideWithin, .state, .owner, .lastSeen,
            ] { row.element("span", say: phrase) }
        }
    }
}

/// How many incidents there are, for the filters.
struct QueueCounts: Sendable {
    private(set) var byState: [QueueFilter.State: Int] = [:]
    /// Of the chosen state.
    private(set) var byLevel: [CaseLevel: Int] = [:]

    init(_ counts: [IncidentCount], filter: QueueFilter) {
        for count in counts {
            for state in QueueFilter.State.allCases
            where state.states.isEmpty || state.states.contains(count.state) {
                byState[state, default: 0] += count.count
                if state == filter.state { byLevel[count.level, default: 0] += count.count }
            }
        }
    }
}
