internal import CLinux
internal import Glibc

/// Finds every foothold below a root.
package struct AutorunScan {
    package static let footholdsMax = 100_000
    /// Names looked at for elevated files.
    package static let namesMax = 4_000_000

    let root: RootFolder
    package private(set) var footholds: [Foothold] = []
    /// What could not be looked at, one sentence each, at most 100.
    package private(set) var problems: [String] = []
    private var names = 0

    /// - Parameter withElevated: also walk the disk for files with set-user-id bits or capabilities.
    package init(_ root: RootFolder, withElevated: Bool = true) throws(ActFailure) {
        self.root = root
        let homes = Set(try AccountFiles(root: root).users().map(\.home)).sorted()
            .filter { $0.hasPrefix("/") && $0 != "/" && !$0.hasSuffix("/") }
        for place in AutorunPlace.allCases {
            for pattern in place.patterns {
                guard pattern.hasPrefix("~") else {
                    try find(place, pattern)
                    continue
                }
                for home in homes { try find(place, home + pattern.dropFirst()) }
            }
        }
        if withElevated { try walk() }
        footholds = Dictionary(footholds.map { ($0.key, $0) }) { one, _ in one }.values
            .sorted { ($0.path, $0.place.rawValue) < ($1.path, $1.place.rawValue) }
    }

    private mutating func complain(_ failure: ActFailure) {
        // A folder that is a link to another is found there; what is missing or no file starts nothing.
        guard ![.missing, .unsupported, .refused].contains(failure.code) else { return }
        if problems.count < 100 { problems.append(failure.message) }
    }

    private mutating func find(_ place: AutorunPlace, _ pattern: String) throws(ActFailure) {
        var paths: [HostPath?] = [nil]
        for part in pattern.split(separator: "/") {
            var deeper: [HostPath?] = []
            for path in paths {
                guard part.contains("*") else {
                    deeper.append(try? path?.appending(Array(part.utf8)) ?? HostPath("/\(part)"))
                    continue
                }
                guard let path else { continue }
                do throws(ActFailure) {
                    for name in try root.names(in: path) where AutorunPlace.fits(name, part) {
                        deeper.append(try path.appending(name))
                    }
                } catch { complain(error) }
            }
            paths = deeper
        }
        for case let path? in paths { try add(place, path) }
    }

    private mutating func add(_ place: AutorunPlace, _ path: HostPath) throws(ActFailure) {
        do throws(ActFailure) {
            let folder = try root.folder(of: path)
            guard let look = try FileLook.look(at: path.name, in: folder, as: path) else { return }
            footholds.append(try Foothold(place: place, path: path, look: look))
        } catch { complain(error) }
        guard footholds.count <= Self.footholdsMax else {
            throw ActFailure(.limit, "more than \(Self.footholdsMax) autorun files")
        }
    }

    /// The disk the root lies on, other mounts left out but `/usr`, `/home`, `/var`, `/opt`, `/tmp` and `/dev/shm` where they are mounts.
    private mutating func walk() throws(ActFailure) {
        var waiting: [HostPath] = []
        for name in [
            "bin", "sbin", "lib", "lib64", "usr", "home", "root", "var", "opt", "srv", "tmp", "etc",
            "run", "dev/shm",
        ] {
            waiting.append(try HostPath("/\(name)"))
        }
        let roots = Set(waiting)
        var devices: [HostPath: UInt64] = [:]
        while let path = waiting.popLast() {
            do throws(ActFailure) {
                let folder = try root.folder(path)
                var status = stat()
                guard unsafe fstat(folder.number, &status) == 0 else { continue }
                let device = UInt64(status.st_dev)
                if !roots.contains(path), let above = devices[path], above != device { continue }
                devices[path] = nil
                for name in try root.names(in: path, namesMax: 1 << 20) {
                    names += 1
                    guard names <= Self.namesMax else {
                        throw ActFailure(
                            .limit,
                            "more than \(Self.namesMax) names on the disk; elevated files are not all found"
                        )
                    }
                    let inner = try path.appending(name)
                    switch elevated(name, in: folder) {
                    case .folder:
                        waiting.append(inner)
                        devices[inner] = device
                    case .elevated: try add(.elevated, inner)
                    case .plain: continue
                    }
                }
            } catch { complain(error) }
            guard names <= Self.namesMax else { return }
        }
    }

    private enum Found { case folder, elevated, plain }

    private func elevated(_ name: [UInt8], in folder: Descriptor) -> Found {
        var status = stat()
        let result = unsafe withCText(name) {
            unsafe fstatat(folder.number, $0, &status, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { return .plain }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG:
            if status.st_mode & 0o6000 != 0 { return .elevated }
            guard status.st_mode & 0o111 != 0 else { return .plain }
            let size = unsafe withCText(Array("/proc/self/fd/\(folder.number)/".utf8) + name) {
                unsafe lgetxattr($0, "security.capability", nil, 0)
            }
            return size > 0 ? .elevated : .plain
        default: return .plain
        }
    }
}
