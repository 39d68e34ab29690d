import Crypto
import CryptoExtras

/// The public key of a passkey, in COSE form.
///
/// - Source: RFC 9052 §7, RFC 9053 §2, RFC 8230 §4; WebAuthn level 2 §5.8.5 for which keys go with which algorithm.
struct PasskeyKey: Sendable {
    enum Algorithm: Int, Sendable, CaseIterable {
        case es256 = -7
        case edDSA = -8
        case rs256 = -257
    }

    enum Failure: Error, Hashable, Sendable, CaseIterable {
        /// Not a map, or a field has another kind than it must.
        case form
        /// Another algorithm, or a curve that does not go with it.
        case algorithm
        /// A point that is not on the curve, or numbers that make no key.
        case key
        /// Below 2,048 bits or above 4,096.
        case size
    }

    private enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case edDSA(Curve25519.Signing.PublicKey)
        case rs256(_RSA.Signing.PublicKey)
    }

    let algorithm: Algorithm
    private let key: Key

    init(_ cose: CBOR) throws(Failure) {
        guard let type = cose[1]?.number, let number = cose[3]?.number else { throw .form }
        guard let algorithm = Algorithm(rawValue: number) else { throw .algorithm }
        self.algorithm = algorithm
        switch (algorithm, type) {
        case (.es256, 2): key = try Self.es256(cose)
        case (.edDSA, 1): key = try Self.edDSA(cose)
        case (.rs256, 3): key = try Self.rs256(cose)
        default: throw .algorithm
        }
    }

    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch key {
        case .es256(let key):
            guard let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature) else {
                return false
            }
            return key.isValidSignature(parsed, for: message)
        case .edDSA(let key): return key.isValidSignature(signature, for: message)
        case .rs256(let key):
            let parsed = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(
                parsed, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        }
    }

    private static func es256(_ cose: CBOR) throws(Failure) -> Key {
        guard cose[-1]?.number == 1 else { throw .algorithm }
        guard let x = cose[-2]?.byteString, let y = cose[-3]?.byteString, x.count == 32,
            y.count == 32
        else { throw .form }
        guard let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y) else {
            throw .key
        }
        return .es256(key)
    }

    private static func edDSA(_ cose: CBOR) throws(Failure) -> Key {
        guard cose[-1]?.number == 6 else { throw .algorithm }
        guard let x = cose[-2]?.byteString, x.count == 32 else { throw .form }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else { throw .key }
        return .edDSA(key)
    }

    private static func rs256(_ cose: CBOR) throws(Failure) -> Key {
        guard let n = cose[-1]?.byteString, let e = cose[-2]?.byteString else { throw .form }
        guard (256...512).contains(n.count), (1...4).contains(e.count) else { throw .size }
        guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else { throw .key }
        return .rs256(key)
    }
}
