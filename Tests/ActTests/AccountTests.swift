import Glibc
import Testing

@testable import Act

@Suite struct `Accounts` {
    private static let shadow = """
        root:$6$a$b:19000:0:99999:7:::
        mallory:$6$c$d:19500:0:99999:7:::
        alice:$6$e$f:19500:0:99999:7:::
        """

    private func world(shadow: String = shadow, sudo: String = "") throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write("/etc/shadow", shadow, mode: 0o640)
        try scratch.write(
            "/etc/passwd",
            """
            root:x:0:0::/root:/bin/bash
            mallory:x:1001:1001::/home/mallory:/bin/bash
            alice:x:1002:1002::/home/alice:/bin/bash

            """)
        try scratch.write("/etc/group", "sudo:x:27:\(sudo)\n")
        try scratch.write(
            "/home/mallory/.ssh/authorized_keys", "ssh-ed25519 AAAA1 a\nssh-rsa AAAA2 b")
        return scratch
    }

    private func disable(_ user: String, force: Bool = false) -> String {
        #"{"kind":"disable_user","user":"\#(user)","force":\#(force)}"#
    }

    @Test func `are locked and expired, and are as before after an undo`() throws {
        let scratch = try world()
        let before = try scratch.state("/etc/shadow")
        let desk = try scratch.desk()
        _ = try desk.execute(Scratch.order(disable("mallory")), at: 1_000)
        let lines = try #require(scratch.text("/etc/shadow")).split(separator: "\n")
        #expect(lines[1] == "mallory:!$6$c$d:19500:0:99999:7::1:")
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).isRestored)
        let after = try #require(try scratch.state("/etc/shadow"))
        #expect(try after.isSame(as: #require(before)))
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func `of two, each undone in any order, are both as before`(order: [Int]) throws {
        let scratch = try world()
        let before = try #require(try scratch.state("/etc/shadow"))
        let desk = try scratch.desk()
        for (number, user) in ["mallory", "alice"].enumerated() {
            let order = try Scratch.order(disable(user), id: "o\(number)")
            #expect(try desk.execute(order, at: 1_000).outcome == .done)
        }
        for number in order {
            #expect(try desk.undo("o\(number)", reason: "r", at: 1_001).outcome == .undone)
        }
        let after = try #require(try scratch.state("/etc/shadow"))
        #expect(scratch.text("/etc/shadow") == Self.shadow)
        #expect(after.mode == before.mode && after.owner == before.owner)
    }

    @Test func `that others changed meanwhile lose only what was done to them`() throws {
        let scratch = try world()
        let desk = try scratch.desk()
        _ = try desk.execute(Scratch.order(disable("mallory")), at: 1_000)
        let text = try #require(scratch.text("/etc/shadow"))
        try scratch.write("/etc/shadow", text + "\nbob:*:1:0:99999:7:::\n")
        let receipt = try desk.undo("order-1", reason: "r", at: 1_001)
        #expect(receipt.outcome == .undone && !receipt.isRestored)
        #expect(
            receipt.notes == ["/etc/shadow changed since; only the lines taken out were put back"])
        #expect(scratch.text("/etc/shadow") == Self.shadow + "\nbob:*:1:0:99999:7:::\n")
    }

    @Test func `keep the last way in as root, unless it is meant`() throws {
        let scratch = try world()
        let desk = try scratch.desk()
        #expect(try desk.execute(Scratch.order(disable("root")), at: 1_000).outcome == .refused)
        let forced = try Scratch.order(disable("root", force: true), id: "o2")
        #expect(try desk.execute(forced, at: 1_000).outcome == .done)
        let second = try world(sudo: "alice")
        let other = try second.desk()
        #expect(try other.execute(Scratch.order(disable("root")), at: 1_000).outcome == .done)
        #expect(
            try other.execute(Scratch.order(disable("alice"), id: "o3"), at: 1_000).outcome
                == .refused)
    }

    @Test func `lose the keys named, or all`() throws {
        let scratch = try world()
        let desk = try scratch.desk()
        let path = "/home/mallory/.ssh/authorized_keys"
        let before = scratch.text(path)
        let one = #"{"kind":"revoke_keys","user":"mallory","keys":["AAAA1"]}"#
        _ = try desk.execute(Scratch.order(one), at: 1_000)
        #expect(scratch.text(path) == "ssh-rsa AAAA2 b")
        let all = try Scratch.order(#"{"kind":"revoke_keys","user":"mallory"}"#, id: "o2")
        _ = try desk.execute(all, at: 1_000)
        #expect(scratch.text(path) == "")
        _ = try desk.undo("order-1", reason: "r", at: 1_001)
        _ = try desk.undo("o2", reason: "r", at: 1_001)
        #expect(
            scratch.text(path).map { Set($0.split(separator: "\n")) }
                == before.map { Set($0.split(separator: "\n")) })
    }

    @Test(
        arguments: [
            ("ssh-ed25519 AAAA1 a", "AAAA1"), (#"command="x y",no-pty ssh-rsa AAAA2"#, "AAAA2"),
            ("ecdsa-sha2-nistp256 E x", "E"), ("# ssh-rsa AAAA3", nil), ("", nil), ("ssh-rsa", nil),
        ] as [(String, String?)])
    func `have the key of a line wherever it stands`(line: String, key: String?) {
        #expect(AccountFiles.key(of: Array(line.utf8)) == key.map { Array($0.utf8) })
    }
}

