import Engine
import HTTPTypes
import Store
package import Tenancy

/// An identity provider whom this installation trusts to say who somebody is.
package struct IdentityProvider: Sendable {
    /// In addresses: `/sign-in/<id>`.
    package let id: String
    /// On the button.
    package let title: String
    package let provider: OIDCProvider
    /// Never shown or logged; empty where the provider wants none.
    let secret: String
    /// Whose people they are who come this way.
    package let home: TenantID

    package init(
        id: String, title: String, provider: OIDCProvider, secret: String, home: TenantID
    ) {
        self.id = id
        self.title = title
        self.provider = provider
        self.secret = secret
        self.home = home
    }

    /// Where a provider sends browsers back to.
    package static func callback(of id: String, at origin: String) -> String {
        "\(origin)/sign-in/\(id)/callback"
    }
}

/// Does what ``OIDCSignIn`` decides: redirects, fetches, remembers who was sent away until they come back.
actor ProviderDesk {
    static let waitingMax = 10_000
    /// How long a provider's own description is believed.
    static let endpointsLifetime: Int64 = 3_600_000_000_000

    /// Why somebody was not let in, for the log; people are told less.
    struct Refusal: Error {
        let reason: String
    }

    private struct Waiting {
        let provider: String
        let signIn: OIDCSignIn
    }

    nonisolated let providers: [IdentityProvider]
    private let chance: Chance
    private let caller = OutsideCaller(reach: .anywhere)
    private var endpoints: [String: (value: OIDCEndpoints, fetched: Timestamp)] = [:]
    private var keys: [String: OIDCKeyCache] = [:]
    private var waiting: [String: Waiting] = [:]
    private var order: [String] = []

    init(_ providers: [IdentityProvider], chance: Chance) {
        self.providers = providers
        self.chance = chance
    }

    /// Where to send the browser, and what its cookie must be until it comes back.
    func begin(_ id: String, now: Timestamp) async throws -> (address: String, cookie: String) {
        let provider = try provider(id)
        let endpoints = try await endpoints(of: provider, now: now)
        var random = chance.generator
        let signIn = OIDCSignIn(
            with: provider.provider, at: endpoints, now: now, using: &random)
        guard case .redirect(let address) = signIn.start else {
            throw Refusal(reason: "no redirect")
        }
        let cookie = Cursor.hex(chance.bytes(32))
        while order.count >= Self.waitingMax { waiting[order.removeFirst()] = nil }
        waiting[cookie] = Waiting(provider: id, signIn: signIn)
        order.append(cookie)
        return (address, cookie)
    }

    /// The browser is back.
    ///
    /// - Throws: ``Refusal``, or ``Problem`` where the provider cannot be asked.
    func finish(
        _ id: String, cookie: String, query: [(name: String, value: String)], now: Timestamp
    ) async throws -> OIDCIdentity {
        let provider = try provider(id)
        guard let found = waiting.removeValue(forKey: cookie), found.provider == id else {
            throw Refusal(reason: "no sign-in waits for this browser")
        }
        order.removeAll { $0 == cookie }
        var signIn = found.signIn
        var step = signIn.callback(query, now: now)
        while true {
            switch step {
            case .redirect: throw Refusal(reason: "out of order")
            case .exchange(let exchange):
                let request = exchange.request(secret: provider.secret)
                var headers = [
                    ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Accept", "application/json"),
                ]
                if let proof = request.authorization { headers.append(("Authorization", proof)) }
                let answer = try await ask(
                    provider, .post, request.address, headers, Array(request.body.utf8),
                    bytesMax: OIDCSignIn.answerBytesMax)
                var cache = keys[id] ?? OIDCKeyCache()
                step = await signIn.tokenAnswered(answer.body, keys: &cache, now: now)
                keys[id] = cache
            case .fetchKeys(let address):
                let answer = try await ask(
                    provider, .get, address, [], [], bytesMax: OIDCKeyCache.bytesMax)
                var cache = keys[id] ?? OIDCKeyCache()
                do { try cache.replace(with: answer.body, now: now) } catch {
                    throw Refusal(reason: "its keys: \(error)")
                }
                step = await signIn.keysAnswered(keys: &cache, now: now)
                keys[id] = cache
            case .signedIn(let identity): return identity
            case .refused(let refusal): throw Refusal(reason: "\(refusal)")
            }
        }
    }

    private func provider(_ id: String) throws(Problem) -> IdentityProvider {
        guard let found = providers.first(where: { $0.id == id }) else {
            throw Problem(.missing, "There is no such identity provider.")
        }
        return found
    }

    private func endpoints(
        of provider: IdentityProvider, now: Timestamp
    ) async throws -> OIDCEndpoints {
        if let (value, fetched) = endpoints[provider.id], fetched <= now,
            now.nanoseconds - fetched.nanoseconds < Self.endpointsLifetime
        {
            return value
        }
        let answer = try await ask(
            provider, .get, provider.provider.discoveryAddress, [], [],
            bytesMax: OIDCEndpoints.bytesMax)
        do {
            let value = try OIDCEndpoints(discovery: answer.body, of: provider.provider)
            endpoints[provider.id] = (value, now)
            return value
        } catch { throw Refusal(reason: "its description: \(error)") }
    }

    private func ask(
        _ provider: IdentityProvider, _ method: HTTPRequest.Method, _ address: String,
        _ headers: [(String, String)], _ body: [UInt8], bytesMax: Int
    ) async throws -> OutsideCaller.Answer {
        do {
            return try await caller.call(
                method, address, headers: headers, body: body, bytesMax: bytesMax)
        } catch {
            throw Problem(
                .unavailable, "\(provider.title) cannot be asked now (\(error)).", retryAfter: 10)
        }
    }
}

