internal import Glibc
package import Store

/// Small files of the watch: written whole or not at all.
package enum StateFiles {
    /// - Parameter mode: of folders that are not there yet.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o750) throws(StoreFailure) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            guard unsafe mkdir(built, mode) != 0, errno != EEXIST else { continue }
            throw failure("cannot make the folder \(path)")
        }
    }

    /// Puts `bytes` in the place of the file `name`; after a crash there is the old file or the new one.
    package static func write(
        _ bytes: [UInt8], as name: String, in folder: String, mode: UInt32 = 0o640
    ) throws(StoreFailure) {
        let draft = "\(folder)/.\(name).new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("cannot write \(folder)/\(name)") }
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(file, all.baseAddress.map { unsafe $0 + done }, all.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        let isWhole = done == bytes.count && fsync(file) == 0
        let problem = failure("cannot write \(folder)/\(name)")
        close(file)
        guard isWhole, unsafe Glibc.rename(draft, "\(folder)/\(name)") == 0 else {
            unsafe unlink(draft)
            throw problem
        }
        let place = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if place >= 0 {
            fsync(place)
            close(place)
        }
    }

    /// Nil where there is no such file, or it has more than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_size <= bytesMax else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { all in
                unsafe Glibc.read(file, all.baseAddress.map { unsafe $0 + done }, all.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }

    /// Names in a folder, hidden ones left out, in order; none where there is no folder.
    package static func names(in path: String) -> [String] {
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

    /// Nothing where the folder is not there.
    package static func removeEmptyFolder(_ path: String) throws(StoreFailure) {
        guard unsafe rmdir(path) != 0, errno != ENOENT else { return }
        throw failure("cannot take the place of \(path)")
    }

    package static func rename(_ path: String, to target: String) throws(StoreFailure) {
        guard unsafe Glibc.rename(path, target) == 0 else {
            throw failure("cannot rename \(path) to \(target)")
        }
    }

    /// Removes a folder with all in it, links themselves and not what they lead to; nothing where it is not there.
    package static func removeTree(_ path: String) throws(StoreFailure) {
        guard let folder = unsafe opendir(path) else {
            if errno == ENOENT { return }
            throw failure("cannot remove \(path)")
        }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            // The system ends each name with a zero within its place.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        unsafe closedir(folder)
        for name in names {
            let inner = "\(path)/\(name)"
            var status = stat()
            guard unsafe lstat(inner, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try removeTree(inner)
            } else if unsafe unlink(inner) != 0, errno != ENOENT {
                throw failure("cannot remove \(inner)")
            }
        }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else {
            throw failure("cannot remove \(path)")
        }
    }

    package static func remove(_ path: String) { unsafe unlink(path) }

    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private static func failure(_ what: String) -> StoreFailure {
        let code = errno
        let kind: StoreFailure.Code =
            switch code {
            case ENOSPC, EDQUOT: .diskFull
            case EROFS, EACCES, EPERM: .readOnly
            case ENOENT, ENOTDIR: .missing
            default: .refused
            }
        let cause = unsafe String(cString: strerror(code))
        return StoreFailure(
            kind, what + "; see that the place is there and may be written", cause: cause)
    }
}
