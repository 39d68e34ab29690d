internal import Crypto

/// Tells which key sealed a segment, and nothing of the key itself.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    static let byteCount = 16
    /// Always 16.
    let bytes: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    package var description: String { bytes.hexadecimal }
}

/// The key of one tenant's archive: 256 bits. Whoever destroys it destroys what it sealed.
///
/// The bytes lie in storage that is overwritten when the last copy goes, and are shown nowhere.
package struct TenantKey: Sendable, CustomStringConvertible, CustomReflectable {
    package static let byteCount = 32

    private let material: SymmetricKey
    package let id: KeyID
    /// SHA-256 over a label and the key: a certificate of its destruction names it.
    package let digest: ChainHash

    /// A new key out of the system's generator.
    package init() { self.init(material: SymmetricKey(size: .bits256)) }

    /// Nil unless there are ``byteCount`` bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(material: SymmetricKey(data: bytes))
    }

    private init(material: SymmetricKey) {
        self.material = material
        let label = Array("kagari tenant key digest 1".utf8)
        digest = unsafe material.withUnsafeBytes { bytes in
            var hash = SHA256()
            hash.update(data: label)
            unsafe hash.update(bufferPointer: bytes)
            return ChainHash(Array(hash.finalize())) ?? .start
        }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, info: Array("kagari tenant key id 1".utf8),
            outputByteCount: KeyID.byteCount)
        let bytes = unsafe derived.withUnsafeBytes { unsafe Array($0) }
        guard let id = KeyID(bytes) else { preconditionFailure("HKDF gives what is asked for") }
        self.id = id
    }

    /// The key of one segment: a segment's id is never used twice, so neither is a nonce under this key.
    func segmentKey(_ segmentID: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, salt: segmentID,
            info: Array("kagari archive segment 1".utf8), outputByteCount: Self.byteCount)
    }

    /// For the file that keeps the key; the caller overwrites its copy.
    func withBytes(_ body: ([UInt8]) -> Void) {
        var bytes = unsafe material.withUnsafeBytes { unsafe Array($0) }
        body(bytes)
        bytes.overwrite()
    }

    package var description: String { "key \(id)" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
