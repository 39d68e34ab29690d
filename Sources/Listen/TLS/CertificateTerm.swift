internal import FoundationEssentials
package import Engine
internal import SwiftASN1
internal import X509

/// When the first certificate of a chain begins and ends to be good.
package struct CertificateTerm: Hashable, Sendable {
    package static let bytesMax = 1 << 20

    package let from: Timestamp
    package let until: Timestamp

    /// - Throws: ``ListenFailure`` `certificate` where the file cannot be read or holds no certificate.
    package init(ofPEM path: String) throws(ListenFailure) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMax
        else { throw ListenFailure(.certificate, "the certificate \(path) cannot be read") }
        let text = String(decoding: data, as: UTF8.self)
        let certificates = (try? PEMDocument.parseMultiple(pemString: text))?.filter {
            $0.discriminator == Certificate.defaultPEMDiscriminator
        }
        guard let leaf = certificates?.first.flatMap({ try? Certificate(pemDocument: $0) })
        else { throw ListenFailure(.certificate, "\(path) holds no certificate in PEM") }
        from = Self.time(leaf.notValidBefore)
        until = Self.time(leaf.notValidAfter)
    }

    private static func time(_ date: Date) -> Timestamp {
        Timestamp(nanoseconds: Int64(date.timeIntervalSince1970) * 1_000_000_000)
    }
}
