/// Our own signs, drawn on a field of 16 by 16 in one stroke. They never stand alone: a word or a label is beside them.
enum Icon: Sendable {
    case queue, search, entities, agents, coverage, sources, rules, tenants, people, audit, health
    case person, chevron, menu, check, cross, sun, keyboard, link, comment, hand, flag, more
    case plus, minus, fit, arrow, clock, merge, split, task, evidence, tag, download, hide

    var path: StaticString {
        switch self {
        case .queue: "M2.5 3.5h11M2.5 8h11M2.5 12.5h7"
        case .search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5 14 14"
        case .entities: "M8 2.5v4M8 6.5l-4 4M8 6.5l4 4M4 10.5v3M12 10.5v3M6.5 2.5h3"
        case .agents: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3M6 6.5l1.5 1.5L10.5 5.5"
        case .coverage: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z"
        case .sources: "M4 12a5.5 5.5 0 0 1 0-8M12 4a5.5 5.5 0 0 1 0 8M8 7v2M6.5 8h3"
        case .rules:
            "M5.5 2.5c-2 0-2 1-2 2.5S3 7.5 2 8c1 .5 1.5 1.5 1.5 3s0 2.5 2 2.5M10.5 2.5c2 0 2 1 2 2.5s.5 2.5 1.5 3c-1 .5-1.5 1.5-1.5 3s0 2.5-2 2.5"
        case .tenants: "M3 13.5v-11h6v11M9 6h4v7.5M2 13.5h12M5.5 5.5h1M5.5 8.5h1"
        case .people:
            "M6 3a2.25 2.25 0 1 0 0 4.5A2.25 2.25 0 0 0 6 3M2 13c0-2.5 1.5-4 4-4s4 1.5 4 4M10.5 3.2a2.2 2.2 0 0 1 0 4.1M11.5 9.2c1.6.4 2.5 1.7 2.5 3.8"
        case .audit: "M4 2.5h8v11l-2-1.25-2 1.25-2-1.25-2 1.25zM6.5 5.5h3M6.5 8.5h3"
        case .health: "M2 8.5h3l1.5-4 3 7 1.5-3h3"
        case .person:
            "M8 2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M3 13.5c0-3 2-4.5 5-4.5s5 1.5 5 4.5"
        case .chevron: "M5 6.5 8 9.5l3-3"
        case .menu: "M2.5 4h11M2.5 8h11M2.5 12h11"
        case .check: "M3 8.5 6.5 12 13 4.5"
        case .cross: "M4 4l8 8M12 4l-8 8"
        case .sun:
            "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7"
        case .keyboard: "M1.5 4.5h13v7h-13zM4 7h.5M7 7h.5M10 7h.5M5 9.5h6"
        case .link:
            "M6.5 9.5l3-3M7 4.5l1-1a3 3 0 0 1 4.3 4.3l-1 1M9 11.5l-1 1a3 3 0 0 1-4.3-4.3l1-1"
        case .comment: "M2.5 3h11v8h-6L4.5 13.5V11h-2z"
        case .hand:
            "M6.5 2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M1.5 13.5c0-3 2-4.5 5-4.5 1.5 0 2.7.4 3.6 1.1M10.5 12l1.5 1.5 2.5-3"
        case .flag: "M4 14V2.5M4 3c3-1.5 5 1.5 8 0v6c-3 1.5-5-1.5-8 0"
        case .more: "M3.5 8h.1M8 8h.1M12.5 8h.1"
        case .plus: "M8 3v10M3 8h10"
        case .minus: "M3 8h10"
        case .fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"
        case .arrow: "M3 8h10M9 4l4 4-4 4"
        case .clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.5V8l2.5 1.5"
        case .merge: "M4 2.5v3c0 2 4 2.5 4 5v3M12 2.5v3c0 2-4 2.5-4 5"
        case .split: "M8 2.5v3c0 2-4 2.5-4 5v3M8 5.5c0 2 4 2.5 4 5v3"
        case .task: "M2.5 2.5h11v11h-11zM5 8l2 2 4-4"
        case .evidence: "M4 2h5.5L12.5 5v9H4zM9.5 2v3h3M6 8.5h4.5M6 11h4.5"
        case .tag: "M2.5 2.5h5l6 6-5 5-6-6zM5 5h.1"
        case .download: "M8 2.5v7.5M4.5 7 8 10.5 11.5 7M3 13.5h10"
        case .hide: "M2 8c1.5-2.5 3.5-4 6-4s4.5 1.5 6 4c-1.5 2.5-3.5 4-6 4s-4.5-1.5-6-4M3 13 13 3"
        }
    }
}

extension Markup {
    mutating func icon(_ icon: Icon) {
        element(
            "svg",
            [
                .class("icon"), .set("viewBox", "0 0 16 16"), .set("aria-hidden", "true"),
                .set("focusable", "false"),
            ]
        ) { $0.element("path", [.set("d", "\(icon.path)")]) { _ in } }
    }

    /// The watch fire.
    mutating func flame() {
        element(
            "svg",
            [.class("flame"), .set("viewBox", "0 0 24 24"), .set("aria-hidden", "true")]
        ) { svg in
            svg.element(
                "path",
                [
                    .class("flame-outer"),
                    .set(
                        "d",
                        "M12 2c1 4 5.5 5.5 5.5 10.5A5.5 5.5 0 0 1 12 18a5.5 5.5 0 0 1"
                            + "-5.5-5.5c0-2 1-3.5 2-4.5 0 1.5.5 2.5 1.5 3C10 7 10.5 4.5 12 2z"
                    ),
                ]
            ) { _ in }
            svg.element("path", [.class("flame-foot"), .set("d", "M5 20.5h14M8 23h8")]) { _ in }
        }
    }
}
