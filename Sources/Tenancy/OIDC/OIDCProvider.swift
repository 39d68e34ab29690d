/// One identity provider and how this installation is known to it.
///
/// - Source: OpenID Connect Core 1.0; RFC 9700 for what is no longer done.
package struct OIDCProvider: Sendable {
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case issuer, redirect, clientID, scopes
    }

    /// How we prove who we are when we change the code into tokens.
    package enum ClientProof: String, Sendable, Codable, CaseIterable {
        /// The proof is PKCE's alone.
        case none
        case basic = "client_secret_basic"
        case post = "client_secret_post"
    }

    package static let clientIDBytesMax = 512
    package static let scopesMax = 16

    package let issuer: String
    package let clientID: String
    package let redirectURI: String
    package let scopes: [String]
    package let clientProof: ClientProof
    package let roleMap: OIDCRoleMap
    let allowsLoopback: Bool

    /// - Parameter allowsLoopback: lets `http` addresses of this machine pass, for a provider beside it.
    package init(
        issuer: String, clientID: String, redirectURI: String, scopes: [String] = ["openid"],
        clientProof: ClientProof, roleMap: OIDCRoleMap, allowsLoopback: Bool = false
    ) throws(Failure) {
        guard WebAddress.isSound(issuer, allowsLoopback: allowsLoopback), !issuer.contains("?")
        else { throw .issuer }
        guard WebAddress.isSound(redirectURI, allowsLoopback: allowsLoopback) else {
            throw .redirect
        }
        guard (1...Self.clientIDBytesMax).contains(clientID.utf8.count) else { throw .clientID }
        guard scopes.contains("openid"), scopes.count <= Self.scopesMax,
            scopes.allSatisfy({ !$0.isEmpty && !$0.contains(" ") })
        else { throw .scopes }
        self.issuer = issuer
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.scopes = scopes
        self.clientProof = clientProof
        self.roleMap = roleMap
        self.allowsLoopback = allowsLoopback
    }

    /// - Source: OpenID Connect Discovery 1.0 §4.
    package var discoveryAddress: String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer)
            + "/.well-known/openid-configuration"
    }
}

enum WebAddress {
    static let bytesMax = 2_048

    /// `https`, a host, no user, no fragment, printable ASCII; `http` for this machine where that is allowed.
    static func isSound(_ text: String, allowsLoopback: Bool) -> Bool {
        guard text.utf8.count <= bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains("#"), !text.contains("\\")
        else { return false }
        let isPlain = text.hasPrefix("http://")
        guard text.hasPrefix("https://") || (isPlain && allowsLoopback) else { return false }
        let authority = text.dropFirst(isPlain ? 7 : 8).prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@") else { return false }
        guard isPlain else { return true }
        return ["127.0.0.1", "localhost", "[::1]"].contains { host in
            guard authority.hasPrefix(host) else { return false }
            let port = authority.dropFirst(host.count)
            return port.isEmpty
                || (port.first == ":"
                    && port.dropFirst().utf8.allSatisfy { (48...57).contains($0) })
        }
    }
}
