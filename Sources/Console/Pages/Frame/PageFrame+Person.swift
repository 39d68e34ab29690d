import Tenancy

/// The menu of whoever reads: account, appearance, and the way out.
extension PageFrame {
    func person(_ reader: Reader, _ rail: inout Markup) {
        rail.element("details", [.class("menu person"), .set("id", "person-menu")]) { menu in
            menu.element("summary") { summary in
                summary.icon(.person)
                summary.element("span") { $0.text(reader.principal.name, atMost: 40) }
                summary.icon(.chevron)
            }
            menu.element("div", [.class("sheet")]) { sheet in
                sheet.element(
                    "a", [.set("href", "/account"), .set("data-keys", "g m")]
                ) { link in
                    link.icon(.person)
                    link.element("span", say: .account)
                }
                appearance(reader.address, &sheet)
                sheet.element(
                    "button",
                    [
                        .class("plain"), .set("type", "button"), .set("id", "shortcuts-open"),
                        .set("data-keys", "?"), .flag("hidden"),
                    ]
                ) { button in
                    button.icon(.keyboard)
                    button.element("span", say: .shortcuts)
                }
                guard let csrf = reader.csrf else { return }
                sheet.element(
                    "form", [.set("method", "post"), .set("action", "/sign-out")]
                ) { form in
                    form.hidden("csrf", csrf)
                    form.element("button", [.class("plain")]) { button in
                        button.icon(.arrow)
                        button.element("span", say: .signOut)
                    }
                }
            }
        }
    }

    /// - Parameter address: where to come back to.
    func appearance(_ address: String, _ sheet: inout Markup) {
        sheet.element(
            "form",
            [
                .class("look"), .set("id", "look"), .set("method", "post"),
                .set("action", "/look"),
            ]
        ) { form in
            form.hidden("back", address)
            choices(
                .theme, "theme", Look.Theme.allCases.map { ($0.rawValue, $0.phrase) },
                look.theme.rawValue, &form)
            choices(
                .density, "density", Look.Density.allCases.map { ($0.rawValue, $0.phrase) },
                look.density.rawValue, &form)
            choices(
                .language, "language",
                Language.allCases.map { ($0.rawValue, .verbatim($0.name)) },
                look.language.rawValue, &form)
        }
    }

    private func choices(
        _ label: Phrase, _ name: String, _ values: [(value: String, phrase: Phrase)],
        _ chosen: String, _ form: inout Markup
    ) {
        form.element("fieldset") { set in
            set.element("legend", say: label)
            set.element("div", [.class("segments")]) { segments in
                for (value, phrase) in values {
                    segments.element(
                        "button",
                        [
                            .set("name", name), .set("value", value),
                            .set("aria-pressed", value == chosen ? "true" : "false"),
                        ], say: phrase)
                }
            }
        }
    }
}

extension Markup {
    mutating func hidden(_ name: String, _ value: String) {
        open("input", [.set("type", "hidden"), .set("name", name), .set("value", value)])
    }
}
