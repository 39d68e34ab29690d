internal import Crypto

/// The 32 bytes of chance from which a journal's seals and images take their keys: the file `key`, for its owner alone.
package struct JournalKey: Sendable {
    private let master: SymmetricKey

    /// Makes the file where there is none.
    ///
    /// - Throws: `refused` where others may read it, `damaged` where it is no key.
    init(folder: String) throws(ActFailure) {
        let path = folder + "/key"
        if let bytes = try JournalFolder.readSecret(path, bytesMax: 64) {
            guard bytes.count == 32 else {
                throw ActFailure(.damaged, "\(path) is no key; bring it back from a backup")
            }
            master = SymmetricKey(data: bytes)
            return
        }
        let fresh = SymmetricKey(size: .bits256)
        let bytes = unsafe fresh.withUnsafeBytes { unsafe Array($0) }
        try JournalFolder.write(bytes, as: "key", in: folder)
        master = fresh
    }

    func imageKey(_ chance: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: chance, info: Array("kagari act image".utf8),
            outputByteCount: 32)
    }

    /// The seal of a journal's line: over the line before it and its own text.
    func seal(_ text: [UInt8], after previous: [UInt8]) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: [UInt8](), info: Array("kagari act journal".utf8),
            outputByteCount: 32)
        return Array(HMAC<SHA256>.authenticationCode(for: previous + text, using: key))
    }

    func isSeal(_ seal: [UInt8], of text: [UInt8], after previous: [UInt8]) -> Bool {
        let right = self.seal(text, after: previous)
        // Compared without stopping at the first difference.
        return seal.count == right.count
            && zip(seal, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
