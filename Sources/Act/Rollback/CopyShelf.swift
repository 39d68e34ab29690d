internal import Crypto
internal import Glibc

/// The copies of all guards of a host: `copies` in the journal has a folder for each filesystem, which holds the copies themselves.
struct CopyShelf: Sendable {
    /// On each guarded filesystem, for root alone.
    static let storeName = ".kagari-copies"

    let folder: String
    let key: JournalKey

    struct Wanted {
        var path: HostPath
        var state: FileState
        /// Nil where the copy is not there any more.
        var content: Descriptor?
    }

    static func name(of mount: String) -> String {
        Hex.text(SHA256.hash(data: Array(mount.utf8)).prefix(8))
    }

    func manifest(of mount: String) throws(ActFailure) -> CopyManifest {
        try CopyManifest(folder: folder + "/" + Self.name(of: mount), key: key)
    }

    /// Of each path the earliest copy made before one of these processes opened it.
    func copies(before processes: Set<ProcessIdentity>) throws(ActFailure) -> [Wanted] {
        var wanted: [Wanted] = []
        var seen: Set<HostPath> = []
        for name in JournalFolder.names(in: folder) {
            let manifest = try CopyManifest(folder: folder + "/" + name, key: key)
            for touch in manifest.touches where processes.contains(touch.process) {
                guard let copy = manifest.copies[touch.copy], seen.insert(touch.path).inserted
                else { continue }
                let place = "\(manifest.mount)/\(Self.storeName)/\(copy.number)"
                let content = Descriptor(unsafe open(place, O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
                wanted.append(Wanted(path: touch.path, state: copy.state, content: content))
            }
        }
        return wanted
    }
}
