internal import Glibc

/// Small files of the journal: written whole or not at all, for their owner alone.
enum JournalFolder {
    static func make(_ path: String) throws(ActFailure) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            guard unsafe mkdir(built, 0o700) != 0 else {
                try sync(built + "/..")
                continue
            }
            guard errno == EEXIST else { throw SystemProblem.failure("cannot make \(built)") }
        }
    }

    static func sync(_ path: String) throws(ActFailure) {
        guard let folder = Descriptor(unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw SystemProblem.failure("cannot open \(path)")
        }
        try folder.sync()
    }

    static func write(
        _ bytes: [UInt8], as name: String, in folder: String
    ) throws(ActFailure) {
        let draft = "\(folder)/.\(name).new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe open(draft, flags, 0o600)) else {
            throw SystemProblem.failure("cannot write \(folder)/\(name)")
        }
        try file.write(bytes[...])
        try file.sync()
        guard unsafe rename(draft, "\(folder)/\(name)") == 0 else {
            throw SystemProblem.failure("cannot write \(folder)/\(name)")
        }
        try sync(folder)
    }

    /// Nil where there is no such file.
    static func read(_ path: String, bytesMax: Int) throws(ActFailure) -> [UInt8]? {
        guard let file = Descriptor(unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) else {
            if errno == ENOENT { return nil }
            throw SystemProblem.failure("cannot read \(path)")
        }
        return try file.readAll(bytesMax: bytesMax)
    }

    /// Nil where there is no such file.
    ///
    /// - Throws: ``ActFailure`` `refused` where it is not this user's own, or others may read it.
    static func readSecret(_ path: String, bytesMax: Int) throws(ActFailure) -> [UInt8]? {
        guard let file = Descriptor(unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) else {
            if errno == ENOENT { return nil }
            throw SystemProblem.failure("cannot read \(path)")
        }
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0, status.st_mode & 0o077 == 0,
            status.st_uid == geteuid()
        else {
            throw ActFailure(.refused, "\(path) may be read by others; chown it to root, chmod 600")
        }
        return try file.readAll(bytesMax: bytesMax)
    }

    /// In order; none where there is no such folder.
    static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            // The system ends each name with a zero within its place.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.utf8.first != UInt8(ascii: ".") { names.append(name) }
        }
        return names.sorted()
    }
}
