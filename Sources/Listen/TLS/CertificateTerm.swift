internal import Crypto
internal import FoundationEssentials
package import Engine
internal import SwiftASN1
internal import X509

/// When the first certificate of a chain begins and ends to be good, and how it is known.
package struct CertificateTerm: Hashable, Sendable {
    package static let bytesMax = 1 << 20

    package let from: Timestamp
    package let until: Timestamp
    /// SHA-256 of its DER bytes, 64 lower-case hex digits; see ``IntakeDesk/binding(forCertificate:)``.
    package let fingerprint: String

    /// - Throws: ``ListenFailure`` `certificate` where the file cannot be read or holds no certificate.
    package init(ofPEM path: String) throws(ListenFailure) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMax
        else { throw ListenFailure(.certificate, "the certificate \(path) cannot be read") }
        let text = String(decoding: data, as: UTF8.self)
        let certificates = (try? PEMDocument.parseMultiple(pemString: text))?.filter {
            $0.discriminator == Certificate.defaultPEMDiscriminator
        }
        guard let first = certificates?.first, let leaf = try? Certificate(pemDocument: first)
        else { throw ListenFailure(.certificate, "\(path) holds no certificate in PEM") }
        fingerprint = Hex.text(SHA256.hash(data: first.derBytes))
        from = Self.time(leaf.notValidBefore)
        until = Self.time(leaf.notValidAfter)
    }

    private static func time(_ date: Date) -> Timestamp {
        Timestamp(nanoseconds: Int64(date.timeIntervalSince1970) * 1_000_000_000)
    }
}
