internal import Crypto

/// A new file of lines, written as they come and read back by nobody: its digest is taken from what was written.
package final class LineFile {
    private static let bufferBytes = 1 << 20

    let name: String
    private let file: DiskFile
    private var buffer: [UInt8] = []
    private var hash = SHA256()
    private var written: UInt64 = 0
    package private(set) var lineCount = 0

    init(_ path: String, name: String) throws(StoreFailure) {
        self.name = name
        file = try DiskFile(path, .createNew, isPrivate: true)
    }

    /// - Parameter line: without its end; holds no line feed.
    package func add(_ line: String) throws(StoreFailure) {
        buffer += Array(line.utf8)
        buffer.append(0x0A)
        lineCount += 1
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws(StoreFailure) {
        try file.write(buffer, at: written)
        hash.update(data: buffer)
        written += UInt64(buffer.count)
        buffer = []
    }

    func finish() throws(StoreFailure) -> SealedFolder.File {
        try flush()
        try file.sync()
        return SealedFolder.File(
            path: name, byteCount: Int64(written),
            digest: LedgerDigest(Array(hash.finalize())) ?? .zero)
    }
}

extension SealedFolderDraft {
    /// Begins a file of lines; ``take(_:)`` puts it on the list.
    package func lines(as name: String) throws(StoreFailure) -> LineFile {
        try makeFolders(for: name)
        return try LineFile("\(path)/\(name)", name: name)
    }

    package mutating func take(_ lines: LineFile) throws(StoreFailure) {
        append(try lines.finish())
    }
}
