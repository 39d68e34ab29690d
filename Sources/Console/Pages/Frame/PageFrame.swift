import Engine
import Tenancy

/// What stands around every page: head, navigation, tenant, person, and how it looks.
struct PageFrame: Sendable {
    /// A tenant that somebody can switch to.
    struct Choice: Hashable, Sendable {
        let id: TenantID
        let name: String
    }

    static let choicesShownMax = 50

    /// Who reads the page; nil before somebody is known.
    struct Reader: Sendable {
        let principal: Principal
        let csrf: String?
        let choices: [Choice]
        /// The one chosen; nil for all.
        let tenant: TenantID?
        /// Path and query of the page itself, to come back to.
        let address: String
    }

    let title: Phrase
    let look: Look
    /// Nil where it is none of the views.
    var place: Place?
    var files: [StaticFile] = []
    var reader: Reader?

    func page(_ content: (inout Markup) -> Void) -> [UInt8] {
        var markup = Markup(in: look.language)
        markup.doctype()
        markup.element(
            "html",
            [
                .set("lang", look.language.rawValue), .set("data-theme", look.theme.rawValue),
                .set("data-density", look.density.rawValue),
            ]
        ) { html in
            html.element("head") { head(&$0) }
            html.element("body", [.class(reader == nil ? "bare" : "framed")]) { body in
                body.element(
                    "a", [.class("skip"), .set("href", "#main")], say: .skip)
                if let reader {
                    rail(reader, &body)
                    body.element("div", [.class("stage")]) { stage in
                        top(reader, &stage)
                        main(content, &stage)
                    }
                } else {
                    main(content, &body)
                }
                ScriptWords.write(&body)
            }
        }
        return markup.bytes
    }

    private func main(_ content: (inout Markup) -> Void, _ body: inout Markup) {
        body.element("main", [.set("id", "main"), .set("tabindex", "-1")]) { content(&$0) }
    }

    private func head(_ head: inout Markup) {
        head.open("meta", [.set("charset", "utf-8")])
        head.open(
            "meta",
            [.set("name", "viewport"), .set("content", "width=device-width, initial-scale=1")])
        head.open("meta", [.set("name", "color-scheme"), .set("content", "light dark")])
        head.element("title", text: "\(title.text(in: look.language)) · Kagari")
        for file in StaticFile.everywhere + files {
            switch file.kind {
            case .style:
                head.open("link", [.set("rel", "stylesheet"), .set("href", file.path)])
            case .module:
                head.element(
                    "script", [.set("type", "module"), .set("src", file.path)]
                ) { _ in }
            case .picture: break
            }
        }
        head.open(
            "link",
            [
                .set("rel", "icon"), .set("type", "image/svg+xml"),
                .set("href", StaticFile.icon.path),
            ])
    }

    // MARK: - Navigation

    private func rail(_ reader: Reader, _ body: inout Markup) {
        body.element("nav", [.class("rail"), .say("aria-label", .navigation)]) { rail in
            rail.element("a", [.class("brand"), .set("href", "/")]) { brand in
                brand.flame()
                brand.element("span", text: "Kagari")
            }
            rail.element("ul", [.class("views")]) { list in
                for place in Place.allCases where place.isShown(to: reader.principal) {
                    item(place, reader, &list)
                }
            }
            person(reader, &rail)
        }
    }

    private func item(_ place: Place, _ reader: Reader, _ list: inout Markup) {
        var attributes: [Markup.Attribute] = [
            .set("href", place.address(of: reader.tenant)),
            .set("data-keys", "g \(place.key)"),
        ]
        if place == self.place { attributes.append(.set("aria-current", "page")) }
        list.element("li", place.beginsGroup ? [.class("begins")] : []) { item in
            item.element("a", attributes) { link in
                link.icon(place.icon)
                link.element("span", say: place.phrase)
                link.element("kbd", [.set("aria-hidden", "true")], text: "g \(place.key)")
            }
        }
    }

    private func top(_ reader: Reader, _ stage: inout Markup) {
        stage.element("header", [.class("top")]) { top in
            here(reader, &top)
            top.element(
                "button",
                [
                    .class("finder"), .set("type", "button"), .set("id", "palette-open"),
                    .set("data-keys", "Ctrl+k"), .say("aria-label", .commands), .flag("hidden"),
                ]
            ) { button in
                button.icon(.search)
                button.element("span", say: .commands)
                button.element("kbd", [.set("aria-hidden", "true")], text: "Ctrl K")
            }
            top.element(
                "span",
                [
                    .class("pulse"), .set("id", "pulse"), .set("role", "status"),
                    .flag("hidden"),
                ]
            ) { _ in }
            if reader.choices.count > 1 || reader.tenant != nil { tenants(reader, &top) }
        }
    }

    /// What page it is; on a page below a view, the way back to that.
    private func here(_ reader: Reader, _ top: inout Markup) {
        top.element("p", [.class("here")]) { here in
            guard let place, title != place.phrase else {
                here.say(title)
                return
            }
            here.element("a", [.set("href", place.address(of: reader.tenant))]) { link in
                link.icon(.chevron)
                link.element("span", say: place.phrase)
            }
        }
    }

    private func tenants(_ reader: Reader, _ top: inout Markup) {
        let path = place?.path ?? "/"
        top.element("details", [.class("menu"), .set("id", "tenant-switch")]) { menu in
            menu.element("summary", [.say("aria-label", .switchTenant)]) { summary in
                summary.icon(.tenants)
                summary.element("span") { name in
                    if let tenant = reader.tenant {
                        name.text(
                            reader.choices.first { $0.id == tenant }?.name ?? tenant.text,
                            atMost: 40)
                    } else {
                        name.say(.allTenants)
                    }
                }
                summary.icon(.chevron)
            }
            menu.element("div", [.class("sheet")]) { sheet in
                choice(nil, path, reader, &sheet)
                for tenant in reader.choices.prefix(Self.choicesShownMax) {
                    choice(tenant, path, reader, &sheet)
                }
                guard reader.choices.count > Self.choicesShownMax else { return }
                sheet.element("form", [.class("line"), .set("action", path)]) { form in
                    form.open(
                        "input",
                        [
                            .set("name", "tenant"), .say("aria-label", .tenantName),
                            .say("placeholder", .tenantName), .set("required", ""),
                        ])
                    form.element("button", say: .go)
                }
            }
        }
    }

    private func choice(
        _ tenant: Choice?, _ path: String, _ reader: Reader, _ sheet: inout Markup
    ) {
        let isChosen = tenant?.id == reader.tenant
        sheet.element(
            "a",
            [
                .set("href", path + (tenant.map { "?tenant=\($0.id.text)" } ?? "")),
                .set("data-tenant", tenant?.id.text ?? ""),
            ] + (isChosen ? [.set("aria-current", "true")] : [])
        ) { link in
            if let tenant {
                link.element("span") { $0.text(tenant.name, atMost: 60) }
                if tenant.name != tenant.id.text {
                    link.element("small") { $0.text(tenant.id.text) }
                }
            } else {
                link.element("span", say: .allTenants)
            }
        }
    }
}
