internal import Glibc

/// The names in one folder, without `.` and `..`, sorted by their bytes.
enum DirectoryListing {
    static func names(in path: [UInt8]) throws(ReadFailure) -> [[UInt8]] {
        guard let folder = unsafe withCString(path, { unsafe opendir($0) }) else {
            throw .system(errno, doing: "list")
        }
        defer { unsafe closedir(folder) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                if errno != 0 { throw .system(errno, doing: "list") }
                break
            }
            // The system ends each name with a zero within its place, so the prefix stops there.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe Array($0.prefix { $0 != 0 })
            }
            if name != [0x2e], name != [0x2e, 0x2e] { names.append(name) }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names
    }
}
