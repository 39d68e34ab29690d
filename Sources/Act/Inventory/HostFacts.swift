internal import Glibc

/// What else a host is: packages, users, groups, ports, kernel, mounts and containers.
///
/// Files are read below the root; ports, kernel, mounts and containers are those of the running system.
package struct HostFacts {
    static let packagesMax = 100_000
    static let statusBytesMax = 64 << 20

    let root: RootFolder

    package init(_ root: RootFolder) { self.root = root }

    package func json() throws(ActFailure) -> JSONValue {
        let files = AccountFiles(root: root)
        let users = try files.users().map { user in
            JSONValue.members([
                "name": .string(user.name), "uid": .integer(Int64(user.id)),
                "home": .string(user.home),
                "shell": .string(user.shell),
            ])
        }
        return .members([
            "kernel": .string(line("/proc/sys/kernel/osrelease")),
            "packages": .array(try packages()), "users": .array(users),
            "groups": .array(try groups()),
            "ways_to_root": .array(try files.waysIn().map { .string($0) }),
            "listening": .array(try listening()), "mounts": .array(mounts()),
            "containers": .array(containers().map { .string($0) }),
        ])
    }

    private func read(_ path: String) -> String {
        guard let file = Descriptor(unsafe open(path, O_RDONLY | O_CLOEXEC)),
            let bytes = try? file.readAll(bytesMax: 16 << 20)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func line(_ path: String) -> String { String(read(path).prefix { $0 != "\n" }) }

    /// Installed packages of dpkg, else of rpm.
    func packages() throws(ActFailure) -> [JSONValue] {
        if let file = try? HostPath("/var/lib/dpkg/status") {
            let folder = try? root.folder(of: file)
            let look = try folder.map { (folder) throws(ActFailure) in
                try FileLook.look(at: file.name, in: folder, as: file)
            }
            if let text = try look??.file?.readAll(bytesMax: Self.statusBytesMax) {
                return Self.packages(ofStatus: text)
            }
        }
        guard root.path == "/", Tool.path(of: "rpm") != nil else { return [] }
        let result = try Tool.run([
            "rpm", "-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n",
        ])
        return String(decoding: result.output, as: UTF8.self).split(separator: "\n")
            .prefix(Self.packagesMax).compactMap { line in
                let parts = line.split(separator: "\t").map(String.init)
                return parts.count == 3 ? Self.package(parts[0], parts[1], parts[2]) : nil
            }
    }

    private static func package(_ name: String, _ version: String, _ machine: String) -> JSONValue {
        .members(["name": .string(name), "version": .string(version), "arch": .string(machine)])
    }

    /// - Source: deb-control(5), the status file of dpkg.
    static func packages(ofStatus text: [UInt8]) -> [JSONValue] {
        var found: [JSONValue] = []
        var fields: [String: String] = [:]
        func end() {
            if let name = fields["Package"], let version = fields["Version"],
                fields["Status"]?.hasSuffix(" installed") == true, found.count < packagesMax
            {
                found.append(package(name, version, fields["Architecture"] ?? ""))
            }
            fields = [:]
        }
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let first = line.first else {
                end()
                continue
            }
            guard first != 0x20, let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                continue
            }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            guard ["Package", "Version", "Status", "Architecture"].contains(name) else { continue }
            fields[name] = String(decoding: line[(colon + 1)...].drop { $0 == 0x20 }, as: UTF8.self)
        }
        end()
        return found
    }

    func groups() throws(ActFailure) -> [JSONValue] {
        LineEdit.lines(of: try AccountFiles(root: root).text("/etc/group") ?? []).compactMap {
            line in
            let fields = AccountFiles.fields(LineEdit.bare(line)).map(AccountFiles.text)
            guard fields.count == 4, let id = Int64(fields[2]) else { return nil }
            let members = fields[3].split(separator: ",").map { JSONValue.string(String($0)) }
            return .members([
                "name": .string(fields[0]), "gid": .integer(id), "members": .array(members),
            ])
        }
    }

    /// Sockets that wait for others, with the process that has them where it can be seen.
    func listening() throws(ActFailure) -> [JSONValue] {
        var owners: [String: ProcessTable.Row] = [:]
        for row in try ProcessTable.all() {
            let folder = "/proc/\(row.identity.pid)/fd"
            for name in JournalFolder.names(in: folder) {
                var target = [CChar](repeating: 0, count: 64)
                let count = unsafe readlink("\(folder)/\(name)", &target, 63)
                guard count > 8 else { continue }
                let text = String(
                    decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.hasPrefix("socket:[") { owners[String(text.dropFirst(8).dropLast())] = row }
            }
        }
        var found: [JSONValue] = []
        for (name, waiting) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")] {
            for line in read("/proc/net/\(name)").split(separator: "\n").dropFirst() {
                let words = line.split(separator: " ")
                guard words.count > 9, words[3] == waiting,
                    let (address, port) = Self.socket(String(words[1]))
                else { continue }
                let owner = owners[String(words[9])]
                found.append(
                    .members([
                        "protocol": .string(String(name.prefix(3))), "address": .string(address),
                        "port": .integer(port),
                        "pid": owner.map { .integer(Int64($0.identity.pid)) },
                        "process": owner.map { .string($0.name) },
                    ]))
            }
        }
        return found
    }

    /// `0100007F:1F90` → 127.0.0.1, 8080; words are in the machine's order.
    static func socket(_ text: String) -> (address: String, port: Int64)? {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 2, let port = Int64(parts[1], radix: 16),
            let raw = Hex.bytes(parts[0]),
            [4, 16].contains(raw.count)
        else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: raw.count, by: 4) {
            bytes += raw[start..<(start + 4)].reversed()
        }
        return (AddressRange(bytes: bytes).description, port)
    }

    func mounts() -> [JSONValue] {
        read("/proc/self/mountinfo").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let dash = words.firstIndex(of: "-"), words.count > dash + 2, dash > 5 else {
                return nil
            }
            return .members([
                "at": .string(words[4]), "options": .string(words[5]),
                "type": .string(words[dash + 1]),
                "from": .string(words[dash + 2]),
            ])
        }
    }

    /// Ids of 64 hexadecimal digits in the control groups of processes: how container engines name theirs.
    func containers() -> [String] {
        var found: Set<String> = []
        for name in JournalFolder.names(in: "/proc") where Int32(name) != nil {
            for part in read("/proc/\(name)/cgroup").split(whereSeparator: { "/\n-.:".contains($0) }
            ) {
                if part.utf8.count == 64, Hex.bytes(String(part)) != nil {
                    found.insert(String(part))
                }
            }
        }
        return found.sorted()
    }
}
