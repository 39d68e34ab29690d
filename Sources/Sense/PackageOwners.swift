/// Which Debian package a program file belongs to, as dpkg's lists say. What belongs to none came by another way, and that is worth
/// knowing of a program.
///
/// Kept as sorted hashes of paths, 12 bytes a file; of the lists only what can be run or loaded is kept (no `/usr/share`,
/// no `/usr/include`). A path is taken without a leading `/usr`, since merged systems use both.
///
/// - Bounds: ``filesMax`` files; a list of at most 16 MiB. What does not fit is said by ``isComplete``.
package struct PackageOwners: Sendable {
    package static let filesMax = 400_000
    private var files: [(hash: UInt64, package: UInt32)] = []
    private var packages: [[UInt8]] = []
    package private(set) var isComplete = true
    /// False where the system has no dpkg: then nothing is said of any file.
    package var isThere: Bool { !packages.isEmpty }

    package static let usualFolder = "/var/lib/dpkg/info"

    package init(folder: String) {
        for name in SystemFile.names(in: folder) where name.hasSuffix(".list") {
            guard let text = SystemFile.read("\(folder)/\(name)", countMax: 16 << 20) else {
                isComplete = false
                continue
            }
            let package = UInt32(packages.count)
            packages.append(Array(name.dropLast(5).prefix { $0 != ":" }.utf8))
            take(text, of: package)
        }
        files.sort { $0.hash < $1.hash }
    }

    private mutating func take(_ text: [UInt8], of package: UInt32) {
        var start = 0
        for index in text.indices where text[index] == UInt8(ascii: "\n") {
            let line = text[start..<index]
            start = index + 1
            if line.starts(with: "/usr/share/".utf8) || line.starts(with: "/usr/include/".utf8) {
                continue
            }
            guard files.count < Self.filesMax else {
                isComplete = false
                return
            }
            files.append((Self.hash(line), package))
        }
    }

    /// Nil where no package has the file.
    package func owner(of path: [UInt8]) -> [UInt8]? {
        let wanted = Self.hash(path[...])
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].hash < wanted { low = middle + 1 } else { high = middle }
        }
        guard low < files.count, files[low].hash == wanted else { return nil }
        return packages[Int(files[low].package)]
    }

    /// Over the path without a leading `/usr`, with a key that is another one in every run: nobody can choose a name that looks
    /// like a package's.
    private static func hash(_ path: ArraySlice<UInt8>) -> UInt64 {
        let rest = path.starts(with: "/usr/".utf8) ? path.dropFirst(4) : path
        return UInt64(bitPattern: Int64(rest.hashValue))
    }
}
