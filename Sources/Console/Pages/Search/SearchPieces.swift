import Engine
import Store
import Tenancy

/// Searches kept before, and how to keep this one.
struct SavedSearches {
    let question: SearchQuestion
    let saved: [SavedSearchRecord]
    let call: PageCall

    func write(to main: inout Markup) {
        main.element("div", [.class("saved")]) { line in
            for search in saved.prefix(20) {
                line.element(
                    "a",
                    [
                        .class("chip"),
                        .set(
                            "href",
                            RoomLink.path(
                                "/search",
                                [
                                    ("q", search.query), ("range", question.span.rawValue),
                                    ("tenant", search.tenant.text),
                                ])), .set("title", String(search.query.prefix(300))),
                    ]
                ) { chip in
                    chip.text(search.name, atMost: 60)
                    if search.isShared { chip.element("small", say: .shared) }
                }
            }
            keep(&line)
        }
    }

    private func keep(_ line: inout Markup) {
        guard let csrf = call.csrf, let tenant = call.shownTenant, !question.words.isEmpty else {
            return
        }
        line.element("details", [.class("menu keep")]) { menu in
            menu.element("summary") { summary in
                summary.icon(.plus)
                summary.element("span", say: .saveSearch)
            }
            menu.element("div", [.class("sheet")]) { sheet in
                sheet.act("/search/save", csrf: csrf, class: "stack") { form in
                    form.hidden("q", question.words)
                    form.hidden("tenant", tenant.text)
                    form.hidden("back", question.address())
                    form.field("name", .name)
                    form.element("label", [.class("check")]) { label in
                        label.open(
                            "input",
                            [
                                .set("type", "checkbox"), .set("name", "shared"),
                                .set("value", "yes"),
                            ])
                        label.say(.shareIt)
                    }
                    form.element("button", [.class("primary")], say: .save)
                }
                let own = saved.filter { $0.owner == call.principal.id }
                for search in own.prefix(20) {
                    sheet.act("/search/remove", csrf: csrf) { form in
                        form.hidden("id", search.id)
                        form.hidden("tenant", search.tenant.text)
                        form.hidden("back", question.address())
                        form.element("span") { $0.text(search.name, atMost: 60) }
                        form.element("button", [.class("quiet")]) { button in
                            button.icon(.cross)
                            button.element("span", [.class("unseen")], say: .remove)
                        }
                    }
                }
            }
        }
    }
}

/// How many events there are, bar by bar.
struct BarsDrawing {
    let bars: SearchBars
    private static let (barWidth, height) = (10, 72)

    func write(to main: inout Markup) {
        let width = bars.counts.count * Self.barWidth
        let from = moment(bars.from)
        let until = moment(bars.until)
        main.element("figure", [.class("bars")]) { figure in
            figure.element(
                "svg",
                [
                    .set("viewBox", "0 0 \(width) \(Self.height)"),
                    .set("preserveAspectRatio", "none"), .set("role", "img"),
                    .say(
                        "aria-label",
                        .histogramText(bars.total, from.text, until.text, most: bars.most)),
                    .set("id", "bars"), .set("data-from", "\(bars.from)"),
                    .set("data-seconds", "\(bars.seconds)"),
                    .set("data-count", "\(bars.counts.count)"),
                ]
            ) { svg in
                svg.element("path", [.class("bar"), .set("d", outline)]) { _ in }
            }
            figure.element("figcaption") { caption in
                caption.moment(from, .second)
                caption.element("span") { words in
                    words.say(.count(Int(clamping: bars.total), one: "event", many: "events", ""))
                    words.text(" · ")
                    words.say(.bucket(bars.seconds))
                }
                caption.moment(until, .second)
            }
        }
    }

    private func moment(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
    }

    /// All bars as one path; one that is not empty is at least a pixel high.
    private var outline: String {
        var path = ""
        for (index, count) in bars.counts.enumerated() where count > 0 {
            let part = Double(count) / Double(max(1, bars.most))
            let high = max(2, Int(part * Double(Self.height - 2)))
            let left = index * Self.barWidth + 1
            path += "M\(left) \(Self.height)v-\(high)h\(Self.barWidth - 2)v\(high)z"
        }
        return path
    }
}