@Suite struct `Persistence` {
    @Test func `is taken away by the line, the file or the right, and comes back whole`() throws {
        let scratch = try Scratch()
        try scratch.write("/etc/crontab", "a\n* * * * * root /tmp/.x\nb\n")
        try scratch.write("/etc/ld.so.preload", "/evil.so\n")
        try scratch.write("/bin/shell", "ELF", mode: 0o6755)
        symlink("../evil.service", scratch.root + "/etc/wants")
        let paths = ["/etc/crontab", "/etc/ld.so.preload", "/bin/shell", "/etc/wants"]
        let before = try paths.map { try scratch.state($0) }
        let action = #"""
            {"kind":"remove_persistence","items":[{"path":"/etc/crontab","lines":["* * * * * root /tmp/.x"]},
            {"path":"/etc/ld.so.preload"},{"path":"/bin/shell","part":"elevation"},{"path":"/etc/wants"}]}
            """#.split(separator: "\n").joined()
        let desk = try scratch.desk()
        let receipt = try desk.execute(Scratch.order(action), at: 1_000)
        #expect(receipt.outcome == .done, "\(receipt)")
        #expect(scratch.text("/etc/crontab") == "a\nb\n")
        #expect(try scratch.state("/bin/shell")?.mode == 0o755)
        #expect(try scratch.state("/etc/wants") == nil)
        #expect(try desk.examine(at: 1_000).flatMap(\.problems).isEmpty)
        try scratch.write("/etc/ld.so.preload", "/evil.so\n")
        try scratch.write("/etc/crontab", "* * * * * root /tmp/.x\na\nb\n")
        #expect(try desk.examine(at: 1_000).flatMap(\.problems).count == 2)
        try scratch.write("/etc/crontab", "a\nb\n")
        unlink(scratch.root + "/etc/ld.so.preload")
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).outcome == .undone)
        #expect(try paths.map { try scratch.state($0)?.digest } == before.map { $0?.digest })
        #expect(try scratch.state("/bin/shell")?.mode == 0o6755)
    }

    @Test(arguments: ["/etc/shadow", "/etc/pam.d/common-auth", "/etc/sudoers"])
    func `leaves what sign-in needs, unless it is meant`(path: String) throws {
        let scratch = try Scratch()
        try scratch.write(path, "x")
        let action = #"{"kind":"remove_persistence","items":[{"path":"\#(path)"}]}"#
        #expect(try scratch.desk().execute(Scratch.order(action), at: 1_000).outcome == .refused)
        #expect(scratch.text(path) == "x")
    }
}
