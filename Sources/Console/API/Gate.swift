import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// What a request is before anybody knows what it wants: who sends it, and whether it may.
struct Gate: Sendable {
    let parts: ConsoleParts

    struct Caller: Sendable {
        let principal: Principal
        /// Nil where a key was shown.
        let session: Session?
        /// What the cookie must be now; nil where it stays.
        let renewed: SecretToken?
    }

    /// - Throws: ``Problem`` of kind `unauthenticated`, or `forbidden` where another site made a browser send it.
    ///
    /// - Parameter formToken: what a form of ours sends in the place of the header.
    func caller(of request: Request, formToken: String? = nil) async throws -> Caller {
        let now = parts.now()
        if let header = request.headers[.authorization] {
            let words = header.split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "bearer",
                let token = try? SecretToken(parsing: words[1]),
                let program = try await parts.accounts.program(of: token, now: now)
            else { throw Problem(.unauthenticated, "That key is none, or is no longer.") }
            return Caller(principal: program, session: nil, renewed: nil)
        }
        guard let header = request.headers[.cookie],
            let token = SessionCookie.token(inHeader: header),
            let seen = try await parts.accounts.session(of: token, now: now),
            let principal = try await parts.accounts.principal(seen.session.principal)
        else { throw Problem(.unauthenticated, "Sign in, or show a key.") }
        let verdict = parts.guardian.judge(
            Self.asked(request, formToken), session: seen.session)
        if case .refused(let reason) = verdict {
            throw Problem(
                .forbidden, "The request does not come from a page of ours (\(reason.rawValue)).")
        }
        return Caller(principal: principal, session: seen.session, renewed: seen.renewed)
    }

    /// For the sign-in itself.
    func requireOwnPage(_ request: Request) throws(Problem) {
        if case .refused(let reason) = parts.guardian.judgeWithoutSession(Self.asked(request)) {
            throw Problem(
                .forbidden, "The request does not come from a page of ours (\(reason.rawValue)).")
        }
    }

    private static func asked(
        _ request: Request, _ formToken: String? = nil
    ) -> RequestGuard.Request {
        RequestGuard.Request(
            method: request.method.rawValue, fetchSite: request.headers[.fetchSite],
            origin: request.headers[.origin], token: formToken ?? request.headers[.csrf])
    }

    /// The caller's right where the endpoint asks for one.
    func scope(
        for right: Endpoint.Right, of principal: Principal, names: [String: String],
        query: [String: String]
    ) async throws -> TenantScope? {
        switch right {
        case .anybody: return nil
        case .provider(let permission):
            return try authorize(principal, permission, Ledger.provider)
        case .tenant(let permission):
            guard let tenant = names["tenant"].flatMap(TenantID.init) else {
                throw Problem(.missing, "There is no such tenant.")
            }
            return try authorize(principal, permission, tenant)
        case .tenants(let permission):
            if let text = query["tenant"] {
                guard let tenant = TenantID(text) else {
                    throw Problem(.missing, "There is no such tenant.")
                }
                return try authorize(principal, permission, tenant)
            }
            let all = try await tenants(of: principal)
            do { return try Policy().scope(of: principal, for: permission, among: all) } catch {
                throw Problem(.forbidden, "You may not \(permission) anywhere.")
            }
        }
    }

    /// A tenant that the caller sees nothing of is told to be none: its name is not for others to find out.
    private func authorize(
        _ principal: Principal, _ permission: Permission, _ tenant: TenantID
    ) throws(Problem) -> TenantScope {
        let policy = Policy()
        do { return try policy.authorize(principal, to: permission, in: [tenant]) } catch {
            let seesSomething = Permission.all.contains {
                policy.allows(principal, $0, in: tenant)
            }
            guard seesSomething || tenant == Ledger.provider else {
                throw Problem(.missing, "There is no such tenant.")
            }
            throw Problem(.forbidden, "You may not \(permission) there.")
        }
    }

    /// The tenants that somebody can choose in the frame, by name.
    func choices(of principal: Principal) async throws -> [PageFrame.Choice] {
        let reach = try await tenants(of: principal)
        guard !reach.isEmpty else { return [] }
        let scope = try Service.reading(.tenants, in: reach)
        var found: [PageFrame.Choice] = []
        var last: (tenant: TenantID, id: String)?
        while found.count < Policy.tenantsMax {
            let page = try await parts.ledger.values(TenantRecord.self, after: last, in: scope)
            found += page.map { PageFrame.Choice(id: $0.value.tenantID, name: $0.value.name) }
            guard page.count == LedgerLimits.pageMax, let end = page.last else { break }
            last = (end.value.tenant, end.value.id)
        }
        return found.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Every tenant that a grant of the caller may reach.
    private func tenants(of principal: Principal) async throws -> [TenantID] {
        var named: Set<TenantID> = []
        var isEverywhere = false
        for grant in principal.grants {
            if case .tenants(let tenants) = grant.reach {
                named.formUnion(tenants)
            } else {
                isEverywhere = true
            }
        }
        guard isEverywhere else { return named.sorted() }
        let scope = try Service.reading(.tenants)
        var all: [TenantID] = []
        var last: (tenant: TenantID, id: String)?
        while all.count < Policy.tenantsMax {
            let page = try await parts.ledger.values(TenantRecord.self, after: last, in: scope)
            all += page.map(\.value.tenantID)
            guard page.count == LedgerLimits.pageMax, let end = page.last else { break }
            last = (end.value.tenant, end.value.id)
        }
        return all
    }
}

extension HTTPField.Name {
    static let fetchSite = known("Sec-Fetch-Site")
    static let csrf = known("X-CSRF-Token")
    static let idempotencyKey = known("Idempotency-Key")
    static let rateLimit = known("RateLimit")
    static let rateLimitPolicy = known("RateLimit-Policy")
    static let requestID = known("X-Request-Id")
    static let frameOptions = known("X-Frame-Options")
    static let referrerPolicy = known("Referrer-Policy")
    static let openerPolicy = known("Cross-Origin-Opener-Policy")
    static let resourcePolicy = known("Cross-Origin-Resource-Policy")
    static let reportingEndpoints = known("Reporting-Endpoints")
    static let lastEventID = known("Last-Event-ID")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("a constant header name is well formed")
        }
        return name
    }
}
