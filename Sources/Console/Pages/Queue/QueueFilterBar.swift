import Store

/// The filters of the queue as links: each is an address that can be kept.
enum QueueFilterBar {
    static func write(
        _ filter: QueueFilter, _ counts: QueueCounts, _ kept: PageQuery, _ main: inout Markup
    ) {
        main.element("div", [.class("filters"), .set("id", "filters")]) { bar in
            group("segments", .state, &bar) { group in
                for state in QueueFilter.State.allCases {
                    let isChosen = state == filter.state
                    link("state", state == .live ? nil : state.rawValue, isChosen, kept, &group) {
                        $0.element("span", say: state.phrase)
                        count(counts.byState[state], &$0)
                    }
                }
            }
            group("levels", .levelFrom, &bar) { group in
                for level in CaseLevel.allCases.reversed() {
                    let isChosen = level == filter.levelMin && level > .informational
                    let value = isChosen || level == .informational ? nil : level.name
                    link("level", value, isChosen, kept, &group) { item in
                        item.level(level)
                        count(counts.byLevel[level], &item)
                    }
                }
            }
            group("segments", .owner, &bar) { group in
                for owner in QueueFilter.Owner.allCases {
                    let value = owner == .anybody ? nil : owner.rawValue
                    link("owner", value, owner == filter.owner, kept, &group) {
                        $0.element("span", say: owner.phrase)
                    }
                }
            }
            search(filter, kept, &bar)
        }
    }

    private static func group(
        _ style: String, _ label: Phrase, _ bar: inout Markup, _ body: (inout Markup) -> Void
    ) {
        bar.element(
            "div", [.class(style), .say("aria-label", label), .set("role", "group")], body)
    }

    private static func count(_ number: Int?, _ item: inout Markup) {
        item.element("b", [.class("count")], text: Phrase.grouped(number ?? 0))
    }

    private static func link(
        _ name: String, _ value: String?, _ isChosen: Bool, _ kept: PageQuery,
        _ group: inout Markup, _ body: (inout Markup) -> Void
    ) {
        group.element(
            "a",
            [.set("href", "/" + kept.with(name, value))]
                + (isChosen ? [.set("aria-current", "true")] : []), body)
    }

    private static func search(_ filter: QueueFilter, _ kept: PageQuery, _ bar: inout Markup) {
        bar.element("form", [.class("find"), .set("action", "/"), .set("role", "search")]) { form in
            for (name, value) in kept.pairs where name != "text" && !value.isEmpty {
                form.hidden(name, value)
            }
            form.icon(.search)
            form.open(
                "input",
                [
                    .set("type", "search"), .set("name", "text"), .set("value", filter.text),
                    .say("placeholder", .filterText), .say("aria-label", .filterText),
                    .set("data-keys", "/"), .set("autocomplete", "off"),
                    .set("maxlength", String(QueueFilter.textBytesMax)),
                ])
            form.element("kbd", [.set("aria-hidden", "true")], text: "/")
        }
    }
}
