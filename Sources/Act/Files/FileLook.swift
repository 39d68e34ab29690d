internal import CLinux
internal import Crypto
internal import Glibc

/// One look at a name in a folder: what stands there, held open so that it stays the same thing.
struct FileLook {
    /// Which inode it is; compared, never kept over a restart.
    struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
    }

    let identity: Identity
    let links: Int
    let state: FileState
    /// Open for reading; nil for a symbolic link.
    let file: Descriptor?

    /// Nil where nothing has the name.
    ///
    /// - Parameter take: gets the content as it is read for its digest.
    /// - Throws: `unsupported` for folders, devices, pipes and sockets; `changed` where it is being written.
    static func look(
        at name: [UInt8], in folder: Descriptor, as path: HostPath,
        take: (ArraySlice<UInt8>) throws(ActFailure) -> Void = { (_) throws(ActFailure) in }
    ) throws(ActFailure) -> FileLook? {
        let flags = Int32(KAGARI_O_PATH) | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe withCText(name) { unsafe openat(folder.number, $0, flags) }
        guard let held = Descriptor(number) else {
            if errno == ENOENT { return nil }
            throw SystemProblem.failure("cannot look at \(path)")
        }
        let before = try status(of: held, path)
        switch before.st_mode & S_IFMT {
        case S_IFREG: return try regular(held, before, path, take)
        case S_IFLNK: return try link(held, before, path)
        default:
            throw ActFailure(
                .unsupported,
                "\(path) is a folder, device, pipe or socket; only files and symbolic links are acted upon"
            )
        }
    }

    private static func status(of file: Descriptor, _ path: HostPath) throws(ActFailure) -> stat {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else {
            throw SystemProblem.failure("cannot look at \(path)")
        }
        return status
    }

    private static func regular(
        _ held: Descriptor, _ before: stat, _ path: HostPath,
        _ take: (ArraySlice<UInt8>) throws(ActFailure) -> Void
    ) throws(ActFailure) -> FileLook {
        // Opened through the descriptor held, so that it is this inode and no device put in its place.
        let again = "/proc/self/fd/\(held.number)"
        let plain = O_RDONLY | O_CLOEXEC | O_NONBLOCK
        let file =
            Descriptor(unsafe open(again, plain | Int32(KAGARI_O_NOATIME)))
            ?? Descriptor(unsafe open(again, plain))
        guard let file else {
            throw SystemProblem.failure("cannot read \(path); is /proc mounted?")
        }
        return try read(file, before, path, take)
    }

    /// The look at a file that is open for reading already; opens nothing.
    static func look(
        through file: Descriptor, as path: HostPath,
        take: (ArraySlice<UInt8>) throws(ActFailure) -> Void
    ) throws(ActFailure) -> FileLook {
        try read(file, try status(of: file, path), path, take)
    }

    private static func read(
        _ file: Descriptor, _ before: stat, _ path: HostPath,
        _ take: (ArraySlice<UInt8>) throws(ActFailure) -> Void
    ) throws(ActFailure) -> FileLook {
        var digest = SHA256()
        var count: Int64 = 0
        try file.read { (piece) throws(ActFailure) in
            digest.update(data: piece)
            count += Int64(piece.count)
            try take(piece)
        }
        let after = try status(of: file, path)
        guard count == Int64(after.st_size), after.st_mtim.tv_sec == before.st_mtim.tv_sec,
            after.st_mtim.tv_nsec == before.st_mtim.tv_nsec, after.st_size == before.st_size
        else { throw ActFailure(.changed, "\(path) was being written; order it again") }
        var flags: UInt32 = 0
        // A filesystem without such flags says no: then there are none.
        if unsafe kagari_get_inode_flags(file.number, &flags) != 0 { flags = 0 }
        let known = UInt32(KAGARI_INODE_IMMUTABLE | KAGARI_INODE_APPEND_ONLY)
        let state = FileState(
            kind: .file, mode: before.st_mode & 0o7777, owner: before.st_uid, group: before.st_gid,
            bytes: count, digest: Hex.text(digest.finalize()),
            attributes: try FileAttributes.read(from: file, path), modified: moment(before.st_mtim),
            accessed: moment(before.st_atim), flags: flags & known)
        return FileLook(
            identity: identity(before), links: Int(before.st_nlink), state: state, file: file)
    }

    private static func link(
        _ held: Descriptor, _ status: stat, _ path: HostPath
    ) throws(ActFailure) -> FileLook {
        let target = try linkTarget(of: held, path)
        let state = FileState(
            kind: .link, mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid,
            bytes: Int64(target.count), digest: Hex.text(SHA256.hash(data: target)), attributes: [],
            modified: moment(status.st_mtim), accessed: moment(status.st_atim), flags: 0)
        return FileLook(
            identity: identity(status), links: Int(status.st_nlink), state: state, file: nil)
    }

    static func linkTarget(of held: Descriptor, _ path: HostPath) throws(ActFailure) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBufferPointer { all in
            unsafe readlinkat(held.number, "", all.baseAddress!, all.count)
        }
        guard count >= 0, count < 4096 else { throw SystemProblem.failure("cannot read \(path)") }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    static func linkTarget(
        at name: [UInt8], in folder: Descriptor, as path: HostPath
    ) throws(ActFailure) -> [UInt8] {
        let flags = Int32(KAGARI_O_PATH) | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe withCText(name) { unsafe openat(folder.number, $0, flags) }
        guard let held = Descriptor(number) else {
            throw SystemProblem.failure("cannot look at \(path)")
        }
        return try linkTarget(of: held, path)
    }

    private static func identity(_ status: stat) -> Identity {
        Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private static func moment(_ time: timespec) -> FileState.Moment {
        FileState.Moment(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }
}
