import Engine
import Foundation
import TestKit
import Testing

@testable import Tenancy

/// A provider as the vectors' tokens know it.
struct MadeProviderOfIdentity {
    var issuer = "https://id.example.com/realm"
    var claim = "groups"
    var proof = OIDCProvider.ClientProof.none
    var saysIssuer = false

    func provider() throws -> OIDCProvider {
        let map = try OIDCRoleMap(
            claim: claim, grants: ["soc-analysts": [Principal.Grant(.analyst, in: .all)]])
        return try OIDCProvider(
            issuer: issuer, clientID: "kagari",
            redirectURI: "https://soc.example.com/signin/callback",
            scopes: ["openid", "profile", "groups"], clientProof: proof, roleMap: map)
    }

    var document: [String: Any] {
        [
            "issuer": issuer, "authorization_endpoint": issuer + "/authorize",
            "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
            "response_types_supported": ["code", "id_token"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": saysIssuer,
        ]
    }

    func endpoints(
        changing changes: [String: Any] = [:]
    ) throws -> OIDCEndpoints {
        let whole = document.merging(changes) { $1 }.filter { !($0.value is NSNull) }
        let json = try JSONSerialization.data(withJSONObject: whole)
        return try OIDCEndpoints(discovery: Array(json), of: try provider())
    }

    /// State, nonce and verifier are 32 bytes of 1, 2 and 3.
    func signIn() throws -> OIDCSignIn {
        var random = ReplayedBytes((1...3).flatMap { [UInt8](repeating: $0, count: 32) })
        return OIDCSignIn(
            with: try provider(), at: try endpoints(), now: Made.start, using: &random)
    }

    static let state = Base64URL.text([UInt8](repeating: 1, count: 32))
    static let back = [(name: "code", value: "c0de"), (name: "state", value: state)]
}

struct OIDCVectors: Decodable {
    struct Case: Decodable {
        var name: String
        var token: String
        var expected: String
    }

    var now: Int64
    var keys: OIDCValue
    var cases: [Case]

    static func all() throws -> [OIDCVectors] {
        try Made.vectors("oidc", variable: "KAGARI_OIDC_VECTORS", as: OIDCVectors.self)
    }

    func keySet() throws -> [UInt8] { Array(try JSONEncoder().encode(keys)) }
}

@Suite struct `OIDC vectors` {
    private func outcome(_ step: OIDCSignIn.Step) -> String {
        switch step {
        case .signedIn: "accepted"
        case .refused(let refusal): "\(refusal)".prefix { $0 != "(" }.description
        default: "\(step)"
        }
    }

    @Test func `are taken where they are right, and refused for what is wrong`() async throws {
        for vectors in try OIDCVectors.all() {
            #expect(vectors.cases.count >= 30)
            #expect(Made.start.unixSeconds == vectors.now)
            for vector in vectors.cases {
                var signIn = try MadeProviderOfIdentity().signIn()
                var keys = OIDCKeyCache()
                _ = signIn.callback(MadeProviderOfIdentity.back, now: Made.start)
                let answer = try JSONEncoder().encode(["id_token": vector.token])
                var step = await signIn.tokenAnswered(
                    Array(answer), keys: &keys, now: Made.start)
                if case .fetchKeys(let address) = step {
                    #expect(address == "https://id.example.com/realm/keys")
                    try keys.replace(with: vectors.keySet(), now: Made.start)
                    step = await signIn.keysAnswered(keys: &keys, now: Made.start)
                }
                #expect(outcome(step) == vector.expected, "\(vector.name): \(step)")
                if case .signedIn(let identity) = step {
                    #expect(identity.subject == "u-17" && identity.name == "Maria Keller")
                    #expect(identity.grants == [Principal.Grant(.analyst, in: .all)])
                }
            }
        }
    }

    @Test func `are refused after any damage`() async throws {
        var random = SplitMix64(seed: 91)
        let vectors = try #require(try OIDCVectors.all().first)
        var keys = OIDCKeyCache()
        try keys.replace(with: vectors.keySet(), now: Made.start)
        for vector in vectors.cases.filter({ $0.expected == "accepted" }).prefix(2) {
            for _ in 0..<150 {
                var damaged = Array(vector.token.utf8)
                let index = Int.random(in: 0..<damaged.count, using: &random)
                let letter = UInt8.random(in: 33...126, using: &random)
                guard letter != damaged[index], letter != 34, letter != 92 else { continue }
                damaged[index] = letter
                var signIn = try MadeProviderOfIdentity().signIn()
                _ = signIn.callback(MadeProviderOfIdentity.back, now: Made.start)
                let answer = #"{"id_token":""# + String(decoding: damaged, as: UTF8.self) + "\"}"
                let step = await signIn.tokenAnswered(
                    Array(answer.utf8), keys: &keys, now: Made.start)
                #expect(outcome(step) != "accepted")
            }
        }
    }
}

@Suite struct `OIDC sign-in` {
    private let made = MadeProviderOfIdentity()

