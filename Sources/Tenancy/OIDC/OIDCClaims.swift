import JWTKit

/// Any JSON value: providers put groups where they like.
enum OIDCValue: Hashable, Sendable, Codable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case array([OIDCValue])
    case object([String: OIDCValue])
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([OIDCValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: OIDCValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        case .null: try container.encodeNil()
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    /// One text, or all texts of a list.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .array(let values): values.compactMap(\.text)
        default: []
        }
    }
}

/// What an ID token says, its signature checked and nothing else.
struct OIDCClaims: JWTPayload {
    let values: [String: OIDCValue]

    init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: OIDCValue].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    /// Claims are judged with the time that is given, by ``judge(for:nonce:now:)``; there is no clock here.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// - Source: OpenID Connect Core 1.0 §3.1.3.7; RFC 7519 §4.1.
    func judge(
        for provider: OIDCProvider, nonce: String, now seconds: Int64
    ) -> OIDCSignIn.Refusal? {
        guard values["iss"]?.text == provider.issuer else { return .issuer }
        let audiences = values["aud"]?.texts ?? []
        guard audiences.contains(provider.clientID) else { return .audience }
        let party = values["azp"]
        guard party == nil ? audiences.count == 1 : party?.text == provider.clientID else {
            return .authorizedParty
        }
        let now = Double(seconds)
        let leeway = Double(OIDCSignIn.leewaySeconds)
        guard let expires = values["exp"]?.number, now < expires + leeway else { return .expired }
        guard let issued = values["iat"]?.number, issued <= now + leeway,
            issued > now - OIDCSignIn.tokenAgeMaxSeconds - leeway
        else { return .issuedAt }
        if let earliest = values["nbf"] {
            guard let earliest = earliest.number, earliest <= now + leeway else { return .notYet }
        }
        guard let given = values["nonce"]?.text,
            isEqualInConstantTime(Array(given.utf8), Array(nonce.utf8))
        else { return .nonce }
        guard let subject = values["sub"]?.text, (1...255).contains(subject.utf8.count) else {
            return .subject
        }
        return nil
    }

    func groups(at claim: String) -> [String] {
        if let value = values[claim] {
            return Array(value.texts.prefix(OIDCRoleMap.tokenGroupsMax))
        }
        var at: OIDCValue = .object(values)
        for name in claim.split(separator: ".") {
            guard case .object(let members) = at, let next = members[String(name)] else {
                return []
            }
            at = next
        }
        return Array(at.texts.prefix(OIDCRoleMap.tokenGroupsMax))
    }
}
