internal import Crypto
package import Engine
internal import Glibc

/// Fills a new folder and signs what is in it. Until ``seal(kind:facts:keys:now:)`` it has no list and counts for nothing.
package struct SealedFolderDraft: ~Copyable {
    package let path: String
    private var files: [SealedFolder.File] = []
    /// What was not copied because it is no plain file.
    package private(set) var leftOut: [String] = []

    /// - Throws: ``StoreFailure`` `conflict` where the folder is there and not empty.
    package init(_ path: String) throws(StoreFailure) {
        self.path = path
        if LedgerFiles.exists(path) {
            guard try DiskFolder.names(in: path).isEmpty else {
                throw StoreFailure(
                    .conflict, "\(path) is there and not empty; name a folder that is new.")
            }
        } else {
            try DiskFolder.make(path, mode: 0o700)
        }
    }

    package var fileCount: Int { files.count }
    package var byteCount: Int64 { files.reduce(0) { $0 + $1.byteCount } }

    /// Copies a file under a path within the folder, and reads its digest from what was copied.
    package mutating func add(_ source: String, as name: String) throws(StoreFailure) {
        try check(name)
        try Self.makeFolders(for: name, in: path)
        let (digest, bytes) = try Self.copy(source, to: "\(path)/\(name)")
        files.append(.init(path: name, byteCount: bytes, digest: digest))
    }

    /// Takes in a file that somebody else wrote into the folder.
    package mutating func adopt(_ name: String) throws(StoreFailure) {
        try check(name)
        let (digest, bytes) = try FileDigest.of("\(path)/\(name)")
        files.append(.init(path: name, byteCount: bytes, digest: digest))
    }

    /// Copies a folder with all below it; links and devices are left out and told.
    ///
    /// - Parameter isWanted: asked with the name of each file.
    package mutating func addAll(
        below source: String, as name: String, where isWanted: (String) -> Bool = { _ in true }
    ) throws(StoreFailure) {
        for entry in try DiskFolder.names(in: source) {
            let from = "\(source)/\(entry)"
            let to = "\(name)/\(entry)"
            switch DiskFolder.kind(of: from) {
            case .folder: try addAll(below: from, as: to, where: isWanted)
            case .file: if isWanted(entry) { try add(from, as: to) }
            case .other: leftOut.append(to)
            }
        }
    }

    /// Makes a folder within, for a file that is written there and then adopted.
    package func makeFolders(for name: String) throws(StoreFailure) {
        try Self.makeFolders(for: name, in: path)
    }

    mutating func append(_ file: SealedFolder.File) { files.append(file) }

    /// Writes list and signature; all is durable when it returns.
    package consuming func seal(
        kind: String, facts: CanonicalJSON, keys: LedgerKeys, now: Timestamp
    ) throws(StoreFailure) -> SealedFolder {
        let sorted = files.sorted { $0.path < $1.path }
        let text = CanonicalJSON.object([
            "kagari_folder": .integer(1), "kind": .text(kind), "time": .integer(now.nanoseconds),
            "facts": facts,
            "files": .list(
                sorted.map {
                    .object([
                        "path": .text($0.path), "bytes": .integer($0.byteCount),
                        "sha256": .text($0.digest.description),
                    ])
                }),
        ]).string
        let signature = try keys.signature(of: text, as: kind)
        try LedgerFiles.write(Array(text.utf8), toNew: "\(path)/\(SealedFolder.manifest)")
        try LedgerFiles.write(
            Array((signature + "\n").utf8), toNew: "\(path)/\(SealedFolder.signature)")
        try DiskFolder.sync(path)
        return try SealedFolder(reading: path, kind: kind, publicKey: keys.proof)
    }

    private func check(_ name: String) throws(StoreFailure) {
        guard SealedFolder.isSafe(name) else {
            throw StoreFailure(
                .tooLarge, "A path is longer than \(SealedFolder.pathBytesMax) bytes or too deep.")
        }
        guard files.count < SealedFolder.filesMax else {
            throw StoreFailure(
                .tooLarge, "There are more than \(SealedFolder.filesMax) files to keep.")
        }
    }

    static func makeFolders(for name: String, in path: String) throws(StoreFailure) {
        var built = path
        for part in name.split(separator: "/").dropLast() {
            built += "/\(part)"
            try DiskFolder.make(built, mode: 0o700)
        }
    }

    /// - Returns: digest and length of what was written, which is durable.
    static func copy(
        _ source: String, to target: String
    ) throws(StoreFailure) -> (LedgerDigest, Int64) {
        let file = try DiskFile(target, .createNew, isPrivate: true)
        var hash = SHA256()
        var count: Int64 = 0
        try LedgerFiles.read(source) { (bytes) throws(StoreFailure) in
            try file.write(bytes, at: UInt64(count))
            hash.update(data: bytes)
            count += Int64(bytes.count)
        }
        try file.sync()
        return (LedgerDigest(Array(hash.finalize())) ?? .zero, count)
    }
}

extension DiskFolder {
    enum Kind { case file, folder, other }

    static func kind(of path: String) -> Kind {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return .other }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }
}

extension SealedFolderDraft {
    /// Copies one archive as it stands now, while a writer may append to it.
    ///
    /// Segments never change but by retention and compaction, which wait meanwhile. What the last segment holds beyond its last whole frame is cut off when the
    /// archive is next opened for writing, as after a crash.
    ///
    /// - Parameter wait: called while retention or compaction has the segments; false gives up.
    /// - Throws: `locked` where it was given up.
    package mutating func addArchive(
        _ folder: String, as name: String, wait: () async -> Bool
    ) async throws(StoreFailure) {
        let lock = try DiskFile(folder + "/" + SegmentCompaction.lockName, .create)
        while try !lock.lock() {
            guard await wait() else {
                throw StoreFailure(
                    .locked, "Segments of \(folder) are being packed; try again in a minute.")
            }
        }
        for entry in try DiskFolder.names(in: folder)
        where SegmentName(entry) != nil || entry == RemovalLog.name || entry.hasSuffix(".kidx") {
            try add("\(folder)/\(entry)", as: "\(name)/\(entry)")
        }
    }
}
