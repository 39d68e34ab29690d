import Engine
import HTTPTypes
import Store
import Tenancy

/// Pieces of the views that list things. `rooms.css` says how they look.
extension Markup {
    /// The head of a view: what it shows, and what can be done there.
    mutating func lead(
        _ title: Phrase, _ note: Phrase? = nil, _ acts: (inout Markup) -> Void = { _ in }
    ) {
        element("header", [.class("lead")]) { lead in
            lead.element("div") { words in
                words.element("h1", say: title)
                if let note { words.element("p", [.class("soft")], say: note) }
            }
            lead.element("div", [.class("lead-acts")]) { acts(&$0) }
        }
    }

    /// A table that becomes a list of cards where it is narrow.
    mutating func listing(
        _ columns: [Phrase], numbers: Set<Int> = [], label: Phrase,
        _ rows: (inout Markup) -> Void
    ) {
        element("table", [.class("listing"), .say("aria-label", label)]) { table in
            table.element("thead") { head in
                head.element("tr") { row in
                    for (index, column) in columns.enumerated() {
                        row.element(
                            "th",
                            [.set("scope", "col")]
                                + (numbers.contains(index) ? [.class("number")] : []),
                            say: column)
                    }
                }
            }
            table.element("tbody") { rows(&$0) }
        }
    }

    mutating func cell(
        _ name: Phrase, class style: String = "", _ body: (inout Markup) -> Void
    ) {
        element(
            "td", [.say("data-name", name)] + (style.isEmpty ? [] : [.class(style)])
        ) { body(&$0) }
    }

    mutating func cell(_ name: Phrase, number: Int) {
        cell(name, class: "number") { $0.text(Phrase.grouped(number)) }
    }

    mutating func cell(_ name: Phrase, text: String?) {
        cell(name) { $0.text(text ?? "–", atMost: 200) }
    }

    mutating func cell(_ name: Phrase, time: Timestamp?) {
        cell(name) { cell in
            if let time { cell.moment(time) } else { cell.text("–") }
        }
    }

    /// Things known of one thing, side by side.
    mutating func facts(_ facts: [(name: Phrase, value: (inout Markup) -> Void)]) {
        element("dl", [.class("facts")]) { list in
            for fact in facts {
                list.element("div") { pair in
                    pair.element("dt", say: fact.name)
                    pair.element("dd") { fact.value(&$0) }
                }
            }
        }
    }

    /// A form of one button or more fields that changes something.
    mutating func act(
        _ path: String, csrf: String?, class style: String = "line",
        _ body: (inout Markup) -> Void
    ) {
        guard let csrf else { return }
        element(
            "form", [.set("method", "post"), .set("action", path), .class(style)]
        ) { form in
            form.hidden("csrf", csrf)
            body(&form)
        }
    }

    mutating func field(
        _ name: String, _ label: Phrase, value: String = "", isRequired: Bool = true,
        isShort: Bool = false
    ) {
        element("label", [.set("for", "field-\(name)")], say: label)
        open(
            "input",
            [
                .set("id", "field-\(name)"), .set("name", name), .set("value", value),
                .set("autocomplete", "off"), .set("spellcheck", "false"),
            ] + (isRequired ? [.flag("required")] : []) + (isShort ? [.set("maxlength", "64")] : [])
        )
    }

    mutating func choice(
        _ name: String, _ label: Phrase, _ options: [(value: String, phrase: Phrase)],
        chosen: String, isLabelShown: Bool = true
    ) {
        element(
            "label",
            [.set("for", "field-\(name)")] + (isLabelShown ? [] : [.class("unseen")]), say: label)
        element("select", [.set("id", "field-\(name)"), .set("name", name)]) { list in
            for option in options {
                list.element(
                    "option",
                    [.set("value", option.value)]
                        + (option.value == chosen ? [.flag("selected")] : []), say: option.phrase)
            }
        }
    }

    mutating func link(_ path: String, text: String, atMost count: Int = 120) {
        element("a", [.set("href", path)]) { $0.text(text, atMost: count) }
    }
}

/// A path of ours with a query.
enum RoomLink {
    static func path(_ path: String, _ query: [(String, String?)]) -> String {
        let pairs = query.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name)=\(FormText.encoded($0))" }
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    static func entity(_ kind: EntityKind, _ name: String, of tenant: TenantID) -> String {
        path("/entities/\(tenant.text)/\(kind.rawValue)", [("name", name)])
    }

    static func rule(_ id: String, of tenant: TenantID) -> String {
        "/rules/\(tenant.text)/\(FormText.encoded(id))"
    }

    static func incident(_ key: IncidentKey) -> String {
        "/incidents/\(key.tenant.text)/\(key.incident.text)"
    }

    static func search(_ words: String, of tenant: TenantID, range: String = "all") -> String {
        path("/search", [("q", words), ("range", range), ("tenant", tenant.text)])
    }
}

extension EntityKind {
    var phrase: Phrase {
        switch self {
        case .host: .host
        case .user: .user
        case .address: .address
        }
    }

    var icon: Icon {
        switch self {
        case .host: .tenants
        case .user: .person
        case .address: .sources
        }
    }
}

extension PageCall {
    /// The tenant that a view of one tenant shows: the one chosen, or the first customer in reach.
    var shownTenant: TenantID? {
        tenant ?? choices.first { $0.id != Ledger.provider }?.id ?? choices.first?.id
    }

    /// Does what an operation of the API does, after the same judgements.
    ///
    /// - Throws: ``Problem``; what the store says.
    func perform(
        _ method: HTTPRequest.Method, _ path: String, names: [String: String] = [:],
        body: CanonicalJSON = .object([:])
    ) async throws -> Answer {
        let found = ConsoleApplication.endpoints.first { $0.method == method && $0.path == path }
        guard let endpoint = found else { preconditionFailure("\(path) is an operation") }
        let granted = try await Gate(parts: parts).scope(
            for: endpoint.right, of: principal, names: names, query: [:])
        try Dispatch(parts: parts, endpoint: endpoint).judge(caller)
        try endpoint.body?.check(body)
        return try await endpoint.act(
            Call(
                parts: parts, principal: principal, session: caller.session, now: now,
                address: context.address, names: names, query: [:], body: body, revision: nil,
                granted: granted))
    }
}

extension JSON {
    /// A member of an object; nil where there is none.
    subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var flag: Bool? {
        guard case .flag(let flag) = self else { return nil }
        return flag
    }
}
