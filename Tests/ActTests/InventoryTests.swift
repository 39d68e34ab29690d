import Glibc
import TestKit
import Testing

@testable import Act

@Suite struct `The inventory` {
    private func world() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write(
            "/etc/passwd", "root:x:0:0::/root:/bin/bash\nbob:x:7:7::/home/bob:/bin/sh\n")
        try scratch.write("/etc/crontab", "a\nb\n")
        try scratch.write("/usr/bin/tool", "ELF", mode: 0o755)
        return scratch
    }

    private func baseline(_ scratch: Scratch) throws -> Baseline {
        let scan = try AutorunScan(RootFolder(scratch.root))
        #expect(scan.problems.isEmpty)
        return Baseline(at: 1_000, footholds: scan.footholds)
    }

    private static let footholds: [(path: String, place: AutorunPlace)] = [
        ("/etc/cron.d/x", .cron), ("/var/spool/cron/crontabs/bob", .cron),
        ("/var/spool/cron/atjobs/a1", .at), ("/etc/systemd/system/x.service", .unit),
        ("/etc/systemd/system/ssh.service.d/x.conf", .unit),
        ("/home/bob/.config/systemd/user/x.timer", .unit),
        ("/etc/systemd/system-generators/x", .generator), ("/etc/rc.local", .initScript),
        ("/etc/init.d/x", .initScript), ("/etc/profile.d/x.sh", .profile),
        ("/home/bob/.bashrc", .shell),
        ("/home/bob/.ssh/authorized_keys", .ssh), ("/etc/ld.so.preload", .loader),
        ("/etc/udev/rules.d/x.rules", .udev),
        ("/etc/pam.d/sshd", .pam), ("/usr/lib/x86_64-linux-gnu/security/pam_x.so", .pam),
        ("/home/bob/.config/autostart/x.desktop", .autostart), ("/etc/update-motd.d/99-x", .motd),
        ("/etc/NetworkManager/dispatcher.d/x", .network),
        ("/usr/lib/python3/dist-packages/x.pth", .python),
        ("/etc/apt/apt.conf.d/99x", .packages), ("/etc/modules-load.d/x.conf", .modules),
        ("/etc/sudoers.d/x", .sudo),
    ]

    @Test func `finds a new file in each place, and the removal takes it away`() throws {
        let scratch = try world()
        let before = try baseline(scratch)
        for foothold in Self.footholds { try scratch.write(foothold.path, "x") }
        let after = try baseline(scratch)
        let difference = before.difference(to: after)
        for foothold in Self.footholds {
            let found = difference.added.first { $0.path.description == foothold.path }
            #expect(found?.place == foothold.place, "\(foothold.path)")
        }
        #expect(difference.added.count == Self.footholds.count)
        let (removals, beyond) = try difference.removals(in: RootFolder(scratch.root))
        #expect(beyond.isEmpty)
        let items = removals.map(\.json.line).joined(separator: ",")
        let order = try Scratch.order(
            #"{"kind":"remove_persistence","force":true,"items":[\#(items)]}"#)
        #expect(try scratch.desk().execute(order, at: 1_000).outcome == .done)
        #expect(try before.difference(to: baseline(scratch)).isEmpty)
        #expect(try scratch.desk().undo("order-1", reason: "r", at: 1_001).isRestored)
        #expect(try after.difference(to: baseline(scratch)).isEmpty)
    }

    @Test func `names new lines and rights of what was there, and takes only those away`() throws {
        let scratch = try world()
        let before = try baseline(scratch)
        try scratch.write("/etc/crontab", "a\nevil\nb\nevil\n")
        chmod(scratch.root + "/usr/bin/tool", 0o4755)
        let difference = before.difference(to: try baseline(scratch))
        let (removals, beyond) = try difference.removals(in: RootFolder(scratch.root))
        #expect(beyond.isEmpty)
        #expect(
            Set(removals) == [
                PersistenceRemoval(
                    path: try HostPath("/etc/crontab"),
                    part: .lines([Array("evil".utf8), Array("evil".utf8)])),
                PersistenceRemoval(path: try HostPath("/usr/bin/tool"), part: .elevation),
            ])
        let items = removals.map(\.json.line).joined(separator: ",")
        let order = try Scratch.order(#"{"kind":"remove_persistence","items":[\#(items)]}"#)
        _ = try scratch.desk().execute(order, at: 1_000)
        #expect(scratch.text("/etc/crontab") == "a\nb\n")
        #expect(try scratch.state("/usr/bin/tool")?.mode == 0o755)
    }

    @Test func `says what a baseline cannot bring back`() throws {
        let scratch = try world()
        let before = try baseline(scratch)
        try scratch.write("/etc/crontab", "b\n")
        let difference = before.difference(to: try baseline(scratch))
        let (removals, beyond) = try difference.removals(in: RootFolder(scratch.root))
        #expect(removals.isEmpty)
        #expect(beyond == ["/etc/crontab lost lines; bring them back from a backup"])
    }

    @Test func `is written and read back to the same, and refused where it is damaged`() throws {
        let scratch = try world()
        for foothold in Self.footholds { try scratch.write(foothold.path, "x\ny") }
        let baseline = try baseline(scratch)
        #expect(try Baseline(baseline.bytes).footholds == baseline.footholds)
        var random = SplitMix64(seed: 3)
        for _ in 0..<500 {
            var bytes = baseline.bytes
            let index = Int.random(in: bytes.indices, using: &random)
            bytes[index] = UInt8.random(in: 0...255, using: &random)
            // It must be read or refused; only a trap would fail.
            _ = try? Baseline(bytes)
        }
        #expect(throws: ActFailure.self) { try Baseline(Array("{}\n".utf8)) }
    }

    @Test func `reads installed packages, and no others`() {
        let status = """
            Package: a
            Status: install ok installed
            Architecture: amd64
            Version: 1:2-3
            Description: x
             Package: no

            Package: b
            Status: deinstall ok config-files
            Version: 1

            """
        let packages = HostFacts.packages(ofStatus: Array(status.utf8))
        #expect(
            packages == [
                .members([
                    "name": .string("a"), "version": .string("1:2-3"), "arch": .string("amd64"),
                ])
            ])
    }

    @Test(
        arguments: [
            ("0100007F:1F90", "127.0.0.1", 8080),
            ("00000000000000000000000001000000:0016", "::1", 22),
        ] as [(String, String, Int64)])
    func `reads sockets as the kernel writes them`(text: String, address: String, port: Int64) {
        let socket = HostFacts.socket(text)
        #expect(socket?.address == address && socket?.port == port)
    }
}
