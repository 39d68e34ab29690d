internal import Crypto

/// Signs what an agent must only take from its server: policies and orders.
package struct LinkSigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// Nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            return nil
        }
        self.key = key
    }

    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }
    package var name: String { LinkSignature.name(of: publicKey) }

    /// Over just these bytes. Nil where the system refuses chance.
    package func sign(_ bytes: [UInt8]) -> [UInt8]? {
        (try? key.signature(for: bytes)).map(Array.init)
    }

    package func sign(policy body: [UInt8]) -> [UInt8]? { sign(LinkSignature.policyPrefix + body) }
}

package enum LinkSignature {
    static let policyPrefix = Array("kagari-policy-1\0".utf8)

    /// By which a key is named: 16 hex digits.
    package static func name(of publicKey: [UInt8]) -> String {
        String(LinkHex.text(LinkAuthority.fingerprint(of: publicKey)).prefix(16))
    }

    package static func isGood(_ signature: [UInt8], of bytes: [UInt8], by publicKey: [UInt8])
        -> Bool
    {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
            return false
        }
        return key.isValidSignature(signature, for: bytes)
    }

    package static func isGood(policy body: [UInt8], _ signature: [UInt8], by publicKey: [UInt8])
        -> Bool
    {
        isGood(signature, of: policyPrefix + body, by: publicKey)
    }
}
