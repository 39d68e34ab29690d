import Crypto
package import Engine
import FoundationEssentials

/// One sign-in with an identity provider, from the redirect there to who it was.
///
/// It says the next step and touches no network: the caller redirects, posts and fetches. The caller keeps it on the
/// server, found by a cookie of its own that only this browser has: so an answer meant for another browser finds no
/// sign-in, and one of this browser's must still know its `state`.
package struct OIDCSignIn: Sendable {
    package enum Step: Hashable, Sendable {
        /// Send the browser there.
        case redirect(String)
        /// Post this to the provider, then call ``tokenAnswered(_:keys:now:)``.
        case exchange(OIDCExchange)
        /// Fetch the keys from there into the cache, then call ``keysAnswered(keys:now:)``.
        case fetchKeys(String)
        case signedIn(OIDCIdentity)
        /// It is over.
        case refused(Refusal)
    }

    package enum Refusal: Error, Hashable, Sendable {
        /// A step came that was not due: used twice, or out of order.
        case outOfOrder
        case expired, state, mixUp, form
        /// What the provider said, as `access_denied`; at most 64 bytes of letters and `_`.
        case provider(String)
        case token, algorithm, unknownKey(retryAfter: Duration), signature
        case issuer, audience, authorizedParty, issuedAt, notYet, nonce, subject
        /// Who it is is known, and no group of his is in the role map.
        case noRole
    }

    private enum Phase: Sendable {
        case redirected, exchanging, over
        case waitingForKeys(String)
    }

    package static let lifetime = Duration.seconds(600)
    package static let leewaySeconds: Int64 = 60
    static let tokenAgeMaxSeconds = 600.0
    package static let answerBytesMax = 65_536
    package static let tokenBytesMax = 16_384
    package static let codeBytesMax = 2_048

    private let provider: OIDCProvider
    private let endpoints: OIDCEndpoints
    private let state: String
    private let nonce: String
    private let verifier: String
    private let expiresAt: Timestamp
    private var phase = Phase.redirected

    package init(
        with provider: OIDCProvider, at endpoints: OIDCEndpoints, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) {
        self.provider = provider
        self.endpoints = endpoints
        state = Base64URL.text(random.bytes(32))
        nonce = Base64URL.text(random.bytes(32))
        verifier = Base64URL.text(random.bytes(32))
        expiresAt = now.adding(Self.lifetime)
    }

    /// - Source: OpenID Connect Core 1.0 §3.1.2.1; RFC 7636 §4.
    package var start: Step {
        let challenge = Base64URL.text(Array(SHA256.hash(data: Array(verifier.utf8))))
        var fields = [
            ("response_type", "code"), ("client_id", provider.clientID),
            ("redirect_uri", provider.redirectURI),
            ("scope", provider.scopes.joined(separator: " ")), ("state", state), ("nonce", nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        if endpoints.takesClaims, let wanted = wantedClaims { fields.append(("claims", wanted)) }
        let query = Percent.query(fields)
        let joint = endpoints.authorization.contains("?") ? "&" : "?"
        return .redirect(endpoints.authorization + joint + query)
    }

    /// Groups in the ID token, where many providers put them only when asked; of a path its first name.
    private var wantedClaims: String? {
        let claim = provider.roleMap.claim.split(separator: ".").first.map(String.init)
        let wanted: [String: [String: String?]] = [
            "id_token": [claim ?? provider.roleMap.claim: String?.none]
        ]
        return (try? JSONEncoder().encode(wanted)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The browser came back.
    ///
    /// - Parameter query: names and values, decoded, in order.
    /// - Source: RFC 6749 §4.1.2; RFC 9207 §2.4 for `iss`.
    package mutating func callback(
        _ query: [(name: String, value: String)], now: Timestamp
    ) -> Step {
        guard case .redirected = phase else { return end(.outOfOrder) }
        guard now < expiresAt else { return end(.expired) }
        var values: [String: String] = [:]
        for (name, value) in query.prefix(32) {
            guard values.updateValue(value, forKey: name) == nil else { return end(.form) }
        }
        guard isEqualInConstantTime(Array((values["state"] ?? "").utf8), Array(state.utf8)) else {
            return end(.state)
        }
        if values["iss"] != nil || endpoints.saysIssuer {
            guard values["iss"] == provider.issuer else { return end(.mixUp) }
        }
        if let error = values["error"] {
            let letters = error.utf8.prefix(64).filter { (0x61...0x7A).contains($0) || $0 == 0x5F }
            return end(.provider(String(decoding: letters, as: UTF8.self)))
        }
        guard let code = values["code"], (1...Self.codeBytesMax).contains(code.utf8.count) else {
            return end(.form)
        }
        phase = .exchanging
        return .exchange(
            OIDCExchange(
                address: endpoints.token, proof: provider.clientProof,
                clientID: provider.clientID,
                fields: [
                    ("grant_type", "authorization_code"), ("code", code),
                    ("redirect_uri", provider.redirectURI), ("code_verifier", verifier),
                ]))
    }

    private struct TokenForm: Decodable {
        var id_token: String?
        var error: String?
    }

    /// The provider answered the exchange.
    package mutating func tokenAnswered(
        _ json: [UInt8], keys: inout OIDCKeyCache, now: Timestamp
    ) async -> Step {
        guard case .exchanging = phase else { return end(.outOfOrder) }
        guard json.count <= Self.answerBytesMax,
            let form = try? JSONDecoder().decode(TokenForm.self, from: Data(json))
        else { return end(.form) }
        guard let token = form.id_token, form.error == nil else { return end(.token) }
        return await judge(token, keys: &keys, mayFetch: true, now: now)
    }

    /// The keys were fetched, or could not be.
    package mutating func keysAnswered(keys: inout OIDCKeyCache, now: Timestamp) async -> Step {
        guard case .waitingForKeys(let token) = phase else { return end(.outOfOrder) }
        return await judge(token, keys: &keys, mayFetch: false, now: now)
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
        var crit: [String]?
    }

    private mutating func judge(
        _ token: String, keys: inout OIDCKeyCache, mayFetch: Bool, now: Timestamp
    ) async -> Step {
        guard now < expiresAt else { return end(.expired) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= Self.tokenBytesMax, parts.count == 3,
            let bytes = Base64URL.bytes(parts[0]), Base64URL.bytes(parts[1]) != nil,
            Base64URL.bytes(parts[2]) != nil,
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
            header.crit == nil
        else { return end(.token) }
        guard let algorithm = OIDCAlgorithm(rawValue: header.alg) else { return end(.algorithm) }
        switch keys.decide(keyID: header.kid, algorithm: algorithm, now: now) {
        case .fetch where mayFetch:
            phase = .waitingForKeys(token)
            return .fetchKeys(endpoints.keys)
        case .fetch: return end(.unknownKey(retryAfter: OIDCKeyCache.fetchPause))
        case .unknown(let retryAfter): return end(.unknownKey(retryAfter: retryAfter))
        case .use(let key):
            guard let claims = await key.claims(of: token) else { return end(.signature) }
            return judge(claims, now: now)
        }
    }

    private mutating func judge(_ claims: OIDCClaims, now: Timestamp) -> Step {
        if let refusal = claims.judge(for: provider, nonce: nonce, now: now.unixSeconds) {
            return end(refusal)
        }
        let groups = claims.groups(at: provider.roleMap.claim)
        let grants = provider.roleMap.grants(of: groups)
        guard !grants.isEmpty else { return end(.noRole) }
        phase = .over
        return .signedIn(
            OIDCIdentity(
                issuer: provider.issuer, subject: claims.values["sub"]?.text ?? "",
                name: claims.values["name"]?.text, email: claims.values["email"]?.text,
                groups: groups, grants: grants))
    }

    private mutating func end(_ refusal: Refusal) -> Step {
        phase = .over
        return .refused(refusal)
    }
}

/// Who somebody is, by an identity provider's word. Issuer and subject together are the account; name and address are
/// for reading only, because people change them (OpenID Connect Core 1.0 §5.7).
package struct OIDCIdentity: Hashable, Sendable {
    package let issuer: String
    /// 1 to 255 bytes.
    package let subject: String
    package let name: String?
    package let email: String?
    package let groups: [String]
    /// Never empty.
    package let grants: [Principal.Grant]
}