    @Test func `begins with code, PKCE, state, nonce and the exact redirect`() throws {
        guard case .redirect(let address) = try made.signIn().start else {
            Issue.record("no redirect")
            return
        }
        // The challenge was computed with `openssl dgst -sha256`.
        #expect(
            address == "https://id.example.com/realm/authorize?response_type=code&client_id=kagari"
                + "&redirect_uri=https%3A%2F%2Fsoc.example.com%2Fsignin%2Fcallback"
                + "&scope=openid%20profile%20groups&state=\(MadeProviderOfIdentity.state)"
                + "&nonce=AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"
                + "&code_challenge=g77gcvvTQj90gfwWOCFjatjPtz-u8N0FgfOXnqDHMbk&code_challenge_method=S256"
        )
    }

    @Test(arguments: [
        (OIDCProvider.ClientProof.none, nil, "&client_id=kagari"),
        (.post, nil, "&client_id=kagari&client_secret=s%3Ac%20%2B"),
        (.basic, "Basic a2FnYXJpOnMlM0FjJTIwJTJC", ""),
    ])
    func `changes the code with its verifier`(
        proof: OIDCProvider.ClientProof, authorization: String?, tail: String
    ) throws {
        var signIn = try MadeProviderOfIdentity(proof: proof).signIn()
        guard
            case .exchange(let exchange) = signIn.callback(
                MadeProviderOfIdentity.back, now: Made.start)
        else {
            Issue.record("no exchange")
            return
        }
        let request = exchange.request(secret: "s:c +")
        #expect(request.address == "https://id.example.com/realm/token")
        #expect(request.authorization == authorization)
        #expect(
            request.body == "grant_type=authorization_code&code=c0de"
                + "&redirect_uri=https%3A%2F%2Fsoc.example.com%2Fsignin%2Fcallback"
                + "&code_verifier=AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM" + tail)
        var shown = "\(exchange)"
        dump(exchange, to: &shown)
        #expect(!shown.contains("AwMD") && !shown.contains("c0de"))
    }

    @Test func `refuses an answer that is not its own`() throws {
        typealias Refusal = OIDCSignIn.Refusal
        let state = (name: "state", value: MadeProviderOfIdentity.state)
        let code = (name: "code", value: "c0de")
        let issuer = (name: "iss", value: made.issuer)
        let cases: [(Refusal?, [(name: String, value: String)])] = [
            (nil, [code, state]), (nil, [code, state, issuer]), (.state, [code]),
            (.state, [code, (name: "state", value: "x")]), (.state, []),
            (.mixUp, [code, state, (name: "iss", value: "https://evil.example.com")]),
            (.form, [code, state, state]), (.form, [code, code, state]), (.form, [state]),
            (.form, [(name: "code", value: ""), state]),
            (.form, [(name: "code", value: String(repeating: "a", count: 2_049)), state]),
            (nil, [(name: "code", value: String(repeating: "a", count: 2_048)), state]),
            (.provider("access_denied"), [(name: "error", value: "access_denied"), state]),
            (.provider("script"), [(name: "error", value: "<script>"), state]),
            (.state, [(name: "error", value: "access_denied")]),
        ]
        for (refusal, query) in cases {
            var signIn = try made.signIn()
            let step = signIn.callback(query, now: Made.start)
            if let refusal {
                #expect(step == .refused(refusal))
            } else if case .exchange = step {
                continue
            } else {
                Issue.record("\(query) led to \(step)")
            }
        }
    }

    @Test func `misses the issuer where the provider promised to say it`() throws {
        var signIn = try MadeProviderOfIdentity(saysIssuer: true).signIn()
        #expect(
            signIn.callback(MadeProviderOfIdentity.back, now: Made.start) == .refused(.mixUp))
    }

    @Test func `ends after ten minutes, after use and out of order`() async throws {
        var late = try made.signIn()
        #expect(
            late.callback(MadeProviderOfIdentity.back, now: Made.after(600)) == .refused(.expired))
        var keys = OIDCKeyCache()
        var early = try made.signIn()
        #expect(
            await early.tokenAnswered([], keys: &keys, now: Made.start) == .refused(.outOfOrder))
        var twice = try made.signIn()
        _ = twice.callback(MadeProviderOfIdentity.back, now: Made.start)
        #expect(
            twice.callback(MadeProviderOfIdentity.back, now: Made.start) == .refused(.outOfOrder))
        #expect(
            await twice.keysAnswered(keys: &keys, now: Made.start) == .refused(.outOfOrder))
    }

    @Test func `refuses answers that are no tokens`() async throws {
        let cases: [(OIDCSignIn.Refusal, String)] = [
            (.form, ""), (.form, "[]"), (.token, "{}"), (.token, #"{"error":"invalid_grant"}"#),
            (.token, #"{"id_token":"a.b"}"#), (.token, #"{"id_token":"a.b.c"}"#),
            (.token, #"{"id_token":""# + String(repeating: "a", count: 16_385) + "\"}"),
            (.form, String(repeating: " ", count: 65_537)),
        ]
        for (refusal, json) in cases {
            var signIn = try made.signIn()
            var keys = OIDCKeyCache()
            _ = signIn.callback(MadeProviderOfIdentity.back, now: Made.start)
            let step = await signIn.tokenAnswered(Array(json.utf8), keys: &keys, now: Made.start)
            #expect(step == .refused(refusal))
        }
    }

    @Test func `believes a discovery document that is whole and its own only`() throws {
        typealias Failure = OIDCEndpoints.Failure
        #expect(throws: Never.self) { try made.endpoints() }
        let cases: [(Failure, [String: Any])] = [
            (.issuer, ["issuer": "https://evil.example.com"]), (.form, ["jwks_uri": NSNull()]),
            (.address, ["token_endpoint": "http://id.example.com/token"]),
            (.address, ["jwks_uri": "https://user@id.example.com/"]),
            (.address, ["authorization_endpoint": "https:///x"]),
            (.responseType, ["response_types_supported": ["id_token"]]),
            (.algorithm, ["id_token_signing_alg_values_supported": ["HS256", "none"]]),
            (.challengeMethod, ["code_challenge_methods_supported": ["plain"]]),
        ]
        for (failure, changes) in cases {
            #expect(throws: failure) { try made.endpoints(changing: changes) }
        }
        #expect(throws: Never.self) {
            try made.endpoints(changing: ["code_challenge_methods_supported": NSNull()])
        }
        let provider = try made.provider()
        #expect(throws: Failure.tooLong) {
            try OIDCEndpoints(discovery: Array(repeating: 32, count: 262_145), of: provider)
        }
        #expect(
            provider.discoveryAddress
                == "https://id.example.com/realm/.well-known/openid-configuration")
    }

    @Test func `uses http with this machine only, and only where that was allowed`() {
        for address in [
            "http://127.0.0.1:8000", "http://localhost/x", "http://[::1]:1/", "https://a.example",
        ] {
            #expect(WebAddress.isSound(address, allowsLoopback: true))
        }
        for address in [
            "http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://evil.com",
            "ftp://a", "https://", "https://a#b", "https://a b", "http://127.0.0.1:80@evil.com",
            "https://" + String(repeating: "a", count: 2_041), "javascript:alert(1)",
        ] {
            #expect(!WebAddress.isSound(address, allowsLoopback: true))
        }
        #expect(!WebAddress.isSound("http://127.0.0.1", allowsLoopback: false))
    }
}

