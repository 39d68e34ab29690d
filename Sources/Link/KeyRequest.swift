internal import Crypto
package import FoundationEssentials
internal import SwiftASN1
internal import X509

/// A key of an agent, and the request for its certificate.
package struct AgentKey: Sendable {
    private let key: P256.Signing.PrivateKey

    package init() { key = P256.Signing.PrivateKey() }

    /// Nil where it is no P-256 key in PEM.
    package init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    package var pem: String { key.pemRepresentation }

    /// SHA-256 of the public key, 64 hex digits.
    package var fingerprint: String {
        LinkHex.text(SHA256.hash(data: key.publicKey.derRepresentation))
    }

    /// PKCS #10 in DER, which proves that the key is had. Nil where the system refuses chance.
    package func request() -> [UInt8]? {
        guard
            let subject = try? DistinguishedName(builder: { OrganizationName("Kagari agent") }),
            let request = try? CertificateSigningRequest(
                version: .v1, subject: subject, privateKey: .init(key),
                attributes: .init(), signatureAlgorithm: .ecdsaWithSHA256)
        else { return nil }
        var serializer = DER.Serializer()
        do { try serializer.serialize(request) } catch { return nil }
        return serializer.serializedBytes
    }
}

/// A request that was judged: of a P-256 key, signed by it.
package struct KeyRequest: Sendable {
    let publicKey: Certificate.PublicKey
    /// SHA-256 of the public key, 64 hex digits.
    package let fingerprint: String

    /// Nil where it is not such a request. What else it asks for is not looked at: the server says what stands in a certificate.
    package init?(der: [UInt8]) {
        guard let request = try? CertificateSigningRequest(derEncoded: der),
            let key = P256.Signing.PublicKey(request.publicKey),
            request.publicKey.isValidSignature(request.signature, for: request)
        else { return nil }
        publicKey = request.publicKey
        fingerprint = LinkHex.text(SHA256.hash(data: key.derRepresentation))
    }
}

/// The authority's own key: makes certificates of servers and agents.
package struct LinkIssuer: Sendable {
    package static let authorityDays = 3_650.0
    package static let serverDays = 397.0

    package let authority: LinkAuthority
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    package var keyPEM: String { key.pemRepresentation }

    /// A new authority; nil where the system refuses.
    package init?(now: Date) {
        let key = P256.Signing.PrivateKey()
        guard
            let name = try? DistinguishedName(builder: {
                OrganizationName("Kagari")
                CommonName("Kagari agents")
            }),
            let certificate = try? Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(),
                publicKey: .init(key.publicKey), notValidBefore: now.addingTimeInterval(-3_600),
                notValidAfter: now.addingTimeInterval(Self.authorityDays * 86_400), issuer: name,
                subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                }, issuerPrivateKey: .init(key)),
            let der = Self.der(certificate)
        else { return nil }
        self.key = key
        self.certificate = certificate
        authority = LinkAuthority(der: der)
    }

    /// Nil where they cannot be read or do not belong together.
    package init?(certificate der: [UInt8], keyPEM: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM),
            let certificate = try? Certificate(derEncoded: der),
            certificate.publicKey == Certificate.PublicKey(key.publicKey)
        else { return nil }
        self.key = key
        self.certificate = certificate
        authority = LinkAuthority(der: der)
    }

    /// A certificate for an agent, DER; nil where the system refuses.
    package func certify(
        _ request: KeyRequest, agent: String, tenant: String, seconds: Double, now: Date
    ) -> [UInt8]? {
        leaf(
            agent, request.publicKey,
            .uniformResourceIdentifier("\(LinkNames.scheme)\(tenant)/\(agent)"),
            .clientAuth, seconds: seconds, now: now)
    }

    /// A key in PEM and its certificate in DER, for the server.
    package func serverLeaf(now: Date) -> (keyPEM: String, der: [UInt8])? {
        let key = P256.Signing.PrivateKey()
        let der = leaf(
            "Kagari server", .init(key.publicKey), .dnsName(LinkNames.sessions), .serverAuth,
            seconds: Self.serverDays * 86_400, now: now)
        return der.map { (key.pemRepresentation, $0) }
    }

    private func leaf(
        _ subject: String, _ publicKey: Certificate.PublicKey, _ name: GeneralName,
        _ usage: ExtendedKeyUsage.Usage, seconds: Double, now: Date
    ) -> [UInt8]? {
        let certificate = try? Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            // Back a little, for clocks that are behind; not so far that half of a short life is over at once.
            notValidBefore: now.addingTimeInterval(-min(3_600, seconds / 8)),
            notValidAfter: now.addingTimeInterval(seconds), issuer: self.certificate.subject,
            subject: try DistinguishedName {
                OrganizationName("Kagari")
                CommonName(subject)
            }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                SubjectAlternativeNames([name])
            }, issuerPrivateKey: .init(key))
        return certificate.flatMap(Self.der)
    }

    private static func der(_ certificate: Certificate) -> [UInt8]? {
        var serializer = DER.Serializer()
        do { try serializer.serialize(certificate) } catch { return nil }
        return serializer.serializedBytes
    }
}
