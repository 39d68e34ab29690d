/// What lets one host in, once: a secret, and by whose certificate the server is known.
///
///     SECRET.FINGERPRINT      the secret as the server gave it; 64 hex digits
package struct JoinToken: Sendable {
    package let secret: String
    /// SHA-256 of the authority's certificate.
    package let fingerprint: [UInt8]

    package init(secret: String, fingerprint: [UInt8]) {
        self.secret = secret
        self.fingerprint = fingerprint
    }

    /// Nil where it is not of that form.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...128).contains(parts[0].utf8.count),
            let fingerprint = LinkHex.bytes(parts[1]), fingerprint.count == 32
        else { return nil }
        secret = String(parts[0])
        self.fingerprint = fingerprint
    }

    /// The whole text, for the one answer that shows it.
    package var text: String { "\(secret).\(LinkHex.text(fingerprint))" }
}
