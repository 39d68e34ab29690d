internal import Crypto
internal import Engine
package import Store

/// Where a tenant's engine is written away: a file for each snapshot, the newest two kept.
///
/// A file is `KGENGST1`, the SHA-256 of the rest, the content's name, the sequence, the state. One that is damaged or of another version is passed
/// over: the engine then goes on from an older one, or from the beginning of the log.
package struct SnapshotFolder: Sendable {
    static let magic = Array("KGENGST1".utf8)
    static let keptCount = 2
    static let bytesMax = 1 << 30

    private let path: String

    package init(path: String) { self.path = path }

    package func write(_ state: EngineState) throws(StoreFailure) {
        var body = StateWriter()
        body.add(state.content)
        body.add(state.sequence)
        body.add(state.bytes)
        let digest = SHA256.hash(data: body.bytes)
        let name = Self.name(state.sequence)
        try StateFiles.makeFolder(path)
        try StateFiles.write(Self.magic + Array(digest) + body.bytes, as: name, in: path)
        for old in names().dropLast(Self.keptCount) { StateFiles.remove("\(path)/\(old)") }
    }

    /// The newest states, newest first, as far as they can be read.
    package func states() -> [EngineState] {
        names().reversed().compactMap { name in
            StateFiles.read("\(path)/\(name)", bytesMax: Self.bytesMax).flatMap(Self.state)
        }
    }

    /// Lets go of all: the next start reads the log from its beginning.
    package func clear() { for name in names() { StateFiles.remove("\(path)/\(name)") } }

    private func names() -> [String] {
        StateFiles.names(in: path).filter { $0.hasSuffix(".engine") }.sorted()
    }

    private static func name(_ sequence: UInt64) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits + ".engine"
    }

    static func state(_ bytes: [UInt8]) -> EngineState? {
        let head = magic.count + SHA256.byteCount
        guard bytes.count > head, bytes.starts(with: magic) else { return nil }
        let body = Array(bytes[head...])
        guard SHA256.hash(data: body).elementsEqual(bytes[magic.count..<head]) else { return nil }
        var reader = StateReader(body)
        guard let content = try? reader.text(), let sequence = try? reader.number(),
            let state = try? reader.blob(), reader.isAtEnd
        else { return nil }
        return EngineState(content: content, sequence: sequence, bytes: state)
    }
}
