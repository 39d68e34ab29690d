internal import Crypto
package import FoundationEssentials
internal import SwiftASN1
internal import X509

/// Names in the certificates of an installation's own authority.
package enum LinkNames {
    /// In the TLS greeting and the server's certificate.
    package static let sessions = "agents.kagari"
    /// In the TLS greeting of a first contact.
    package static let enrolment = "enrol.kagari"
    static let scheme = "kagari://"
}

/// Why a peer's certificate is not taken.
package enum CertificateRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case none, unreadable
    /// Not signed by the authority in whose trust both are.
    case authority
    case notYet, expired
    /// For another purpose, or without the name it must have.
    case purpose

    package var description: String {
        switch self {
        case .none: "it shows no certificate"
        case .unreadable: "its certificate cannot be read"
        case .authority: "its certificate is not of the authority that is known here"
        case .notYet: "its certificate is not good yet; look at both clocks"
        case .expired: "its certificate is too old"
        case .purpose: "its certificate is for something else"
        }
    }
}

/// The one authority that agents and their server trust, known by its certificate.
package struct LinkAuthority: Hashable, Sendable {
    package let der: [UInt8]

    package init(der: [UInt8]) { self.der = der }

    /// SHA-256 of the certificate, by which a join token names it.
    package var fingerprint: [UInt8] { Self.fingerprint(of: der) }

    package static func fingerprint(of der: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: der)) }

    /// Judges a server's certificate.
    package func judge(server leaf: [UInt8], now: Date) throws(CertificateRefusal) {
        let leaf = try verified(leaf, now: now, usage: .serverAuth)
        let names = (try? leaf.extensions.subjectAlternativeNames).map { Array($0) }
        guard names?.contains(.dnsName(LinkNames.sessions)) == true else { throw .purpose }
    }

    /// Judges an agent's certificate.
    ///
    /// - Returns: what it says; whether the agent is still wanted is not in it.
    package func judge(
        agent leaf: [UInt8], now: Date
    ) throws(CertificateRefusal) -> AgentCertificate {
        let certificate = try verified(leaf, now: now, usage: .clientAuth)
        guard let found = AgentCertificate(certificate, der: leaf) else { throw .purpose }
        return found
    }

    private func verified(
        _ der: [UInt8], now: Date, usage: ExtendedKeyUsage.Usage
    ) throws(CertificateRefusal) -> Certificate {
        guard let root = try? Certificate(derEncoded: self.der),
            let leaf = try? Certificate(derEncoded: der)
        else { throw .unreadable }
        guard leaf.issuer == root.subject, leaf.version == .v3,
            root.publicKey.isValidSignature(leaf.signature, for: leaf)
        else { throw .authority }
        guard leaf.notValidBefore <= now else { throw .notYet }
        guard now < leaf.notValidAfter else { throw .expired }
        let usages = (try? leaf.extensions.extendedKeyUsage).map { Array($0) }
        let basic = (try? leaf.extensions.basicConstraints) ?? nil
        guard usages == [usage], basic == .notCertificateAuthority else { throw .purpose }
        return leaf
    }
}

/// What an agent's certificate says.
package struct AgentCertificate: Hashable, Sendable {
    package let tenant: String
    package let agent: String
    /// SHA-256 of its DER, 64 lower-case hex digits.
    package let fingerprint: String
    package let notBefore: Date
    package let notAfter: Date

    init?(_ certificate: Certificate, der: [UInt8]) {
        let names = (try? certificate.extensions.subjectAlternativeNames).map { Array($0) }
        guard case .uniformResourceIdentifier(let name)? = names?.first, names?.count == 1,
            name.hasPrefix(LinkNames.scheme)
        else { return nil }
        let parts = name.dropFirst(LinkNames.scheme.count).split(
            separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        tenant = String(parts[0])
        agent = String(parts[1])
        fingerprint = LinkHex.text(LinkAuthority.fingerprint(of: der))
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
    }

    /// One of an authority's own leaves, as it was made.
    package init?(der: [UInt8]) {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        self.init(certificate, der: der)
    }

    /// When half of its time is over: then another is asked for.
    package var renewAfter: Date {
        notBefore.addingTimeInterval(notAfter.timeIntervalSince(notBefore) / 2)
    }
}

/// Bytes as lower-case hex digits.
package enum LinkHex {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil where it is no even number of hex digits.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard
                let byte = UInt8(
                    String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16),
                digits[index] != UInt8(ascii: "+"), digits[index] != UInt8(ascii: "-")
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
