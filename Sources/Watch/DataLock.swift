internal import Glibc
package import Store
internal import Synchronization

/// Keeps two programs from writing one data folder: the service holds it, and every command that changes what is kept.
package final class DataLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// - Throws: ``StoreFailure``: `locked` where another program has the folder, `missing` where there is no folder.
    package init(_ data: DataFolder) throws(StoreFailure) {
        let file = unsafe open(data.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let code = errno
            throw StoreFailure(
                code == ENOENT ? .missing : .readOnly,
                code == ENOENT
                    ? "There is no data folder \(data.path); name it with --data."
                    : "The data folder \(data.path) may not be written; look at its owner.",
                cause: unsafe String(cString: strerror(code)))
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw StoreFailure(
                .locked,
                "Another program works in \(data.path): stop the service there, then try again.")
        }
        descriptor = Mutex(file)
    }

    deinit { release() }

    package func release() {
        descriptor.withLock { descriptor in
            if let file = descriptor { close(file) }
            descriptor = nil
        }
    }

    /// Whether a program works in the folder now.
    package static func isHeld(_ data: DataFolder) -> Bool {
        let file = unsafe open(data.lock, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0
    }
}
