import Glibc

/// The few file calls of the ledger: keys and backups.
enum LedgerFiles {
    static func makeFolder(_ path: String) throws(StoreFailure) {
        let made = unsafe mkdir(path, 0o700)
        guard made == 0 else { throw StoreFailure(ledger: "folder", errno: errno) }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Makes a new file that only its owner reads, durable when it returns; refuses to replace one.
    static func write(_ bytes: [UInt8], toNew path: String) throws(StoreFailure) {
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw StoreFailure(ledger: "new file", errno: errno) }
        defer { Glibc.close(opened) }
        try write(bytes, to: opened)
        guard fsync(opened) == 0 else { throw StoreFailure(ledger: "new file", errno: errno) }
    }

    private static func write(_ bytes: [UInt8], to opened: Int32) throws(StoreFailure) {
        var written = 0
        while written < bytes.count {
            // The buffer outlives the call, and `written` stays below its count.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    opened, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw StoreFailure(ledger: "new file", errno: errno)
            }
            written += count
        }
    }

    /// Copies a file to a new one of mode 0600, durable when it returns.
    static func copy(_ path: String, toNew target: String) throws(StoreFailure) {
        let opened = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw StoreFailure(ledger: "new file", errno: errno) }
        defer { Glibc.close(opened) }
        try read(path) { (bytes) throws(StoreFailure) in try write(bytes, to: opened) }
        guard fsync(opened) == 0 else { throw StoreFailure(ledger: "new file", errno: errno) }
    }

    static func rename(_ path: String, to target: String) throws(StoreFailure) {
        guard unsafe Glibc.rename(path, target) == 0 else {
            throw StoreFailure(ledger: "file", errno: errno)
        }
    }

    /// Hands over the file's bytes, 1 MiB at a time.
    static func read(
        _ path: String, _ take: ([UInt8]) throws(StoreFailure) -> Void
    ) throws(StoreFailure) {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw StoreFailure(ledger: "file", errno: errno) }
        defer { Glibc.close(opened) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            // At most the buffer's own count is asked for.
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(opened, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StoreFailure(ledger: "file", errno: errno) }
            if count == 0 { return }
            try take(Array(buffer[..<count]))
        }
    }

    /// - Throws: `tooLarge` beyond `bytesMax`.
    static func contents(of path: String, bytesMax: Int) throws(StoreFailure) -> [UInt8] {
        var contents: [UInt8] = []
        try read(path) { (bytes) throws(StoreFailure) in
            contents += bytes
            guard contents.count <= bytesMax else {
                throw StoreFailure(.tooLarge, "The file has more than \(bytesMax) bytes.")
            }
        }
        return contents
    }

    /// Makes what was done in a folder, or to a file, durable.
    static func sync(_ path: String) throws(StoreFailure) {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw StoreFailure(ledger: "file", errno: errno) }
        defer { Glibc.close(opened) }
        guard fsync(opened) == 0 else { throw StoreFailure(ledger: "file", errno: errno) }
    }

    static func restrict(_ path: String) throws(StoreFailure) {
        guard unsafe chmod(path, 0o600) == 0 else {
            throw StoreFailure(ledger: "file", errno: errno)
        }
    }

    /// Whether somebody beside the owner may read it.
    static func isOpenToOthers(_ path: String) throws(StoreFailure) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw StoreFailure(ledger: "file", errno: errno)
        }
        return status.st_mode & 0o077 != 0
    }
}

extension StoreFailure {
    init(ledger what: String, errno code: Int32) {
        let cause = "errno \(code)"
        switch code {
        case ENOSPC, EDQUOT:
            self.init(.diskFull, "No space for the ledger's \(what); free space.", cause: cause)
        case EROFS:
            self.init(
                .readOnly,
                "The ledger's \(what) lies on a disk that is mounted read-only; mount it writable.",
                cause: cause)
        case EACCES, EPERM:
            self.init(
                .readOnly, "The ledger's \(what) may not be written or read; look at its owner.",
                cause: cause)
        case ENOENT, ENOTDIR:
            self.init(.missing, "The ledger's \(what) is not there; make it first.", cause: cause)
        case EEXIST:
            self.init(
                .conflict, "The ledger's \(what) is there already; choose another place.",
                cause: cause)
        default:
            self.init(.damaged, "The ledger's \(what) fails; look at the disk.", cause: cause)
        }
    }
}
