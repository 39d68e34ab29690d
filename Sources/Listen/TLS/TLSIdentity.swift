internal import NIOCore
internal import NIOSSL

/// Who a listener is, and whom it takes for a client, from PEM files.
package struct TLSIdentity: Sendable, Hashable {
    /// The certificate and those between it and its root, in that order.
    package var certificatePath: String
    package var keyPath: String
    /// Roots of client certificates; nil asks clients for none.
    package var clientRootsPath: String?
    /// Whether a client without a certificate is refused; else it may still show a token.
    package var requiresClientCertificate: Bool

    package init(
        certificatePath: String, keyPath: String, clientRootsPath: String? = nil,
        requiresClientCertificate: Bool = false
    ) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.clientRootsPath = clientRootsPath
        self.requiresClientCertificate = requiresClientCertificate
    }

    /// TLS 1.2 or newer.
    func context() throws(ListenFailure) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificatePath)
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw ListenFailure(
                .certificate,
                "cannot read the certificate \(certificatePath) and its key \(keyPath) as PEM; "
                    + "name files that hold them and that this account may read")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        if let clientRootsPath {
            configuration.trustRoots = .file(clientRootsPath)
            configuration.certificateVerification =
                requiresClientCertificate
                ? .noHostnameVerification
                : .optionalVerification
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ListenFailure(
                .certificate,
                "the certificate \(certificatePath) does not fit its key, or the roots of clients "
                    + "cannot be read: \(error)")
        }
    }
}
