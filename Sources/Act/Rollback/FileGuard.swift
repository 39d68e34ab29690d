internal import CLinux
internal import Glibc

/// How much a guard keeps.
package struct CopyLimits: Sendable {
    package var fileBytesMax: Int64 = 64 << 20
    package var storeBytesMax: Int64 = 4 << 30
    package var keepSeconds: Int64 = 7 * 86_400

    package init() {}
}

/// What a guard did and could not do.
package struct CopyCounts: Equatable, Sendable {
    package var opens = 0
    package var trusted = 0
    package var copied = 0
    /// There was a copy of this content, or the process had opened the file before.
    package var known = 0
    /// Not copied: larger than the limit; no room in the store; being written by another; any other failure.
    package var tooLarge = 0
    package var noRoom = 0
    package var unstable = 0
    package var failed = 0

    package init() {}

    /// Opens that were let through although there is no copy.
    package var uncovered: Int { tooLarge + noRoom + unstable + failed }
}

/// Copies each file of one mount before a process that is not trusted opens it for the first time, so that what it destroys can be restored.
///
/// The kernel asks before each open and waits. The copies lie on the same filesystem, where a reflink costs nothing, and are reached through a
/// mount of their own that no mark sees: opening anything on the marked mount from this thread would wait for itself. Where the guard ends, stops
/// answering for 10 seconds, or fails, the kernel lets every open through: files are then uncovered, and nobody hangs.
///
/// What it cannot do: the kernel does not say whether a file is opened to be read or written, so reading copies too; a file that is
/// unlinked or renamed without being opened keeps its content under another name or is gone; other mounts of the same filesystem are not seen.
package struct FileGuard {
    private struct Version: Hashable {
        var inode: UInt64
        var modified: FileState.Moment
        var changed: FileState.Moment
        var bytes: Int64
    }

    private struct Opened: Hashable {
        var inode: UInt64
        var born: FileState.Moment
        var process: ProcessIdentity
    }

    private let group: Descriptor
    private let store: Descriptor
    private let mount: String
    private let limits: CopyLimits
    private var manifest: CopyManifest
    private var versions: [Version: Int] = [:]
    private var opened: Set<Opened> = []
    private var storeBytes: Int64
    private var next: Int
    package private(set) var counts = CopyCounts()

    /// Marks a mount; from now on ``turn(timeoutMilliseconds:at:isTrusted:)`` must be called again and again.
    ///
    /// - Throws: ``ActFailure`` `refused` for `/`: a mistake there would stop the machine.
    package init(
        mount: String, desk: ActionDesk, limits: CopyLimits = CopyLimits()
    ) throws(ActFailure) {
        guard mount.hasPrefix("/"), mount != "/" else {
            throw ActFailure(.refused, "a guard is put on a mount of its own, never on `/`")
        }
        self.mount = mount
        self.limits = limits
        manifest = try desk.copies.manifest(of: mount)
        try manifest.begin(mount: mount)
        guard let clone = Descriptor(unsafe kagari_clone_mount(mount)) else {
            throw SystemProblem.failure("cannot make a second mount of \(mount); are you root?")
        }
        let made = unsafe mkdirat(clone.number, CopyShelf.storeName, 0o700)
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        guard made == 0 || errno == EEXIST,
            let store = Descriptor(unsafe openat(clone.number, CopyShelf.storeName, flags))
        else { throw SystemProblem.failure("cannot keep copies on \(mount)") }
        self.store = store
        storeBytes = manifest.copies.values.reduce(0) { $0 + $1.state.bytes }
        next = (manifest.copies.keys.max() ?? 0) + 1
        let events = UInt32(
            O_RDONLY | O_CLOEXEC | Int32(KAGARI_O_LARGEFILE) | Int32(KAGARI_O_NOATIME))
        let kind = KAGARI_FAN_CLASS_PRE_CONTENT | KAGARI_FAN_CLOEXEC | KAGARI_FAN_NONBLOCK
        guard let group = Descriptor(kagari_fanotify_init(kind, events)) else {
            throw SystemProblem.failure("the kernel gives no fanotify group; are you root?")
        }
        let mark = KAGARI_FAN_MARK_ADD | KAGARI_FAN_MARK_MOUNT
        guard
            unsafe kagari_fanotify_mark(group.number, mark, KAGARI_FAN_OPEN_PERM, AT_FDCWD, mount)
                == 0
        else { throw SystemProblem.failure("cannot watch \(mount)") }
        self.group = group
    }

    /// Answers what waits, and waits for more at most as long as said.
    ///
    /// - Parameter isTrusted: told the process and the path of its program, nil where that is gone. It must open nothing on the mount.
    package mutating func turn(
        timeoutMilliseconds: Int32, at now: Int64,
        isTrusted: (ProcessIdentity, String?) -> Bool
    ) throws(ActFailure) {
        var ready = pollfd(fd: group.number, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&ready, 1, timeoutMilliseconds) > 0 else { return }
        // Whoever waits for a guard that hangs is freed by its end.
        alarm(10)
        defer { alarm(0) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe read(group.number, $0.baseAddress, $0.count)
        }
        guard count > 0 else {
            guard errno == EAGAIN || errno == EINTR else {
                throw SystemProblem.failure("the kernel stopped asking")
            }
            return
        }
        var at = 0
        while at + Int(KAGARI_FAN_EVENT_BYTES) <= count {
            // The kernel writes whole events of at least this size; see fanotify(7).
            let (length, file, pid) = unsafe buffer.withUnsafeBytes { all in
                unsafe (
                    all.loadUnaligned(fromByteOffset: at, as: UInt32.self),
                    all.loadUnaligned(fromByteOffset: at + 16, as: Int32.self),
                    all.loadUnaligned(fromByteOffset: at + 20, as: Int32.self)
                )
            }
            guard length >= UInt32(KAGARI_FAN_EVENT_BYTES) else { return }
            at += Int(length)
            guard let event = Descriptor(file) else { continue }
            answer(event, pid, now, isTrusted)
        }
    }

    private mutating func answer(
        _ event: Descriptor, _ pid: Int32, _ now: Int64,
        _ isTrusted: (ProcessIdentity, String?) -> Bool
    ) {
        defer { allow(event) }
        guard pid != getpid() else { return }
        counts.opens += 1
        do throws(ActFailure) {
            try cover(event, pid, now, isTrusted)
        } catch  where error.code == .changed {
            counts.unstable += 1
        } catch { counts.failed += 1 }
    }

    private func allow(_ event: Descriptor) {
        var reply = [UInt8](repeating: 0, count: 8)
        unsafe reply.withUnsafeMutableBytes { all in
            unsafe all.storeBytes(of: event.number, as: Int32.self)
            unsafe all.storeBytes(of: UInt32(KAGARI_FAN_ALLOW), toByteOffset: 4, as: UInt32.self)
        }
        _ = unsafe reply.withUnsafeBytes { unsafe write(group.number, $0.baseAddress, 8) }
    }

    private mutating func cover(
        _ event: Descriptor, _ pid: Int32, _ now: Int64,
        _ isTrusted: (ProcessIdentity, String?) -> Bool
    ) throws(ActFailure) {
        var status = stat()
        guard unsafe fstat(event.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let path = Self.target(of: "/proc/self/fd/\(event.number)"),
            !path.starts(with: (mount + "/" + CopyShelf.storeName + "/").utf8)
        else { return }
        let process =
            ProcessTable.row(pid)?.identity ?? ProcessIdentity(pid: pid, start: 0)
        let program = Self.target(of: "/proc/\(pid)/exe").map {
            String(decoding: $0, as: UTF8.self)
        }
        guard !isTrusted(process, program) else {
            counts.trusted += 1
            return
        }
        var born = FileState.Moment(seconds: 0, nanoseconds: 0)
        unsafe kagari_birth(event.number, &born.seconds, &born.nanoseconds)
        let inode = UInt64(status.st_ino)
        // What a process found empty, or opened before, holds nothing of others that it could destroy now.
        guard opened.count < CopyManifest.touchesMax,
            opened.insert(Opened(inode: inode, born: born, process: process)).inserted
        else {
            counts.known += 1
            return
        }
        guard status.st_size > 0 else { return }
        guard status.st_size <= limits.fileBytesMax else {
            counts.tooLarge += 1
            return
        }
        let version = Version(
            inode: inode, modified: Self.moment(status.st_mtim),
            changed: Self.moment(status.st_ctim),
            bytes: Int64(status.st_size))
        let named = try HostPath(path)
        if let number = versions[version], manifest.copies[number] != nil {
            counts.known += 1
            return try manifest.add(.init(copy: number, path: named, process: process))
        }
        guard try makeRoom(for: Int64(status.st_size), now) else {
            counts.noRoom += 1
            return
        }
        let number = try copy(event, named, now)
        versions[version] = number
        counts.copied += 1
        try manifest.add(.init(copy: number, path: named, process: process))
    }

    private mutating func copy(
        _ event: Descriptor, _ path: HostPath, _ now: Int64
    ) throws(ActFailure) -> Int {
        let number = next
        next += 1
        let name = Array(String(number).utf8)
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe openat(store.number, String(number), flags, 0o600))
        else {
            throw SystemProblem.failure("cannot keep a copy on \(mount)")
        }
        do throws(ActFailure) {
            let isShared = kagari_clone_file(file.number, event.number) == 0
            let look = try FileLook.look(through: event, as: path) { (piece) throws(ActFailure) in
                if !isShared { try file.write(piece) }
            }
            try manifest.add(.init(number: number, state: look.state, at: now))
            storeBytes += look.state.bytes
            return number
        } catch {
            _ = unsafe withCText(name) { unsafe unlinkat(store.number, $0, 0) }
            throw error
        }
    }

    /// Lets the oldest copies go: those past their time, and while there is no room those at least an hour old.
    private mutating func makeRoom(for bytes: Int64, _ now: Int64) throws(ActFailure) -> Bool {
        let isFull = {
            (guarded: FileGuard) in
            guarded.storeBytes + bytes > guarded.limits.storeBytesMax
                || guarded.manifest.copies.count >= CopyManifest.copiesMax
                || guarded.manifest.touches.count >= CopyManifest.touchesMax
        }
        guard isFull(self) else { return true }
        for copy in manifest.copies.values.sorted(by: { $0.number < $1.number }) {
            guard copy.at + 3_600 <= now, isFull(self) else { break }
            try drop(copy)
        }
        return !isFull(self)
    }

    /// Lets go what is past its time.
    package mutating func ageOut(at now: Int64) throws(ActFailure) {
        for copy in manifest.copies.values where copy.at + limits.keepSeconds <= now {
            try drop(copy)
        }
    }

    private mutating func drop(_ copy: CopyManifest.Copy) throws(ActFailure) {
        try manifest.drop(copy.number)
        storeBytes -= copy.state.bytes
        unsafe unlinkat(store.number, String(copy.number), 0)
    }

    private static func moment(_ time: timespec) -> FileState.Moment {
        FileState.Moment(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    private static func target(of link: String) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(link, &buffer, 4096)
        guard count > 0, count < 4096 else { return nil }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
}
