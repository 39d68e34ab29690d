internal import Crypto
internal import FoundationEssentials

/// AES-256-GCM over the compressed records of one segment's frames.
///
/// The key is derived from the tenant's key and the segment's id; the nonce is the frame's number and 64 bits of
/// chance, so that a frame that failed and is written again never meets its own nonce. The seal covers the frame's
/// header before its checksum and the digest of the segment's header: a sealed frame holds in its place only.
///
/// - Source: NIST SP 800-38D; RFC 5869.
struct FrameSeal: Sendable {
    static let tagByteCount = 16
    private let key: SymmetricKey
    private let segmentDigest: ChainHash

    /// Nil where the segment is plain.
    /// - Precondition: `key` is the one that the header names.
    init?(header: SegmentHeader, key: TenantKey?) {
        guard let keyID = header.keyID, let key else { return nil }
        precondition(key.id == keyID, "another key than the segment names")
        self.key = key.segmentKey(header.id)
        segmentDigest = header.digest
    }

    /// - Returns: the sealed bytes and their tag.
    func close(_ plain: [UInt8], in header: FrameHeader) throws(StoreFailure) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(
                plain, using: key, nonce: AES.GCM.Nonce(data: nonce(of: header)),
                authenticating: covered(header))
            return Array(box.ciphertext) + Array(box.tag)
        } catch {
            throw StoreFailure(.refused, "The records could not be sealed; none was written.")
        }
    }

    func open(_ stored: [UInt8], in header: FrameHeader) throws(FrameDamage) -> [UInt8] {
        guard stored.count >= Self.tagByteCount else { throw .seal }
        let text = stored.count - Self.tagByteCount
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce(of: header)), ciphertext: stored[..<text],
                tag: stored[text...])
            return Array(try AES.GCM.open(box, using: key, authenticating: covered(header)))
        } catch {
            throw .seal
        }
    }

    private func nonce(of header: FrameHeader) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: header.number)
        bytes.append(little: header.salt)
        return bytes
    }

    private func covered(_ header: FrameHeader) -> [UInt8] {
        header.sealedBytes + segmentDigest.bytes
    }
}