/// Values that a click narrows the search by.
struct FacetList {
    static let fieldsMax = 14

    let facets: EventFacets
    let question: SearchQuestion

    func write(to body: inout Markup) {
        body.element("details", [.class("facets"), .flag("open"), .set("id", "facets")]) { list in
            list.element("summary") { summary in
                summary.element("h2", say: .fields)
                summary.element("small", [.class("soft")], say: .ofNewest(facets.events))
            }
            for field in facets.fields.filter({ !$0.values.isEmpty }).prefix(Self.fieldsMax) {
                list.element("section") { write(field, &$0) }
            }
        }
    }

    private func write(_ field: EventFacets.Field, _ section: inout Markup) {
        section.element("h3") { heading in
            heading.text(field.name, atMost: 60)
            heading.element("small", [.class("soft")], text: Phrase.grouped(field.distinct))
        }
        section.element("ul", [.class("plain")]) { list in
            for value in field.values {
                let term = SearchText.term(field.name, value.value)
                let part = value.events * 100 / max(1, facets.events)
                list.element("li") { item in
                    item.element(
                        "a",
                        [
                            .class("value"), .set("href", question.adding(term)),
                            .say("title", .only),
                        ]
                    ) { link in
                        link.element("span") {
                            $0.text(value.value.isEmpty ? "∅" : value.value, atMost: 48)
                        }
                        link.element("b", text: Phrase.grouped(value.events))
                        link.element(
                            "svg",
                            [
                                .set("viewBox", "0 0 100 2"), .set("preserveAspectRatio", "none"),
                                .set("aria-hidden", "true"),
                            ]
                        ) { $0.element("path", [.set("d", "M0 1h\(part)")]) { _ in } }
                    }
                    item.element(
                        "a",
                        [.class("not"), .set("href", question.adding("-" + term))]
                    ) { link in
                        link.icon(.minus)
                        link.element("span", [.class("unseen")]) { words in
                            words.say(.without)
                            words.text(" ")
                            words.text(value.value, atMost: 48)
                        }
                    }
                }
            }
        }
    }
}

/// The events, newest first.
enum EventRows {
    static func write(
        _ page: EventPage, _ question: SearchQuestion, to body: inout Markup
    ) {
        body.listing([.when, .host, .user, .kind, .event], label: .search) { rows in
            for event in page.events { row(event, question, &rows) }
        }
        body.element("nav", [.class("pager"), .say("aria-label", .older)]) { pager in
            if question.cursor != nil {
                pager.element(
                    "a", [.class("button"), .set("href", question.address())], say: .newest)
            }
            if let next = page.next {
                pager.element(
                    "a",
                    [
                        .class("button"),
                        .set("href", question.address(cursor: next.text)),
                        .set("data-keys", "n"),
                    ], say: .olderEvents)
            }
        }
    }

    private static func row(
        _ event: StoredEvent, _ question: SearchQuestion, _ rows: inout Markup
    ) {
        rows.element("tr", [.set("data-row", "")]) { row in
            row.cell(.when) { cell in
                cell.element("a", [.class("open"), .set("href", event.address)]) {
                    $0.moment(event.time, .second)
                }
            }
            value(.host, "host", event.host, question, &row)
            value(.user, "user", event.user, question, &row)
            value(.kind, "kind", event.kind, question, &row)
            row.cell(.event, class: "gist") { cell in
                for field in event.gist {
                    cell.element("span") { part in
                        part.element("small") { $0.text(field.name, atMost: 40) }
                        part.element("code") { $0.text(field.value, atMost: 180) }
                    }
                }
            }
        }
    }

    private static func value(
        _ phrase: Phrase, _ field: String, _ value: String?, _ question: SearchQuestion,
        _ row: inout Markup
    ) {
        row.cell(phrase) { cell in
            guard let value, !value.isEmpty else { return cell.text("–") }
            guard value.utf8.count <= EventFacets.valueBytesMax else {
                return cell.text(value, atMost: 60)
            }
            cell.link(
                question.adding(SearchText.term(field, value)), text: value, atMost: 60)
        }
    }
}
