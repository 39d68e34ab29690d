import FoundationEssentials

/// What a provider's discovery document says, judged.
///
/// - Source: OpenID Connect Discovery 1.0 §3, §4.3; RFC 9207 §3.
package struct OIDCEndpoints: Hashable, Sendable {
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case tooLong, form
        /// It speaks for another issuer than was asked.
        case issuer
        case address, responseType, algorithm, challengeMethod
    }

    package static let bytesMax = 262_144

    package let authorization: String
    package let token: String
    package let keys: String
    /// The provider promises to say who it is in its answer.
    package let saysIssuer: Bool
    /// It can be asked for single claims in the ID token (OpenID Connect Core 1.0 §5.5).
    let takesClaims: Bool

    private struct Form: Decodable {
        var issuer: String
        var authorization_endpoint: String
        var token_endpoint: String
        var jwks_uri: String
        var response_types_supported: [String]
        var id_token_signing_alg_values_supported: [String]?
        var code_challenge_methods_supported: [String]?
        var authorization_response_iss_parameter_supported: Bool?
        var claims_parameter_supported: Bool?
    }

    package init(discovery json: [UInt8], of provider: OIDCProvider) throws(Failure) {
        guard json.count <= Self.bytesMax else { throw .tooLong }
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(json)) else { throw .form }
        guard form.issuer == provider.issuer else { throw .issuer }
        let addresses = [form.authorization_endpoint, form.token_endpoint, form.jwks_uri]
        for address in addresses
        where !WebAddress.isSound(address, allowsLoopback: provider.allowsLoopback) {
            throw .address
        }
        guard form.response_types_supported.contains("code") else { throw .responseType }
        let algorithms = form.id_token_signing_alg_values_supported ?? ["RS256"]
        guard algorithms.contains(where: { OIDCAlgorithm(rawValue: $0) != nil }) else {
            throw .algorithm
        }
        // Absent means nothing; present without S256 means our challenge would be ignored or refused.
        if let methods = form.code_challenge_methods_supported, !methods.contains("S256") {
            throw .challengeMethod
        }
        authorization = form.authorization_endpoint
        token = form.token_endpoint
        keys = form.jwks_uri
        saysIssuer = form.authorization_response_iss_parameter_supported ?? false
        takesClaims = form.claims_parameter_supported ?? false
    }
}

/// How an ID token may be signed. Neither `none` nor a shared secret is here.
package enum OIDCAlgorithm: String, Hashable, Sendable, CaseIterable {
    case rs256 = "RS256"
    case es256 = "ES256"
}