@Suite struct `OIDC keys` {
    @Test func `are fetched once for an unknown identifier, then not for a minute`() throws {
        let set = try #require(try OIDCVectors.all().first).keySet()
        var keys = OIDCKeyCache()
        func decide(_ id: String?, _ seconds: Double) -> OIDCKeyCache.Decision {
            keys.decide(keyID: id, algorithm: .rs256, now: Made.after(seconds))
        }
        #expect(decide("r1", 0) == .fetch)
        try keys.replace(with: set, now: Made.start)
        guard case .use(let key) = decide("r1", 1) else {
            Issue.record("a known key is not used")
            return
        }
        #expect(key.id == "r1")
        #expect(decide(nil, 1) == .use(key))
        #expect(decide("r2", 2) == .unknown(retryAfter: .seconds(58)))
        #expect(decide("r2", 60) == .fetch)
        #expect(decide("r3", 61) == .unknown(retryAfter: .seconds(59)))
        #expect(decide("r1", 3_599) == .use(key))
        #expect(decide("r1", 3_600) == .fetch)
        // The provider is away: the old key serves until the next try.
        #expect(decide("r1", 3_601) == .use(key))
    }

    @Test func `of other kinds and uses are passed over`() throws {
        var keys = OIDCKeyCache()
        let point = Base64URL.text([UInt8](repeating: 1, count: 32))
        let set = """
            {"keys":[{"kty":"OKP"},{},{"kty":"RSA","use":"enc","n":"AQ","e":"AQ"},
            {"kty":"EC","crv":"P-384","x":"AQ","y":"AQ"},{"kty":"RSA","alg":"PS256","n":"AQ","e":"AQ"},
            {"kty":"EC","crv":"P-256","kid":"e","x":"\(point)","y":"\(point)"}]}
            """
        try keys.replace(with: Array(set.utf8), now: Made.start)
        guard case .use = keys.decide(keyID: "e", algorithm: .es256, now: Made.start) else {
            Issue.record("the one key that fits is not used")
            return
        }
        #expect(keys.decide(keyID: nil, algorithm: .rs256, now: Made.start) == .fetch)
    }

