internal import Crypto
internal import Glibc

/// What an investigator asks for first, gathered into a folder: processes with their memory maps, sockets, autoruns, facts, logs and files named, with
/// a manifest of digests that this host signs.
///
/// - In the folder: `processes.jsonl`, `facts.json`, `autoruns.jsonl`, `files/N` and `manifest.jsonl`, whose lines name each of them with bytes and SHA-256, and for
///   `files/N` the path it came from; its last line says what was left out and why.
/// - Reads only; the folder is for its owner alone and must not be there yet.
/// - Limits: 64 MiB a file, 512 MiB in all, 1,000 files.
package struct TriagePackage {
    package static let fileBytesMax: Int64 = 64 << 20
    package static let bytesMax: Int64 = 512 << 20
    package static let filesMax = 1_000
    static let logs = [
        "/var/log/auth.log", "/var/log/secure", "/var/log/syslog", "/var/log/messages",
        "/var/log/audit/audit.log", "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog",
        "/var/log/dpkg.log", "/var/log/apt/history.log",
    ]

    let folder: String
    private var lines: [JSONValue] = []
    private var left: [String] = []
    private var total: Int64 = 0
    private var files = 0

    /// - Returns: SHA-256 of the manifest, and the host's signature over the manifest.
    package static func collect(
        into folder: String, files: [HostPath], desk: ActionDesk, at now: Int64
    ) throws(ActFailure) -> (digest: String, signature: [UInt8], left: [String]) {
        guard unsafe mkdir(folder, 0o700) == 0, unsafe mkdir(folder + "/files", 0o700) == 0 else {
            throw SystemProblem.failure("cannot make \(folder); it must not be there yet")
        }
        var package = TriagePackage(folder: folder)
        let root = desk.endpoint.root
        try package.put(try processes(), as: "processes.jsonl")
        try package.put(try HostFacts(root).json().bytes + [0x0A], as: "facts.json")
        let scan = try AutorunScan(root, withElevated: false)
        try package.put(Baseline(at: now, footholds: scan.footholds).bytes, as: "autoruns.jsonl")
        package.left += scan.problems
        for log in logs { try package.copy(try HostPath(log), from: root, isAsked: false) }
        for path in files { try package.copy(path, from: root, isAsked: true) }
        let end = JSONValue.members([
            "at": .integer(now), "left_out": .array(package.left.map { .string($0) }),
        ])
        let manifest = Array((package.lines + [end]).map { $0.bytes + [0x0A] }.joined())
        try JournalFolder.write(manifest, as: "manifest.jsonl", in: folder)
        return (FileDraft.digest(manifest), try desk.signature(over: manifest), package.left)
    }

    private init(folder: String) { self.folder = folder }

    private mutating func put(_ bytes: [UInt8], as name: String) throws(ActFailure) {
        try JournalFolder.write(bytes, as: name, in: folder)
        total += Int64(bytes.count)
        lines.append(
            .members([
                "name": .string(name), "bytes": .integer(Int64(bytes.count)),
                "sha256": .string(FileDraft.digest(bytes)),
            ]))
    }

    private mutating func copy(
        _ path: HostPath, from root: RootFolder, isAsked: Bool
    ) throws(ActFailure) {
        let name = "files/\(files)"
        do throws(ActFailure) {
            guard files < Self.filesMax else {
                throw ActFailure(.limit, "more than \(Self.filesMax) files")
            }
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            guard let file = Descriptor(unsafe open("\(folder)/\(name)", flags, 0o600)) else {
                throw SystemProblem.failure("cannot write \(folder)/\(name)")
            }
            var bytes: Int64 = 0
            let room = min(Self.fileBytesMax, Self.bytesMax - total)
            let parent = try root.folder(of: path)
            let look = try FileLook.look(at: path.name, in: parent, as: path) {
                (piece) throws(ActFailure) in
                bytes += Int64(piece.count)
                guard bytes <= room else {
                    throw ActFailure(.limit, "\(path) is too large for the package")
                }
                try file.write(piece)
            }
            guard let look, look.state.kind == .file else {
                throw ActFailure(.missing, "there is no file \(path)")
            }
            total += bytes
            files += 1
            lines.append(
                .members([
                    "name": .string(name), "path": path.json, "bytes": .integer(bytes),
                    "sha256": .string(look.state.digest), "state": look.state.json,
                ]))
        } catch {
            unsafe unlink("\(folder)/\(name)")
            if isAsked || error.code != .missing { left.append(error.message) }
        }
    }

    /// One line a process; what ends meanwhile is left out.
    private static func processes() throws(ActFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in try ProcessTable.all() {
            let folder = "/proc/\(row.identity.pid)/"
            let command = read(folder + "cmdline").split(separator: 0).map { part in
                JSONValue.string(String(decoding: part, as: UTF8.self))
            }
            let maps = Set(
                read(folder + "maps").split(separator: 0x0A).compactMap { line -> String? in
                    let words = line.split(separator: 0x20, maxSplits: 5).map {
                        String(decoding: $0, as: UTF8.self)
                    }
                    guard words.count == 6, words[1].contains("x") else { return nil }
                    return words[1] + " " + words[5].drop { $0 == " " }
                })
            let value = JSONValue.members([
                "process": row.identity.json, "parent": .integer(Int64(row.parent)),
                "name": .string(row.name),
                "uid": .integer(Int64(row.user)), "command": .array(command),
                "program": target(folder + "exe").map { .string($0) },
                "folder": target(folder + "cwd").map { .string($0) },
                "executable_maps": .array(maps.sorted().map { .string($0) }),
            ])
            bytes += value.bytes + [0x0A]
        }
        return bytes
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = Descriptor(unsafe open(path, O_RDONLY | O_CLOEXEC)) else { return [] }
        return (try? file.readAll(bytesMax: 4 << 20)) ?? []
    }

    private static func target(_ link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(link, &buffer, 4096)
        guard count > 0, count < 4096 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
