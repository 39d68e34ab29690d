/// Users, groups and ways in, as the files under a root say.
///
/// Only local accounts are known: what a directory service adds does not stand in these files.
struct AccountFiles {
    struct User: Hashable {
        var name: String
        var id: UInt32
        var home: String
        var shell: String
    }

    static let fileBytesMax = 4 << 20
    static let shadow = "/etc/shadow"

    let root: RootFolder

    func text(_ path: String) throws(ActFailure) -> [UInt8]? {
        try text(HostPath(path))
    }

    /// Nil where there is no such file, or it is none.
    func text(_ path: HostPath) throws(ActFailure) -> [UInt8]? {
        do {
            let folder = try root.folder(of: path)
            let look = try FileLook.look(at: path.name, in: folder, as: path)
            return try look?.file?.readAll(bytesMax: Self.fileBytesMax)
        } catch  where error.code == .missing { return nil }
    }

    func users() throws(ActFailure) -> [User] {
        let lines = LineEdit.lines(of: try text("/etc/passwd") ?? [])
        return lines.compactMap { line in
            let fields = Self.fields(LineEdit.bare(line))
            guard fields.count == 7, let id = UInt32(Self.text(fields[2])) else { return nil }
            return User(
                name: Self.text(fields[0]), id: id, home: Self.text(fields[5]),
                shell: Self.text(fields[6]))
        }
    }

    func user(_ name: String) throws(ActFailure) -> User {
        guard let user = try users().first(where: { $0.name == name }) else {
            throw ActFailure(.missing, "there is no local user `\(name)`")
        }
        return user
    }

    static func fields(_ line: [UInt8]) -> [ArraySlice<UInt8>] {
        line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    }

    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The line of a user in `shadow` locked and expired; nil where it is so already, or is another user's.
    ///
    /// - Source: shadow(5). A `!` before the password lets none be right; 1 as the date of expiry refuses keys as well.
    static func disabled(_ line: [UInt8], user: String) -> [UInt8]? {
        var fields = fields(line).map { Array($0) }
        guard fields.count == 9, fields[0].elementsEqual(user.utf8) else { return nil }
        if fields[1].first != UInt8(ascii: "!") { fields[1].insert(UInt8(ascii: "!"), at: 0) }
        fields[7] = [UInt8(ascii: "1")]
        let changed = Array(fields.joined(separator: [UInt8(ascii: ":")]))
        return changed == line ? nil : changed
    }

    /// Where a user's SSH keys stand; files that are not there are left out.
    func keyFiles(of user: User) throws(ActFailure) -> [HostPath] {
        guard user.home.hasPrefix("/"), user.home != "/" else { return [] }
        var found: [HostPath] = []
        for name in ["authorized_keys", "authorized_keys2"] {
            let path = try HostPath("\(user.home)/.ssh/\(name)")
            if try text(path) != nil { found.append(path) }
        }
        return found
    }

    /// The base64 text of a key's line, wherever options end; nil for comments and empty lines.
    ///
    /// - Source: sshd(8), AUTHORIZED_KEYS FILE FORMAT.
    static func key(of line: [UInt8]) -> [UInt8]? {
        let words = line.split { $0 == 0x20 || $0 == 0x09 }
        guard words.first?.first != UInt8(ascii: "#") else { return nil }
        let kinds = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"]
        for (index, word) in words.enumerated() where index + 1 < words.count {
            if kinds.contains(where: { word.starts(with: $0.utf8) }) {
                return Array(words[index + 1])
            }
        }
        return nil
    }
}

/// Who can still become root: an action must not lock out the last.
extension AccountFiles {
    private static let elevated = ["sudo", "wheel", "admin"]

    /// Users with a way in as root: user id 0, or in a group that may use sudo; with a usable password or an SSH key, not expired, and
    /// a shell that is one.
    ///
    /// - Parameters:
    ///   - disabled: taken as locked and expired.
    ///   - withoutKeys: taken as having no SSH key.
    func waysIn(
        disabled: String? = nil, withoutKeys: String? = nil
    ) throws(ActFailure) -> [String] {
        let members = try elevatedMembers()
        let shadow = LineEdit.lines(of: try text(Self.shadow) ?? []).map(LineEdit.bare)
        var ways: [String] = []
        for user in try users() where user.id == 0 || members.contains(user.name) {
            guard user.name != disabled, !Self.isShut(user.shell) else { continue }
            let line = shadow.first { Self.fields($0).first.map(Self.text) == user.name }
            let fields = line.map(Self.fields) ?? []
            if fields.count == 9, !fields[7].isEmpty, let day = Int(Self.text(fields[7])), day <= 1
            {
                continue
            }
            let hasPassword =
                fields.count > 1
                && (fields[1].isEmpty || fields[1].first == UInt8(ascii: "$")
                    || fields[1].count >= 13
                        && fields[1].first != UInt8(ascii: "!"))
            let hasKey = try hasKeys(user)
            if hasPassword || (hasKey && user.name != withoutKeys) { ways.append(user.name) }
        }
        return ways
    }

    private func hasKeys(_ user: User) throws(ActFailure) -> Bool {
        for path in try keyFiles(of: user) {
            let lines = LineEdit.lines(of: try text(path) ?? [])
            if lines.contains(where: { Self.key(of: LineEdit.bare($0)) != nil }) { return true }
        }
        return false
    }

    private func elevatedMembers() throws(ActFailure) -> Set<String> {
        var members: Set<String> = []
        for line in LineEdit.lines(of: try text("/etc/group") ?? []) {
            let fields = Self.fields(LineEdit.bare(line)).map(Self.text)
            guard fields.count == 4, Self.elevated.contains(fields[0]) else { continue }
            members.formUnion(fields[3].split(separator: ",").map(String.init))
        }
        return members
    }

    private static func isShut(_ shell: String) -> Bool {
        ["nologin", "false", "sync", "shutdown", "halt"].contains { shell.hasSuffix("/" + $0) }
    }
}
