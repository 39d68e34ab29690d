package import Engine
internal import Glibc

/// A folder of files with a signed list of them: what was put in can be told from what was changed, added or taken out later.
///
/// `manifest.json` is canonical JSON: kind, time, facts, and path, length and SHA-256 of each file; `manifest.sig` is its signature, as
/// ``LedgerKeys/signature(of:as:)`` makes it.
package struct SealedFolder: Sendable {
    package static let manifestBytesMax = 256 << 20
    package static let filesMax = 1_000_000
    package static let pathBytesMax = 1_024
    static let manifest = "manifest.json"
    static let signature = "manifest.sig"

    package struct File: Hashable, Sendable {
        package let path: String
        package let byteCount: Int64
        package let digest: LedgerDigest
    }

    package let path: String
    package let kind: String
    package let time: Timestamp
    /// What else is signed.
    package let facts: CanonicalJSON
    package let files: [File]

    package var byteCount: Int64 { files.reduce(0) { $0 + $1.byteCount } }

    /// Reads and proves the list; the files themselves are proved by ``check(_:)`` or ``copy(_:to:)``.
    ///
    /// - Throws: ``StoreFailure``: `missing` where there is no list, `damaged` where it is not this server's, `refused` where it is of another kind.
    package init(
        reading path: String, kind: String, publicKey: LedgerPublicKey
    ) throws(StoreFailure) {
        guard LedgerFiles.exists("\(path)/\(Self.manifest)") else {
            throw StoreFailure(.missing, "There is no \(Self.manifest) in \(path).")
        }
        let text = String(
            decoding: try LedgerFiles.contents(
                of: "\(path)/\(Self.manifest)", bytesMax: Self.manifestBytesMax), as: UTF8.self)
        let signature = String(
            decoding: try LedgerFiles.contents(of: "\(path)/\(Self.signature)", bytesMax: 256),
            as: UTF8.self)
        guard publicKey.proves(text, is: kind, by: String(signature.prefix { $0 != "\n" })) else {
            throw StoreFailure(
                .damaged,
                "\(path)/\(Self.manifest) is not signed by the server's key as \(kind): it was "
                    + "changed, or is another server's.")
        }
        guard let json = try? CanonicalJSON(reading: text, bytesMax: Self.manifestBytesMax),
            json["kagari_folder"]?.integer == 1, let time = json["time"]?.integer,
            let list = json["files"]?.list, list.count <= Self.filesMax
        else { throw StoreFailure(.damaged, "\(path)/\(Self.manifest) cannot be read.") }
        self.path = path
        self.kind = kind
        self.time = Timestamp(nanoseconds: time)
        facts = json["facts"] ?? .null
        files = try list.map { (item) throws(StoreFailure) in
            guard let name = item["path"]?.text, Self.isSafe(name),
                let bytes = item["bytes"]?.integer,
                let digest = item["sha256"]?.text.flatMap(LedgerDigest.init(hex:))
            else {
                throw StoreFailure(.damaged, "\(path)/\(Self.manifest) has a file of no form.")
            }
            return File(path: name, byteCount: bytes, digest: digest)
        }
    }

    /// A path within the folder: no way out of it, no hidden part.
    package static func isSafe(_ path: String) -> Bool {
        guard (1...pathBytesMax).contains(path.utf8.count), !path.utf8.contains(0) else {
            return false
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 32 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// - Throws: `damaged` where the file is not the one that was signed.
    package func check(_ file: File) throws(StoreFailure) {
        guard LedgerFiles.exists("\(path)/\(file.path)") else { throw Self.missing(file) }
        let found = try FileDigest.of("\(path)/\(file.path)")
        guard found.digest == file.digest, found.bytes == file.byteCount else {
            throw Self.changed(file)
        }
    }

    /// Puts a file into another folder, which is made; what was copied is what was signed.
    package func copy(_ file: File, to target: String) throws(StoreFailure) {
        guard LedgerFiles.exists("\(path)/\(file.path)") else { throw Self.missing(file) }
        try DiskFolder.make(target, mode: 0o700)
        try SealedFolderDraft.makeFolders(for: file.path, in: target)
        let (digest, bytes) = try SealedFolderDraft.copy(
            "\(path)/\(file.path)", to: "\(target)/\(file.path)")
        guard digest == file.digest, bytes == file.byteCount else { throw Self.changed(file) }
    }

    private static func missing(_ file: File) -> StoreFailure {
        StoreFailure(.damaged, "\(file.path) is not there any more; take another copy.")
    }

    private static func changed(_ file: File) -> StoreFailure {
        StoreFailure(.damaged, "\(file.path) is not the file that was signed; take another copy.")
    }
}