    @Test func `are at most 64 in 256 KiB, and not none`() throws {
        var keys = OIDCKeyCache()
        func set(_ count: Int) -> [UInt8] {
            let all = (0..<count).map { #"{"kty":"RSA","kid":"k\#($0)","n":"AQ","e":"AQ"}"# }
            return Array(#"{"keys":[\#(all.joined(separator: ","))]}"#.utf8)
        }
        try keys.replace(with: set(65), now: Made.start)
        guard case .use = keys.decide(keyID: "k63", algorithm: .rs256, now: Made.start) else {
            Issue.record("the 64th key is lost")
            return
        }
        #expect(keys.decide(keyID: "k64", algorithm: .rs256, now: Made.start) == .fetch)
        #expect(throws: OIDCKeyCache.Failure.noKey) {
            try keys.replace(with: set(0), now: Made.start)
        }
        #expect(throws: OIDCKeyCache.Failure.form) { try keys.replace(with: [1], now: Made.start) }
        #expect(throws: OIDCKeyCache.Failure.tooLong) {
            try keys.replace(with: Array(repeating: 32, count: 262_145), now: Made.start)
        }
    }
}

@Suite struct `OIDC role map` {
    @Test func `gives each grant once, and none to who is in no group of it`() throws {
        let analyst = Principal.Grant(.analyst, in: .all)
        let hunter = Principal.Grant(.hunter, in: .all)
        let map = try OIDCRoleMap(
            claim: "groups", grants: ["a": [analyst], "b": [analyst, hunter]])
        #expect(map.grants(of: ["b", "a", "x"]) == [analyst, hunter])
        #expect(map.grants(of: ["A", ""]) == [])
    }

    @Test func `maps 256 groups to roles that people have`() throws {
        let viewer = Principal.Grant(.auditor, in: .all)
        func map(_ count: Int) throws -> OIDCRoleMap {
            try OIDCRoleMap(
                claim: "groups",
                grants: Dictionary(uniqueKeysWithValues: (0..<count).map { ("g\($0)", [viewer]) }))
        }
        #expect(throws: Never.self) { try map(256) }
        #expect(throws: OIDCRoleMap.Failure.tooMany(257)) { try map(257) }
        for role in [Role.service, .apiClient] {
            #expect(throws: OIDCRoleMap.Failure.role(role)) {
                try OIDCRoleMap(claim: "g", grants: ["a": [Principal.Grant(role, in: .all)]])
            }
        }
        #expect(throws: OIDCRoleMap.Failure.claim) { try OIDCRoleMap(claim: "", grants: [:]) }
    }

    @Test func `finds groups in a list, a word or deeper in the token`() throws {
        let json = #"{"groups":["a",1,"b"],"one":"c","realm_access":{"roles":["d"]},"x.y":["e"]}"#
        let claims = try JSONDecoder().decode(OIDCClaims.self, from: Data(json.utf8))
        #expect(claims.groups(at: "groups") == ["a", "b"])
        #expect(claims.groups(at: "one") == ["c"])
        #expect(claims.groups(at: "realm_access.roles") == ["d"])
        #expect(claims.groups(at: "x.y") == ["e"])
        #expect(claims.groups(at: "realm_access.none") == [])
        #expect(claims.groups(at: "groups.roles") == [])
    }
}
