package import FoundationEssentials
internal import NIOCore
internal import NIOSSL

/// A key and its certificate, as TLS shows them.
package struct LinkIdentity: Sendable {
    package let keyPEM: String
    /// DER.
    package let certificate: [UInt8]

    package init(keyPEM: String, certificate: [UInt8]) {
        self.keyPEM = keyPEM
        self.certificate = certificate
    }
}

/// Whom an agent takes for its server.
package enum LinkTrust: Sendable {
    case authority(LinkAuthority)
    /// At first contact: whoever is certified by the authority of this SHA-256, which the server shows along.
    case fingerprint([UInt8])

    /// - Parameter chain: DER, the server's own first.
    /// - Returns: the authority.
    package func judge(
        _ chain: [[UInt8]], now: Date
    ) throws(CertificateRefusal) -> LinkAuthority {
        guard let leaf = chain.first else { throw .none }
        let authority: LinkAuthority
        switch self {
        case .authority(let known): authority = known
        case .fingerprint(let wanted):
            let found = chain.dropFirst().prefix(4).first {
                LinkAuthority.fingerprint(of: $0) == wanted
            }
            guard let found else { throw .authority }
            authority = LinkAuthority(der: found)
        }
        try authority.judge(server: leaf, now: now)
        return authority
    }
}

/// TLS 1.3 only, on both sides, and a second at most to close.
package enum LinkTLS {
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// Of an agent; `identity` is nil at first contact.
    static func client(_ identity: LinkIdentity?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        if let identity { try show(identity, [], in: &configuration) }
        return try context(&configuration)
    }

    /// Of a server's sessions: whoever comes shows a certificate.
    static func sessions(_ identity: LinkIdentity, _ authority: LinkAuthority) throws
        -> NIOSSLContext
    {
        var configuration = try server(identity, authority)
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: authority.der, format: .der)
        ])
        return try context(&configuration)
    }

    static func enrolment(_ identity: LinkIdentity, _ authority: LinkAuthority) throws
        -> NIOSSLContext
    {
        var configuration = try server(identity, authority)
        configuration.certificateVerification = .none
        return try context(&configuration)
    }

    private static func server(
        _ identity: LinkIdentity, _ authority: LinkAuthority
    ) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [], privateKey: .privateKey(try key(identity)))
        try show(identity, [authority.der], in: &configuration)
        return configuration
    }

    private static func show(
        _ identity: LinkIdentity, _ others: [[UInt8]], in configuration: inout TLSConfiguration
    ) throws {
        configuration.certificateChain = try ([identity.certificate] + others).map {
            .certificate(try NIOSSLCertificate(bytes: $0, format: .der))
        }
        configuration.privateKey = .privateKey(try key(identity))
    }

    private static func key(_ identity: LinkIdentity) throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)
    }

    private static func context(_ configuration: inout TLSConfiguration) throws -> NIOSSLContext {
        configuration.minimumTLSVersion = .tlsv13
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }
}
