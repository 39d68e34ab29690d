internal import Glibc

// All system calls on files of the agent stand here. Each pointer given to the system is the storage of an array or
// of a string, valid for the call, with its own length.

/// An open file, closed when the last user lets go.
final class StateFile: Sendable {
    let descriptor: Int32
    let path: String

    /// - Parameter isNew: made, and refused where it is there already.
    init(_ path: String, isNew: Bool = false, isReadOnly: Bool = false) throws(AgentFailure) {
        let flags = isReadOnly ? O_RDONLY : isNew ? O_RDWR | O_CREAT | O_EXCL : O_RDWR | O_CREAT
        descriptor = unsafe open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw .system(errno, "open", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func size() throws(AgentFailure) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno, "look at", path) }
        return Int(status.st_size)
    }

    /// Fewer bytes than asked for only at the end of the file.
    func read(at offset: Int, count: Int) throws(AgentFailure) -> [UInt8] {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(
                    descriptor, $0.baseAddress.map { unsafe $0 + filled }, count - filled,
                    offset + filled)
            }
            if got > 0 {
                filled += got
            } else if got == 0 {
                break
            } else if errno != EINTR {
                throw .system(errno, "read", path)
            }
        }
        if filled < count { bytes.removeLast(count - filled) }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(AgentFailure) {
        var written = 0
        while written < bytes.count {
            let got = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(
                    descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written,
                    offset + written)
            }
            if got > 0 {
                written += got
            } else if got == 0 || errno != EINTR {
                throw .system(got == 0 ? ENOSPC : errno, "write", path)
            }
        }
    }

    func truncate(to size: Int) throws(AgentFailure) {
        guard ftruncate(descriptor, size) == 0 else { throw .system(errno, "shorten", path) }
    }

    func sync() throws(AgentFailure) {
        guard fdatasync(descriptor) == 0 else { throw .system(errno, "sync", path) }
    }

    /// False where another process holds it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
}

/// The agent's folder: mode 0700, every file 0600, each small file written whole or not at all.
package struct StateFolder: Hashable, Sendable {
    package static let standard = "/var/lib/kagari-agent"

    package let path: String

    /// Makes the last folders of the path where they are not there.
    package init(_ path: String) throws(AgentFailure) {
        self.path = path
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            guard unsafe mkdir(built, 0o700) != 0, errno != EEXIST else { continue }
            throw .system(errno, "make the folder", path)
        }
    }

    package func file(_ name: String) -> String { path + "/" + name }

    package func has(_ name: String) -> Bool { unsafe access(file(name), F_OK) == 0 }

    /// Nil where there is no such file.
    package func read(_ name: String, bytesMax: Int = 1 << 20) throws(AgentFailure) -> [UInt8]? {
        guard has(name) else { return nil }
        let opened = try StateFile(file(name), isReadOnly: true)
        let size = try opened.size()
        guard size <= bytesMax else {
            throw AgentFailure(
                .tooLarge, "\(file(name)) has more than \(bytesMax) bytes; remove it")
        }
        return try opened.read(at: 0, count: size)
    }

    package func write(_ bytes: [UInt8], as name: String) throws(AgentFailure) {
        let draft = file("." + name + ".new")
        _ = unsafe unlink(draft)
        let opened = try StateFile(draft, isNew: true)
        try opened.write(bytes, at: 0)
        try opened.sync()
        try rename(draft, to: file(name))
    }

    package func remove(_ name: String) throws(AgentFailure) {
        if unsafe unlink(file(name)) != 0, errno != ENOENT {
            throw .system(errno, "remove", file(name))
        }
        try sync()
    }

    func rename(_ from: String, to target: String) throws(AgentFailure) {
        guard unsafe Glibc.rename(from, target) == 0 else { throw .system(errno, "rename", from) }
        try sync()
    }

    /// Names that were made, renamed or removed are so after a crash of the machine too.
    func sync() throws(AgentFailure) {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system(errno, "open the folder", path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system(errno, "sync the folder", path) }
    }

    /// In order; hidden ones are left out.
    func names() throws(AgentFailure) -> [String] {
        guard let stream = unsafe opendir(path) else { throw .system(errno, "list", path) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // The system ends each name with a zero within its place.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.utf8.first != UInt8(ascii: ".") { names.append(name) }
        }
        return names.sorted()
    }
}
