package import Engine
import FoundationEssentials
import JWTKit

/// A provider's keys, and when to ask for them again.
///
/// An unknown key identifier is either a rotation or somebody's invention. It leads to one new fetch, and to no other
/// for ``fetchPause``: nobody can make us call the provider at will.
package struct OIDCKeyCache: Sendable {
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case tooLong, form
        /// None of them is of a kind we verify with.
        case noKey
    }

    package enum Decision: Hashable, Sendable {
        case use(OIDCKey)
        /// Fetch the keys, call ``replace(with:now:)``, and decide again.
        case fetch
        /// Nobody knows this key. Asking again is worth nothing before this.
        case unknown(retryAfter: Duration)
    }

    package static let bytesMax = 262_144
    package static let keysMax = 64
    package static let lifetime = Duration.seconds(3_600)
    package static let fetchPause = Duration.seconds(60)

    private var keys: [OIDCKey] = []
    private var fetchedAt: Timestamp?
    private var askedAt: Timestamp?

    package init() {}

    /// - Parameter keyID: of the token's header; nil fits where exactly one key goes with the algorithm.
    package mutating func decide(
        keyID: String?, algorithm: OIDCAlgorithm, now: Timestamp
    ) -> Decision {
        let fitting = keys.filter { $0.algorithm == algorithm && (keyID == nil || $0.id == keyID) }
        let isYoung = fetchedAt.map { now.elapsed(since: $0) < Self.lifetime } ?? false
        let pause = pause(now: now)
        // Old keys are still used while a fetch must wait: a provider that is away does not shut us out.
        if fitting.count == 1, isYoung || pause > .zero { return .use(fitting[0]) }
        guard pause == .zero else { return .unknown(retryAfter: pause) }
        askedAt = now
        return .fetch
    }

    /// How long until the provider may be asked again.
    private func pause(now: Timestamp) -> Duration {
        // A time that lies ahead is a clock that was set back; it must not hold us for longer than a pause.
        guard let askedAt, askedAt <= now else { return .zero }
        return max(.zero, Self.fetchPause - now.elapsed(since: askedAt))
    }

    private struct Form: Decodable { var keys: [OIDCKey.Form] }

    /// Takes a JWK set. Keys of other kinds and uses in it are passed over.
    package mutating func replace(with json: [UInt8], now: Timestamp) throws(Failure) {
        guard json.count <= Self.bytesMax else { throw .tooLong }
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(json)) else { throw .form }
        let found = form.keys.prefix(Self.keysMax).compactMap { OIDCKey($0) }
        guard !found.isEmpty else { throw .noKey }
        keys = found
        fetchedAt = now
    }
}

/// A public key of a provider.
///
/// - Source: RFC 7517, RFC 7518 §6.
package struct OIDCKey: Hashable, Sendable {
    package let id: String?
    package let algorithm: OIDCAlgorithm
    /// Modulus and exponent, or x and y; base64url as it came.
    private let first: String
    private let second: String

    /// All optional, so that a key of a kind we do not know spoils no other.
    struct Form: Decodable {
        var kty: String?
        var kid: String?
        var use: String?
        var alg: String?
        var crv: String?
        var n: String?
        var e: String?
        var x: String?
        var y: String?
    }

    init?(_ form: Form) {
        guard form.use == nil || form.use == "sig" else { return nil }
        let parts: (OIDCAlgorithm, String?, String?)
        switch (form.kty, form.crv) {
        case ("RSA", _): parts = (.rs256, form.n, form.e)
        case ("EC", "P-256"): parts = (.es256, form.x, form.y)
        default: return nil
        }
        guard form.alg == nil || form.alg == parts.0.rawValue, let first = parts.1,
            let second = parts.2, let bytes = Base64URL.bytes(first), bytes.count <= 512,
            Base64URL.bytes(second) != nil
        else { return nil }
        id = form.kid
        algorithm = parts.0
        self.first = first
        self.second = second
    }

    /// Whether the token is signed with this key, by this key's algorithm; and what it claims.
    func claims(of token: String) async -> OIDCClaims? {
        let collection = JWTKeyCollection()
        do {
            switch algorithm {
            case .rs256:
                let key = try Insecure.RSA.PublicKey(modulus: first, exponent: second)
                await collection.add(rsa: key, digestAlgorithm: .sha256)
            case .es256:
                let key = try ES256PublicKey(parameters: (x: first, y: second))
                await collection.add(ecdsa: key)
            }
            return try await collection.verify(token, as: OIDCClaims.self)
        } catch {
            return nil
        }
    }
}
