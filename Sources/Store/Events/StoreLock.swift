internal import Glibc

/// Keeps other processes out of a folder for as long as it lives.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``StoreFailure`` `locked`, where another store has the folder.
    init(folder: String) throws(StoreFailure) {
        let path = folder + "/lock"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreFailure(errno: errno, "the event store's folder cannot be written")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreFailure(
                .locked, "another process has the event store; stop it, or use another folder")
        }
    }

    deinit { close(descriptor) }
}

extension StoreFailure {
    init(errno code: Int32, _ message: String) {
        let kind: Code =
            switch code {
            case ENOSPC, EDQUOT: .diskFull
            case EROFS, EACCES, EPERM: .readOnly
            case ENOENT: .missing
            default: .refused
            }
        self.init(kind, message, cause: unsafe String(cString: strerror(code)))
    }

    /// Makes a folder and those above it, readable by its owner alone.
    static func makeFolder(_ path: String) throws(StoreFailure) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard unsafe mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw StoreFailure(errno: errno, "the event store's folder cannot be made")
            }
        }
    }
}
