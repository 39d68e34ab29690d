internal import Glibc

/// The few calls that read files of the system: the one place here where a pointer meets a system call.
package enum SystemFile {
    /// The first `countMax` bytes of a file; nil when it cannot be opened or read.
    package static func read(_ path: String, countMax: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return read(file, countMax: countMax)
    }

    private static func read(_ file: Int32, countMax: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < countMax {
            let wanted = min(65_536, countMax - bytes.count)
            let start = bytes.count
            bytes += repeatElement(0, count: wanted)
            // The range was appended just now.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress! + start, wanted)
            }
            bytes.removeLast(wanted - max(0, count))
            if count < 0 { return nil }
            if count == 0 { break }
        }
        return bytes
    }

    package static func link(_ path: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let capacity = bytes.count
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), capacity)
        }
        guard count >= 0 else { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Names in a folder, sorted; empty when it cannot be read. At most `countMax`.
    package static func names(in path: String, countMax: Int = 65_536) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while names.count < countMax, let entry = unsafe readdir(folder) {
            // The name ends in zero inside of the entry.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// What tells one content of a file from another.
    package struct Identity: Hashable, Sendable {
        package var device: UInt64
        package var inode: UInt64
        package var size: Int64
        /// Nanoseconds since 1970.
        package var changed, written: Int64
        package var isFolder: Bool

        package init(
            device: UInt64, inode: UInt64, size: Int64, changed: Int64, written: Int64,
            isFolder: Bool = false
        ) {
            self.device = device
            self.inode = inode
            self.size = size
            self.changed = changed
            self.written = written
            self.isFolder = isFolder
        }

        init(_ status: stat) {
            let major = UInt64(status.st_dev >> 8 & 0xfff)
            let minor = UInt64(status.st_dev & 0xff | status.st_dev >> 12 & 0xfff00)
            // As the kernel counts devices inside: 20 bits of minor number.
            device = major << 20 | minor
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
            written = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            isFolder = status.st_mode & S_IFMT == S_IFDIR
        }
    }

    package static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(status)
    }

    /// SHA-256 of the file, if it is the one expected and not larger than `countMax`.
    package static func digest(_ path: String, of wanted: Identity, countMax: Int64) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return nil }
        let found = Identity(status)
        // Not the device: some file systems tell another one here than inside of the kernel.
        guard found.inode == wanted.inode, found.size == wanted.size,
            found.written == wanted.written, found.size <= countMax
        else { return nil }
        var stream = SHA256Stream()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress!, $0.count)
            }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            stream.update(buffer.span.extracting(0..<count))
        }
        return stream.digest()
    }

    package static var hostName: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let failed = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe gethostname(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), 255)
        }
        guard failed == 0 else { return Array("localhost".utf8) }
        return Array(bytes.prefix { $0 != 0 })
    }

    /// The wall clock minus the time since boot, nanoseconds: what turns the kernel's times into ours.
    package static var bootOffset: Int64 {
        var wall = timespec()
        var boot = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &wall)
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        return Int64(wall.tv_sec - boot.tv_sec) * 1_000_000_000
            + Int64(wall.tv_nsec - boot.tv_nsec)
    }

    /// Nanoseconds since boot.
    package static var bootTime: UInt64 {
        var boot = timespec()
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        return UInt64(boot.tv_sec) * 1_000_000_000 + UInt64(boot.tv_nsec)
    }
}