extension Accounts {
    /// Lets in whom a provider vouches for: the account is made at the first sign-in, and has the grants of its groups from then on.
    ///
    /// - Throws: ``Problem`` of kind `forbidden` where the account was disabled here.
    func signIn(
        _ identity: OIDCIdentity, from provider: IdentityProvider, now: Timestamp
    ) async throws -> Session.Issued {
        let mark = "kagari identity\0\(identity.issuer)\0\(identity.subject)"
        let digest = LedgerDigest(of: Array(mark.utf8)).description
        guard let id = PrincipalID("idp-" + digest.prefix(48)) else {
            preconditionFailure("hexadecimal digits are an identifier")
        }
        let name =
            [identity.name, identity.email].compactMap { $0 }
            .first { $0.contains { !$0.isWhitespace } } ?? identity.subject
        let wanted = PrincipalRecord(
            id: id, tenant: provider.home, login: "\(provider.id):\(identity.subject)",
            name: String(name.prefix(100)), grants: identity.grants.map(GrantRecord.init))
        guard let found = try await ledger.person(id, in: Service.reading(.people)) else {
            try await ledger.create(wanted, now: now, in: Service.founding(in: provider.home))
            return try await start(wanted, proofs: [.provider], now: now)
        }
        var person = found.value
        guard !person.isDisabled else {
            throw Problem(.forbidden, "Your account is disabled; ask an administrator.")
        }
        if person.grants != wanted.grants || person.name != wanted.name {
            let isOther = person.grants != wanted.grants
            person.grants = wanted.grants
            person.name = wanted.name
            try await ledger.update(
                person, ifRevision: found.revision, now: now,
                in: Service.writing(.people, in: person.tenant))
            if isOther { try await endAll(of: person.principal, now: now) }
        }
        return try await start(person, proofs: [.provider], now: now)
    }
}

extension GrantRecord {
    fileprivate init(_ grant: Principal.Grant) {
        switch grant.reach {
        case .all: self.init(grant.role, isEverywhere: true)
        case .tenants(let tenants): self.init(grant.role, tenants: tenants)
        case .groups(let groups): self.init(grant.role, groups: Set(groups.map(\.text)))
        }
    }
}
