import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// One page that somebody known asks for, or one form that he sends.
struct PageCall: Sendable {
    let parts: ConsoleParts
    let caller: Gate.Caller
    let look: Look
    let now: Timestamp
    let context: ConsoleContext
    /// Path and query.
    let address: String
    let query: PageQuery
    /// What a form sent; empty of a page.
    let form: PageQuery
    /// Tenants in reach, by name; at most ``Policy/tenantsMax``.
    let choices: [PageFrame.Choice]

    var principal: Principal { caller.principal }
    var language: Language { look.language }
    var ledger: Ledger { parts.ledger }

    /// For forms; nil where a key asks.
    var csrf: String? { caller.session.map { parts.guardian.token(for: $0) } }

    /// The tenant chosen in the frame (`?tenant=`); nil for all.
    var tenant: TenantID? { query["tenant"].flatMap(TenantID.init) }

    /// A part of the path; empty where it has none of that name.
    func part(_ name: String) -> String { context.parameters.get(name) ?? "" }

    /// A right in the tenant that is chosen in the frame, or in all that are in reach.
    ///
    /// - Throws: ``Problem``, as the API does.
    func scope(_ permission: Permission) async throws -> TenantScope {
        let chosen = query["tenant"].flatMap { $0.isEmpty ? nil : ["tenant": $0] } ?? [:]
        return try await scope(.tenants(permission), names: [:], query: chosen)
    }

    /// A right in one tenant, named by the path or a form.
    func scope(_ permission: Permission, in tenant: String) async throws -> TenantScope {
        try await scope(.tenant(permission), names: ["tenant": tenant], query: [:])
    }

    /// A right in what belongs to no tenant.
    func providerScope(_ permission: Permission) async throws -> TenantScope {
        try await scope(.provider(permission), names: [:], query: [:])
    }

    private func scope(
        _ right: Endpoint.Right, names: [String: String], query: [String: String]
    ) async throws -> TenantScope {
        let scope = try await Gate(parts: parts).scope(
            for: right, of: principal, names: names, query: query)
        guard let scope else { throw Problem(.forbidden, "No tenant is in reach.") }
        return scope
    }

    /// Whether a button for it should be there; the gate decides when it is pressed.
    func may(_ permission: Permission, in tenant: TenantID) -> Bool {
        Policy().allows(principal, permission, in: tenant)
    }

    // MARK: - Answers

    /// A page in the frame.
    ///
    /// - Parameter files: style sheets and modules of the view, beside those of every page.
    func page(
        _ title: Phrase, _ place: Place?, status: Int = 200, with files: [StaticFile] = [],
        _ content: (inout Markup) -> Void
    ) -> Response {
        let frame = PageFrame(
            title: title, look: look, place: place, files: files,
            reader: PageFrame.Reader(
                principal: principal, csrf: csrf, choices: choices, tenant: tenant,
                address: address))
        return Pages(parts: parts).html(
            frame.page(content), status: status, renewed: caller.renewed)
    }

    /// A piece of a page that a module asked for and puts into place.
    func piece(_ content: (inout Markup) -> Void) -> Response {
        var markup = Markup(in: language)
        content(&markup)
        return Pages(parts: parts).html(markup.bytes, renewed: caller.renewed)
    }

    /// To another page, after a form.
    func away(to place: String) -> Response {
        var headers: HTTPFields = [.location: Pages.local(place)]
        if let renewed = caller.renewed {
            headers[.setCookie] = SessionCookie.setting(renewed)
        }
        return Response(status: .seeOther, headers: headers)
    }
}

/// Names and values of a query or a form. A name may come several times.
struct PageQuery: Sendable {
    static let pairsMax = 600

    let pairs: [(name: String, value: String)]

    /// Pairs that are not percent-encoded UTF-8 are left out, and all beyond ``pairsMax``.
    init(_ text: String) {
        pairs = text.split(separator: "&").prefix(Self.pairsMax).compactMap { pair in
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = FormText.decoded(halves[0]),
                let value = FormText.decoded(halves.count == 2 ? halves[1] : "")
            else { return nil }
            return (name, value)
        }
    }

    /// The first of that name that is not empty.
    subscript(name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    func all(_ name: String) -> [String] {
        pairs.filter { $0.name == name && !$0.value.isEmpty }.map(\.value)
    }

    /// As a query, with `name` set to `value`, or left out.
    func with(_ name: String, _ value: String?) -> String {
        var kept = pairs.filter { $0.name != name && !$0.value.isEmpty }
        if let value { kept.append((name, value)) }
        let text = kept.map { "\(FormText.encoded($0.name))=\(FormText.encoded($0.value))" }
        return text.isEmpty ? "" : "?" + text.joined(separator: "&")
    }

    /// As a query: empty, or from `?` on.
    var text: String { with("", nil) }

    func without(_ names: Set<String>) -> PageQuery {
        PageQuery(pairs: pairs.filter { !names.contains($0.name) })
    }

    private init(pairs: [(name: String, value: String)]) { self.pairs = pairs }
}
