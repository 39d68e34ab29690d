/// What is known of program files by their content: hash, and the package that brought them.
///
/// - Bounds: ``hashesMax`` hashes, the oldest let go first; files of at most the bytes asked for are hashed.
package struct ExecutableFacts: Sendable {
    package static let hashesMax = 4_096
    package static let fileCountMaxUsual: Int64 = 128 << 20

    private let fileCountMax: Int64

    private var hashes: [SystemFile.Identity: [UInt8]] = [:]
    private var order: [SystemFile.Identity] = []
    private var next = 0
    package private(set) var hits: UInt64 = 0
    package private(set) var misses: UInt64 = 0

    package init(fileCountMax: Int64 = fileCountMaxUsual) { self.fileCountMax = fileCountMax }

    /// 64 hexadecimal digits; nil where the file is gone, changed, unreadable or too large.
    ///
    /// The way through the process leads to the very file that runs, deleted or not, in its own mount namespace; where the process
    /// is gone already the path may still lead there.
    package mutating func sha256(
        _ identity: SystemFile.Identity, pid: UInt32, path: [UInt8]
    ) -> [UInt8]? {
        if let known = hashes[identity] {
            hits += 1
            return known
        }
        misses += 1
        guard identity.size <= fileCountMax,
            let digest = SystemFile.digest(
                "/proc/\(pid)/exe", of: identity, countMax: fileCountMax)
                ?? SystemFile.digest(
                    String(decoding: path, as: UTF8.self), of: identity,
                    countMax: fileCountMax)
        else { return nil }
        let text = hexText(digest)
        if order.count < Self.hashesMax {
            order.append(identity)
        } else {
            hashes[order[next]] = nil
            order[next] = identity
            next = (next + 1) % Self.hashesMax
        }
        hashes[identity] = text
        return text
    }
}
