package import Crypto
package import Engine
package import Tenancy

/// The last entry of a chain at some time, signed by the server. Whoever keeps one elsewhere can tell later whether the end was cut off.
package struct SignedHead: Hashable, Sendable {
    package let tenant: TenantID
    package let position: UInt64
    package let hash: LedgerDigest
    package let time: Timestamp
    /// Ed25519, 64 bytes, over the layout in docs/ledger.md.
    package let signature: [UInt8]

    package func isSigned(by key: Curve25519.Signing.PublicKey) -> Bool {
        let bytes = EntryLayout.head(tenant: tenant, position: position, hash: hash, time: time)
        return key.isValidSignature(signature, for: bytes)
    }
}

/// The server's keys: one signs heads and backups, one seals the secrets that must be readable again.
package struct LedgerKeys: Sendable {
    package static let byteCount = 32

    let signing: Curve25519.Signing.PrivateKey
    let sealing: SymmetricKey

    /// Nil unless both are 32 bytes.
    package init?(signing: [UInt8], sealing: [UInt8]) {
        guard sealing.count == Self.byteCount,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: signing)
        else { return nil }
        self.signing = key
        self.sealing = SymmetricKey(data: sealing)
    }

    /// A key of 32 bytes for one purpose, the same after a restart: HMAC-SHA-256 over the purpose, under the sealing key.
    package func derived(for purpose: String) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array("kagari key \(purpose)".utf8), using: sealing))
    }

    /// What proves the signatures; no secret.
    package var publicKey: Curve25519.Signing.PublicKey { signing.publicKey }
    package var publicKeyBytes: [UInt8] { Array(signing.publicKey.rawRepresentation) }

    func sign(
        tenant: TenantID, position: UInt64, hash: LedgerDigest, time: Timestamp
    ) throws(StoreFailure) -> SignedHead {
        let bytes = EntryLayout.head(tenant: tenant, position: position, hash: hash, time: time)
        return SignedHead(
            tenant: tenant, position: position, hash: hash, time: time,
            signature: try sign(bytes))
    }

    func sign(_ bytes: [UInt8]) throws(StoreFailure) -> [UInt8] {
        do {
            return Array(try signing.signature(for: bytes))
        } catch {
            throw StoreFailure(.refused, "The ledger's key cannot sign; look at the key file.")
        }
    }
}
