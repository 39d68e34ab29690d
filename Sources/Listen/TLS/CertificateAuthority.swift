internal import Crypto
internal import FoundationEssentials
internal import Glibc
package import Engine
internal import SwiftASN1
internal import X509

/// A certificate authority of this installation's own, in a folder: `ca.pem` is what clients trust, `ca-key.pem` signs,
/// `NAME.pem` and `NAME-key.pem` are leaves. Keys are P-256; files of keys have mode 0600, the folder 0700.
package struct CertificateAuthority: Sendable {
    package static let authorityDays = 3_650
    package static let leafDays = 397
    /// A leaf is made anew when less is left.
    package static let renewDays = 30
    /// Of a leaf's names.
    package static let namesMax = 64

    package let folder: String

    package init(folder: String) { self.folder = folder }

    package var rootPath: String { folder + "/ca.pem" }
    private var rootKeyPath: String { folder + "/ca-key.pem" }

    /// The leaf for these names, made or renewed where that is needed; the authority too, the first time.
    ///
    /// - Parameters:
    ///   - name: of the files; letters, digits and `-`.
    ///   - hosts: host names and numeric addresses for which the leaf stands; for a client, what it is called.
    ///   - isClient: a client's certificate, for ``TLSIdentity/clientRootsPath``.
    /// - Throws: ``ListenFailure`` with the file that could not be read or written.
    package func identity(
        _ name: String, hosts: [String], isClient: Bool = false, now: Timestamp
    ) throws(ListenFailure) -> TLSIdentity {
        guard !name.isEmpty, name.utf8.allSatisfy({ Self.isNameByte($0) }), name != "ca" else {
            throw ListenFailure(.certificate, "\(name) is no name for a certificate's file")
        }
        guard (1...Self.namesMax).contains(hosts.count) else {
            throw ListenFailure(.certificate, "a certificate has 1 to \(Self.namesMax) names")
        }
        let paths = TLSIdentity(
            certificatePath: "\(folder)/\(name).pem", keyPath: "\(folder)/\(name)-key.pem")
        let root = try authority(now: now)
        if isFresh(paths, hosts, root.certificate, now) { return paths }
        let key = P256.Signing.PrivateKey()
        let subject = isClient ? hosts[0] : name
        let leaf = try certificate(
            subject, key, issuer: root, days: Self.leafDays, now: now
        ) {
            try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([isClient ? .clientAuth : .serverAuth])
                SubjectAlternativeNames(hosts.map(Self.generalName))
            }
        }
        try write(key.pemRepresentation, to: paths.keyPath, mode: 0o600)
        try write(Self.pem(leaf), to: paths.certificatePath, mode: 0o644)
        return paths
    }

    private struct Root {
        var certificate: Certificate
        var key: P256.Signing.PrivateKey
    }

    private func authority(now: Timestamp) throws(ListenFailure) -> Root {
        let key: P256.Signing.PrivateKey
        if let text = try read(rootKeyPath), let pem = try read(rootPath) {
            do {
                key = try P256.Signing.PrivateKey(pemRepresentation: text)
                return Root(certificate: try Certificate(pemEncoded: pem), key: key)
            } catch {
                throw ListenFailure(
                    .certificate,
                    "\(rootPath) or \(rootKeyPath) is damaged; put back a copy, or remove both and "
                        + "give clients the new \(rootPath)")
            }
        }
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw ListenFailure(.certificate, "cannot make the folder \(folder)")
        }
        key = P256.Signing.PrivateKey()
        let root = try certificate(
            "Kagari authority", key, issuer: nil, days: Self.authorityDays, now: now
        ) {
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }
        }
        try write(key.pemRepresentation, to: rootKeyPath, mode: 0o600)
        try write(Self.pem(root), to: rootPath, mode: 0o644)
        return Root(certificate: root, key: key)
    }

    /// - Parameter issuer: nil for one that signs itself.
    private func certificate(
        _ subject: String, _ key: P256.Signing.PrivateKey, issuer: Root?, days: Int,
        now: Timestamp, _ extensions: () throws -> Certificate.Extensions
    ) throws(ListenFailure) -> Certificate {
        let seconds = Double(now.nanoseconds / 1_000_000_000)
        do {
            let name = try DistinguishedName {
                OrganizationName("Kagari")
                CommonName(subject)
            }
            return try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(),
                publicKey: Certificate.PublicKey(key.publicKey),
                // An hour back, for clients whose clock is behind.
                notValidBefore: Date(timeIntervalSince1970: seconds - 3600),
                notValidAfter: Date(timeIntervalSince1970: seconds + Double(days) * 86_400),
                issuer: issuer?.certificate.subject ?? name, subject: name,
                signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(),
                issuerPrivateKey: Certificate.PrivateKey(issuer?.key ?? key))
        } catch {
            throw ListenFailure(
                .certificate, "cannot make a certificate for \(subject): \(error)")
        }
    }

    /// True where the leaf is there, by this authority, for these names, and lasts.
    private func isFresh(
        _ paths: TLSIdentity, _ hosts: [String], _ root: Certificate, _ now: Timestamp
    ) -> Bool {
        guard let pem = try? read(paths.certificatePath), let key = try? read(paths.keyPath),
            (try? P256.Signing.PrivateKey(pemRepresentation: key)) != nil,
            let leaf = try? Certificate(pemEncoded: pem),
            root.publicKey.isValidSignature(leaf.signature, for: leaf)
        else { return false }
        let seconds = Double(now.nanoseconds / 1_000_000_000)
        let names = try? leaf.extensions.subjectAlternativeNames
        return leaf.notValidAfter
            > Date(timeIntervalSince1970: seconds + Double(Self.renewDays) * 86_400)
            && names.map(Array.init) == hosts.map(Self.generalName)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
            || byte == UInt8(ascii: "-")
    }

    private static func generalName(_ host: String) -> GeneralName {
        if let bytes = address(host) {
            return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
        return .dnsName(host)
    }

    /// The 4 or 16 bytes of a numeric address; nil for a name.
    private static func address(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: 16)
            // It writes 4 or 16 bytes, by the family.
            let status = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe inet_pton(family, text, buffer.baseAddress)
            }
            if status == 1 { return Array(bytes.prefix(count)) }
        }
        return nil
    }

    private static func pem(_ certificate: Certificate) throws(ListenFailure) -> String {
        do {
            return try certificate.serializeAsPEM().pemString
        } catch {
            throw ListenFailure(.certificate, "cannot write a certificate: \(error)")
        }
    }

    // MARK: files

    /// Of a file here.
    private static let fileBytesMax = 64 << 10

    /// Nil where there is no such file.
    private func read(_ path: String) throws(ListenFailure) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw ListenFailure(.certificate, "cannot read \(path)") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.fileBytesMax)
        var count = 0
        while count < bytes.count {
            let start = count
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress! + start, buffer.count - start)
            }
            guard got >= 0 else { throw ListenFailure(.certificate, "cannot read \(path)") }
            if got == 0 { break }
            count += got
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Under another name first, so that a crash leaves the old file or the new one.
    private func write(_ text: String, to path: String, mode: mode_t) throws(ListenFailure) {
        let passing = path + ".new"
        _ = unsafe unlink(passing)
        let file = unsafe open(passing, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw ListenFailure(.certificate, "cannot write \(path)") }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(file, buffer.baseAddress, buffer.count)
        }
        let isGood = written == bytes.count && fsync(file) == 0
        close(file)
        guard isGood, unsafe rename(passing, path) == 0 else {
            throw ListenFailure(.certificate, "cannot write \(path); is the disk full?")
        }
    }
}
