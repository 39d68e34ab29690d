import Crypto

/// What proves the server's signatures; no secret.
package struct LedgerPublicKey: Sendable, CustomStringConvertible {
    let value: Curve25519.Signing.PublicKey

    /// Nil where it is no key of 64 hex digits.
    package init?(text: String) {
        guard let bytes = [UInt8](hex: text),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return nil }
        value = key
    }

    init(_ key: Curve25519.Signing.PublicKey) { value = key }

    var bytes: [UInt8] { Array(value.rawRepresentation) }

    package var description: String { bytes.hex }

    /// Whether this server signed such a document.
    ///
    /// - Parameters:
    ///   - kind: what the document is for, so that none can pass for another.
    ///   - signature: 128 hex digits.
    package func proves(_ text: String, is kind: String, by signature: String) -> Bool {
        guard let signature = [UInt8](hex: signature) else { return false }
        return value.isValidSignature(signature, for: EntryLayout.document(kind, text))
    }
}

extension LedgerKeys {
    package var proof: LedgerPublicKey { LedgerPublicKey(publicKey) }

    /// The signature of a document, 128 hex digits; see ``LedgerPublicKey/proves(_:is:by:)``.
    package func signature(
        of text: String, as kind: String
    ) throws(StoreFailure) -> String { try sign(EntryLayout.document(kind, text)).hex }

    /// The keys of a file that is there, as ``load(from:using:)``.
    ///
    /// - Throws: also `missing` where there is no such file.
    package static func read(_ path: String) throws(StoreFailure) -> LedgerKeys {
        guard LedgerFiles.exists(path) else {
            throw StoreFailure(.missing, "The ledger's key file \(path) is not there.")
        }
        var none = SystemRandomNumberGenerator()
        return try load(from: path, using: &none)
    }
}
