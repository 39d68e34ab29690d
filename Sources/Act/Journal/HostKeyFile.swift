internal import Glibc

/// The host's signing key as a file of the journal, for its owner alone.
package enum HostKeyFile {
    /// - Parameter make: 32 bytes for a host that has no key yet.
    /// - Throws: ``ActFailure`` `refused` where others may read it.
    package static func bytes(
        in folder: String, make: () -> [UInt8]
    ) throws(ActFailure) -> [UInt8] {
        try JournalFolder.make(folder)
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        let path = folder + "/host.key"
        if let bytes = try JournalFolder.readSecret(path, bytesMax: 64) {
            guard bytes.count == 32 else {
                throw ActFailure(.damaged, "\(path) is no key; bring it back from a backup")
            }
            return bytes
        }
        let fresh = make()
        try JournalFolder.write(fresh, as: "host.key", in: folder)
        return fresh
    }
}
