import Store
import Tenancy

/// What can be done to the selected incidents. Menus are `details`, so that all of it works as one plain form.
enum QueueBar {
    static func write(_ roster: Roster, _ call: PageCall, _ form: inout Markup) {
        let work = Permission(.update, .incidents)
        let isWorker = call.principal.grants.contains { AccessMatrix.allows($0.role, work) }
        guard isWorker else { return }
        form.element(
            "div",
            [
                .class("bar"), .set("id", "bar"), .set("role", "toolbar"),
                .say("aria-label", .acts), .flag("data-screen"),
            ]
        ) { bar in
            bar.element("b", [.set("id", "picked"), .set("aria-live", "polite")], text: "")
            bar.element(
                "button",
                [.set("name", "act"), .set("value", "claim"), .set("data-keys", "c")]
            ) { button in
                button.icon(.hand)
                button.element("span", say: .claim)
                button.element("kbd", [.set("aria-hidden", "true")], text: "c")
            }
            assign(roster, call, &bar)
            decide(&bar)
            bar.element(
                "button",
                [
                    .set("name", "act"), .set("value", "close"), .set("data-keys", "e"),
                    .set("id", "act-close"),
                ]
            ) { button in
                button.icon(.check)
                button.element("span", say: .closeIncident)
                button.element("kbd", [.set("aria-hidden", "true")], text: "e")
            }
            bar.element(
                "button",
                [
                    .class("quiet"), .set("type", "reset"), .set("id", "unpick"),
                    .say("aria-label", .clearSelection),
                ]
            ) { $0.icon(.cross) }
        }
    }

    private static func summary(
        _ icon: Icon, _ phrase: Phrase, _ key: String, _ menu: inout Markup
    ) {
        menu.element("summary", [.class("button"), .set("data-keys", key)]) { summary in
            summary.icon(icon)
            summary.element("span", say: phrase)
            summary.element("kbd", [.set("aria-hidden", "true")], text: key)
        }
    }

    private static func assign(_ roster: Roster, _ call: PageCall, _ bar: inout Markup) {
        bar.element("details", [.class("menu up"), .set("id", "act-assign")]) { menu in
            summary(.person, .assign, "a", &menu)
            menu.element("div", [.class("sheet")]) { sheet in
                for person in roster.candidates.prefix(100) {
                    sheet.element(
                        "button",
                        [.class("plain"), .set("name", "assign"), .set("value", person.id.text)]
                    ) { button in
                        button.element("span") { $0.text(person.name, atMost: 60) }
                        if person.id == call.principal.id {
                            button.element("small", say: .you)
                        }
                    }
                }
                sheet.element(
                    "button",
                    [.class("plain"), .set("name", "assign"), .set("value", "-")],
                    say: .assignNobody)
            }
        }
    }

    private static func decide(_ bar: inout Markup) {
        bar.element("details", [.class("menu up"), .set("id", "act-decide")]) { menu in
            summary(.flag, .decide, "v", &menu)
            menu.element("div", [.class("sheet wide")]) { sheet in
                sheet.verdictFields()
                sheet.element("div", [.class("acts")]) { acts in
                    acts.element(
                        "button",
                        [.class("primary"), .set("name", "act"), .set("value", "finish")],
                        say: .giveVerdictAndClose)
                    acts.element(
                        "button", [.set("name", "act"), .set("value", "verdict")],
                        say: .giveVerdict)
                }
            }
        }
    }
}

extension Markup {
    /// Which verdict, and why.
    ///
    /// - Parameter chosen: what was given before.
    mutating func verdictFields(chosen: Verdict? = nil) {
        element("fieldset", [.class("verdicts")]) { set in
            set.element("legend", say: .verdict)
            for verdict in Verdict.allCases {
                set.element("label") { label in
                    label.open(
                        "input",
                        [
                            .set("type", "radio"), .set("name", "verdict"),
                            .set("value", verdict.rawValue),
                        ] + (verdict == chosen ? [.flag("checked")] : []))
                    label.element("span", say: verdict.phrase)
                }
            }
        }
        element("label", [.set("for", "reason")], say: .reason)
        element(
            "textarea",
            [
                .set("id", "reason"), .set("name", "reason"), .set("rows", "3"),
                .set("maxlength", String(LedgerLimits.reasonBytesMax)),
                .say("placeholder", .reasonHint),
            ]
        ) { _ in }
    }
}
