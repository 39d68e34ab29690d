import Engine
import HTTPTypes
import Store
import Tenancy

/// One address and method of the API: what it takes, who may, what it answers. Routes and the document are made of these.
struct Endpoint: Sendable {
    /// Whose right is asked for, and where.
    enum Right: Sendable {
        /// Whoever is signed in.
        case anybody
        /// In the `{tenant}` of the path.
        case tenant(Permission)
        /// In every tenant where the caller may, or in that of `?tenant=`.
        case tenants(Permission)
        /// In what belongs to no tenant.
        case provider(Permission)
    }

    struct Parameter: Sendable {
        let name: String
        let shape: Shape
        let note: String
    }

    let method: HTTPRequest.Method
    /// With `{name}` for its parts.
    let path: String
    let summary: String
    let right: Right
    var query: [Parameter] = []
    /// Nil takes no body.
    var body: Shape?
    /// Whether a person must ask, with a session: nothing that a key may do.
    var takesPerson = false
    /// Whether who it is must have been proved within minutes; the API then answers `proof-required`.
    var needsProof = false
    /// Whether `If-Match` must say which revision the caller saw.
    var isConditional = false
    var status = 200
    /// What its answer is written in.
    var media = Media.json
    let answer: Shape
    let act: @Sendable (Call) async throws -> Answer

    /// The names in braces, in order.
    var names: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
    }

    static let page: [Parameter] = [
        Parameter(
            name: "limit", shape: .integer(1...Int64(LedgerLimits.pageMax)),
            note: "How many at most; 50 where it is not said."),
        Parameter(
            name: "cursor", shape: .text(bytesMax: 512),
            note: "`next_cursor` of the page before."),
    ]

    static let tenant = Parameter(
        name: "tenant", shape: .identifier, note: "Only of this tenant.")
}

/// A request that may be done.
struct Call: Sendable {
    let parts: ConsoleParts
    let principal: Principal
    /// Nil where a key was shown.
    let session: Session?
    let now: Timestamp
    /// Where it comes from: 4 or 16 bytes; empty where nobody knows.
    let address: [UInt8]
    /// Of the path, by name.
    let names: [String: String]
    let query: [String: String]
    /// `null` where there is none.
    let body: CanonicalJSON
    /// Of `If-Match`; nil where the endpoint asks for none.
    let revision: UInt64?
    /// For the endpoint's right; nil where it is anybody's.
    let granted: TenantScope?

    var ledger: Ledger { parts.ledger }

    func scope() throws(Problem) -> TenantScope {
        guard let granted else { throw Problem(.forbidden, "No tenant is in reach.") }
        return granted
    }

    /// The same caller's right to something else there.
    func scope(_ permission: Permission, in tenant: TenantID) throws(Problem) -> TenantScope {
        do { return try Policy().authorize(principal, to: permission, in: [tenant]) } catch {
            throw Problem(.forbidden, "You may not \(permission) there.")
        }
    }

    /// - Throws: ``Problem`` of kind `missing` where the path has no such name.
    func name<Kind>(_ name: String) throws(Problem) -> Identifier<Kind> {
        guard let text = names[name], let found = Identifier<Kind>(text) else {
            throw Problem(.missing, "There is no such \(name).")
        }
        return found
    }

    func number(_ name: String) throws(Problem) -> Int64 {
        guard let text = names[name], let number = Int64(text), number >= 0 else {
            throw Problem(.missing, "There is no such \(name).")
        }
        return number
    }

    func incident() throws(Problem) -> IncidentKey {
        IncidentKey(try name("incident"), of: try name("tenant"))
    }

    /// The caller's own session.
    func own() throws(Problem) -> Session {
        guard let session else {
            throw Problem(.forbidden, "A key does not do this; sign in.")
        }
        return session
    }

    /// Bytes of a member in base64url.
    ///
    /// - Throws: ``Problem`` of kind `invalid` where it is none.
    func bytes(_ name: String) throws(Problem) -> [UInt8] {
        guard let bytes = Base64URL.bytes(text(name)) else {
            throw Problem(.invalid, "It is not base64url without padding.", pointer: "/\(name)")
        }
        return bytes
    }

    /// A text member that the shape has made sure of.
    func text(_ name: String) -> String { body[name]?.text ?? "" }

    func time(_ name: String) -> Timestamp? {
        body[name]?.text.flatMap(Timestamp.init(rfc3339:))
    }

    var limit: Int { query["limit"].flatMap { Int($0) } ?? 50 }
}

/// What an answer is written in.
enum Media: String, Sendable {
    case json = "application/json"
    case stix = "application/stix+json;version=2.1"
    case lines = "application/x-ndjson"
    case page = "text/html; charset=utf-8"

    /// Of a file's name.
    var ending: String {
        switch self {
        case .json, .stix: "json"
        case .lines: "jsonl"
        case .page: "html"
        }
    }
}

struct Answer: Sendable {
    /// A file to take along, in the place of ``body``.
    struct File: Sendable {
        let bytes: [UInt8]
        let media: Media
        let name: String
    }

    private(set) var file: File?
    var body: JSON
    /// Of the ETag; nil where the thing has none.
    var revision: UInt64?
    /// What the session's cookie must be from now on; nil where it stays.
    var token: SecretToken?

    init(_ body: JSON, revision: UInt64? = nil, token: SecretToken? = nil) {
        self.body = body
        self.revision = revision
        self.token = token
    }

    init(bytes: [UInt8], media: Media, name: String) {
        self.init(.null)
        file = File(bytes: bytes, media: media, name: name)
    }

    /// One page of things.
    static func page(_ name: String, _ items: [JSON], next: String?) -> Answer {
        Answer(
            .object([.init(name, .list(items)), .init("next_cursor", .text(orNull: next))]))
    }
}

extension Shape {
    /// What ``Answer/page(_:_:next:)`` makes.
    static func page(_ name: String, _ item: Shape) -> Shape {
        .object([
            .must(name, .list(item, countMax: LedgerLimits.pageMax)),
            .must("next_cursor", .optional(.text(bytesMax: 512))),
        ])
    }
}
