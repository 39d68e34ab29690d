internal import Glibc

// All system calls of the archive stand in this file. Each pointer given to the system is the storage
// of an array or of a string, valid for the call, with its own length.

/// An open file, closed when the last user lets go.
final class DiskFile: Sendable {
    enum Mode { case read, write, create, createNew }

    let descriptor: Int32
    let path: String

    /// - Parameter isPrivate: of a new file: 0600, else 0640.
    init(_ path: String, _ mode: Mode, isPrivate: Bool = false) throws(StoreFailure) {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        descriptor = unsafe open(path, flags | O_CLOEXEC | O_NOFOLLOW, isPrivate ? 0o600 : 0o640)
        self.path = path
        guard descriptor >= 0 else { throw .system(errno, doing: "open", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func status() throws(StoreFailure) -> (size: UInt64, mode: UInt32, owner: UInt32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(errno, doing: "look at", path)
        }
        return (UInt64(max(status.st_size, 0)), status.st_mode, status.st_uid)
    }

    func size() throws(StoreFailure) -> UInt64 { try status().size }

    /// Fewer bytes than asked for only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(StoreFailure) -> [UInt8] {
        guard let start = Int(exactly: offset), start <= Int.max - count, count > 0 else {
            return []
        }
        var problem: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled,
                    start + filled)
                if got > 0 {
                    filled += got
                } else if got == 0 || errno != EINTR {
                    if got < 0 { problem = errno }
                    break
                }
            }
        }
        guard problem == 0 else { throw .system(problem, doing: "read", path) }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(StoreFailure) {
        var written = 0
        while written < bytes.count {
            let got = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(
                    descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written,
                    Int(offset) + written)
            }
            if got > 0 {
                written += got
            } else if got == 0 || errno != EINTR {
                throw .system(got == 0 ? ENOSPC : errno, doing: "write", path)
            }
        }
    }

    func truncate(to size: UInt64) throws(StoreFailure) {
        guard ftruncate(descriptor, Int(size)) == 0 else {
            throw .system(errno, doing: "shorten", path)
        }
    }

    /// The bytes, and the file's length, are on the disk when this returns.
    func sync() throws(StoreFailure) {
        guard fdatasync(descriptor) == 0 else { throw .system(errno, doing: "sync", path) }
    }

    /// False where another process, or another opening in this one, holds the lock.
    func lock() throws(StoreFailure) -> Bool {
        while true {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if errno == EWOULDBLOCK { return false }
            if errno != EINTR { throw .system(errno, doing: "lock", path) }
        }
    }

    /// Gives the lock free before the file is closed.
    func unlock() { flock(descriptor, LOCK_UN) }

    /// The whole of a file that is no longer than `bytesMax`.
    static func contents(_ path: String, bytesMax: Int) throws(StoreFailure) -> [UInt8] {
        let file = try DiskFile(path, .read)
        let size = try file.size()
        guard size <= UInt64(bytesMax) else {
            throw StoreFailure(.tooLarge, "\(path) is longer than \(bytesMax) bytes.")
        }
        return try file.read(at: 0, count: Int(size))
    }

    static var user: UInt32 { geteuid() }
}

/// What is done to folders and names in them.
enum DiskFolder {
    /// Makes the last folder of the path, if it is not there.
    static func make(_ path: String, mode: UInt32 = 0o750) throws(StoreFailure) {
        if unsafe mkdir(path, mode) != 0, errno != EEXIST {
            throw .system(errno, doing: "make the folder", path)
        }
    }

    /// Names that were made, renamed or removed in the folder are so after a crash of the machine too.
    static func sync(_ path: String) throws(StoreFailure) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, doing: "open the folder", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno, doing: "sync the folder", path) }
    }

    static func rename(_ from: String, to path: String) throws(StoreFailure) {
        guard unsafe Glibc.rename(from, path) == 0 else {
            throw .system(errno, doing: "rename", from)
        }
    }

    /// Nothing where the file is not there.
    static func remove(_ path: String) throws(StoreFailure) {
        if unsafe unlink(path) != 0, errno != ENOENT {
            throw .system(errno, doing: "remove", path)
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Sorted; without `.` and `..`.
    static func names(in path: String) throws(StoreFailure) -> [String] {
        guard let stream = unsafe opendir(path) else {
            throw .system(errno, doing: "list", path)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

extension StoreFailure {
    static func system(_ code: Int32, doing what: String, _ path: String) -> StoreFailure {
        let cause = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        let (kind, cure): (Code, String) =
            switch code {
            case ENOSPC, EDQUOT, EFBIG: (.diskFull, "free space there or shorten the retention")
            case EROFS: (.readOnly, "mount the file system for writing")
            case EACCES, EPERM: (.readOnly, "give this user the right to it")
            case ENOENT, ENOTDIR: (.missing, "check the path")
            case EMFILE, ENFILE: (.limit, "raise the limit of open files")
            case EIO: (.damaged, "the disk fails; look at the kernel's log and replace it")
            default: (.refused, "mend the cause and try again")
            }
        return StoreFailure(kind, "Could not \(what) \(path): \(cure).", cause: cause)
    }
}

extension [UInt8] {
    /// Overwrites what must not stay in memory, in a way that the compiler does not leave out.
    mutating func overwrite() {
        unsafe withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { unsafe explicit_bzero(base, buffer.count) }
        }
    }
}
