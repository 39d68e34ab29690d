internal import Crypto
internal import Glibc

/// Which image: of an order's change with this number, on one of its sides.
package struct ImageName: Hashable, Sendable {
    let order: String
    let index: Int
    let side: FileChange.Side

    var file: String { "\(index).\(side.rawValue)" }
    var bound: [UInt8] { Array("\(order)/\(file)".utf8) }
}

/// Contents of files as they were and as they shall be, encrypted, so that nothing in it runs or is read by others.
///
/// - Form: `KGIMAGE1`, 32 bytes of chance, then pieces: length of the sealed piece (4 bytes, little endian) and AES-256-GCM over
///   at most 64 KiB. Key: HKDF-SHA256 of the journal's key with the chance. Nonce: the piece's number and whether it is the last;
///   so no piece can be left out, moved or cut off. Bound to the order, the change and the side.
/// - Limits: 2 GiB a file, `bytesMax` in all.
package struct ImageStore: Sendable {
    package static let fileBytesMax: Int64 = 2 << 30
    private static let magic = Array("KGIMAGE1".utf8)
    private static let pieceBytes = 64 << 10

    let folder: String
    let key: JournalKey

    private func path(_ name: ImageName) -> String { "\(folder)/\(name.order)/\(name.file)" }

    /// Writes an image in pieces; it has its name only when it is whole and on the disk.
    func write(
        _ name: ImageName,
        _ fill: ((ArraySlice<UInt8>) throws(ActFailure) -> Void) throws(ActFailure) -> Void
    ) throws(ActFailure) {
        let draft = path(name) + ".new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe open(draft, flags, 0o600)) else {
            throw SystemProblem.failure("cannot keep an image in \(folder)")
        }
        let chance = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Array($0) }
        try file.write((Self.magic + chance)[...])
        let seal = PieceSeal(key: key.imageKey(chance), bound: name.bound)
        var waiting: [UInt8] = []
        var number: UInt64 = 0
        var total: Int64 = 0
        try fill { (piece) throws(ActFailure) in
            total += Int64(piece.count)
            guard total <= Self.fileBytesMax else {
                throw ActFailure(.limit, "a file has more than \(Self.fileBytesMax) bytes")
            }
            waiting += piece
            while waiting.count > Self.pieceBytes {
                try file.write(seal.sealed(waiting[..<Self.pieceBytes], number, isLast: false)[...])
                waiting.removeFirst(Self.pieceBytes)
                number += 1
            }
        }
        try file.write(seal.sealed(waiting[...], number, isLast: true)[...])
        try file.sync()
        guard unsafe rename(draft, path(name)) == 0 else {
            throw SystemProblem.failure("cannot keep an image in \(folder)")
        }
        try JournalFolder.sync("\(folder)/\(name.order)")
    }

    /// - Returns: the SHA-256 of what was read, in hexadecimal digits.
    func read(
        _ name: ImageName, _ take: (ArraySlice<UInt8>) throws(ActFailure) -> Void
    ) throws(ActFailure) -> String {
        guard let file = Descriptor(unsafe open(path(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
        else { throw SystemProblem.failure("an image is missing in \(folder)") }
        let damaged = ActFailure(.damaged, "a kept image in \(folder) is not what was written")
        var digest = SHA256()
        var waiting: [UInt8] = []
        var seal: PieceSeal?
        var number: UInt64 = 0
        var isDone = false
        try file.read { (piece) throws(ActFailure) in
            waiting += piece
            if seal == nil, waiting.count >= 40 {
                guard waiting.starts(with: Self.magic) else { throw damaged }
                seal = PieceSeal(key: key.imageKey(Array(waiting[8..<40])), bound: name.bound)
                waiting.removeFirst(40)
            }
            while let seal, waiting.count >= 4 {
                let length = waiting[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
                guard length <= Self.pieceBytes + 16, length >= 16, !isDone else { throw damaged }
                guard waiting.count >= 4 + length else { break }
                guard let (plain, isLast) = seal.opened(waiting[4..<(4 + length)], number) else {
                    throw damaged
                }
                digest.update(data: plain)
                try take(plain[...])
                waiting.removeFirst(4 + length)
                number += 1
                isDone = isLast
            }
        }
        guard isDone, waiting.isEmpty else { throw damaged }
        return Hex.text(digest.finalize())
    }

    func readAll(_ name: ImageName, bytesMax: Int) throws(ActFailure) -> [UInt8] {
        var all: [UInt8] = []
        _ = try read(name) { (piece) throws(ActFailure) in
            guard all.count + piece.count <= bytesMax else {
                throw ActFailure(.limit, "a kept image has more than \(bytesMax) bytes")
            }
            all += piece
        }
        return all
    }
}

/// Seals the pieces of one image.
private struct PieceSeal {
    let key: SymmetricKey
    let bound: [UInt8]

    private func nonce(_ number: UInt64, isLast: Bool) throws -> AES.GCM.Nonce {
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        bytes += [isLast ? 1 : 0, 0, 0, 0]
        return try AES.GCM.Nonce(data: bytes)
    }

    func sealed(
        _ plain: ArraySlice<UInt8>, _ number: UInt64, isLast: Bool
    ) throws(ActFailure) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(
                Array(plain), using: key, nonce: nonce(number, isLast: isLast),
                authenticating: bound)
            let sealed = Array(box.ciphertext) + Array(box.tag)
            let length = UInt32(sealed.count)
            return (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * UInt32($0))) } + sealed
        } catch { throw ActFailure(.system, "encryption failed: \(error)") }
    }

    /// Nil where the piece is not what was sealed here.
    func opened(_ sealed: ArraySlice<UInt8>, _ number: UInt64) -> (plain: [UInt8], isLast: Bool)? {
        for isLast in [false, true] {
            guard let nonce = try? nonce(number, isLast: isLast),
                let box = try? AES.GCM.SealedBox(
                    nonce: nonce, ciphertext: Array(sealed.dropLast(16)),
                    tag: Array(sealed.suffix(16))),
                let plain = try? AES.GCM.open(box, using: key, authenticating: bound)
            else { continue }
            return (Array(plain), isLast)
        }
        return nil
    }
}
