/// What the authenticator itself says, and signs.
///
/// - Source: WebAuthn level 2 §6.1.
struct AuthenticatorData: Sendable {
    enum Failure: Error, Hashable, Sendable {
        case endsEarly, credentialLength, trailing
        case cbor(CBOR.Failure)
    }

    struct Credential: Sendable {
        let model: [UInt8]
        let id: [UInt8]
        let key: CBOR
        /// As it came: this is what is kept.
        let keyBytes: [UInt8]
    }

    let relyingPartyHash: [UInt8]
    let isUserPresent: Bool
    let isUserVerified: Bool
    let isBackupEligible: Bool
    let isBackedUp: Bool
    let counter: UInt32
    /// Nil in an assertion.
    let credential: Credential?

    init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count >= 37 else { throw .endsEarly }
        relyingPartyHash = Array(bytes[..<32])
        let flags = bytes[32]
        isUserPresent = flags & 1 != 0
        isUserVerified = flags & 4 != 0
        isBackupEligible = flags & 8 != 0
        isBackedUp = flags & 16 != 0
        counter = bytes[33..<37].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var at = 37
        credential = flags & 64 != 0 ? try Self.credential(bytes, &at) : nil
        if flags & 128 != 0 {
            // Extensions: nobody asked for any, but some send them all the same (§9). Read, and not used.
            do throws(CBOR.Failure) {
                at = try CBOR.first(in: bytes, from: at).end
            } catch {
                throw .cbor(error)
            }
        }
        guard at == bytes.count else { throw .trailing }
    }

    private static func credential(
        _ bytes: [UInt8], _ at: inout Int
    ) throws(Failure) -> Credential {
        guard bytes.count >= at + 18 else { throw .endsEarly }
        let model = Array(bytes[at..<(at + 16)])
        let length = Int(bytes[at + 16]) << 8 | Int(bytes[at + 17])
        at += 18
        guard (1...PasskeyCredential.idBytesMax).contains(length) else { throw .credentialLength }
        guard bytes.count >= at + length else { throw .endsEarly }
        let id = Array(bytes[at..<(at + length)])
        at += length
        do throws(CBOR.Failure) {
            let (key, end) = try CBOR.first(in: bytes, from: at)
            let keyBytes = Array(bytes[at..<end])
            at = end
            return Credential(model: model, id: id, key: key, keyBytes: keyBytes)
        } catch {
            throw .cbor(error)
        }
    }
}
