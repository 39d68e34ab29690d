import Sigma
import Testing

@testable import Engine

@Suite struct `Storyline lineage` {
    private static let shell = #"C:\Windows\System32\cmd.exe"#
    private static let services = #"C:\Windows\System32\services.exe"#

    /// Security 4688.
    private static func security(
        _ pid: String, _ image: String, parent: String, _ parentImage: String,
        host: String = "WS01"
    ) -> [(String, String)] {
        [
            ("Channel", "Security"), ("EventID", "4688"), ("Computer", host),
            ("SubjectUserName", "alice"), ("SubjectDomainName", "CORP"),
            ("SubjectLogonId", "0x51000"), ("TargetUserName", "-"), ("TargetLogonId", "0x0"),
            ("NewProcessId", pid), ("NewProcessName", image), ("ProcessId", parent),
            ("ParentProcessName", parentImage), ("CommandLine", image),
        ]
    }

    @Test func `a start told by Sysmon and by the Security log is one process`() throws {
        var scene = Scene()
        scene.start(10, "WS01", 7, Self.shell, parent: 900, Self.services, alert: "Shell")
        scene.event(
            10.1, .windows, .processStart,
            Self.security("0xfa7", Self.shell, parent: "0x5dc", Self.services), alert: "Shell too")
        let outcome = scene.run()
        let incident = try #require(outcome.incidents.first)
        #expect(outcome.incidents.count == 1)
        #expect(incident.entities.filter { $0.kind == .process }.count == 1)
    }

    @Test func `a process id used again is another process`() throws {
        var scene = Scene()
        let tool = #"C:\Users\Public\a.exe"#
        scene.event(
            0, .windows, .processStart,
            Self.security("0x100", Self.shell, parent: "0x50", Self.services))
        scene.event(
            5, .windows, .processStart,
            Self.security("0x104", tool, parent: "0x100", Self.shell), alert: "First")
        scene.event(
            20_000, .windows, .processStart,
            Self.security("0x100", Self.shell, parent: "0x54", Self.services))
        scene.event(
            20_005, .windows, .processStart,
            Self.security("0x108", tool, parent: "0x100", Self.shell), alert: "Second")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 2)
        let roots = Set(outcome.incidents.compactMap { $0.root?.text })
        #expect(
            roots == [
                "process:WS01|256@2026-03-02T09:00:00Z", "process:WS01|256@2026-03-02T14:33:20Z",
            ])
    }

    @Test func `a parent of another name than the child says is not its parent`() throws {
        var scene = Scene()
        scene.event(
            0, .windows, .processStart,
            Self.security("0x100", #"C:\old\other.exe"#, parent: "0x50", Self.services))
        scene.event(
            50, .windows, .processStart,
            Self.security("0x104", #"C:\a.exe"#, parent: "0x100", Self.shell), alert: "First")
        let root = try #require(scene.run().incidents.first?.root)
        #expect(root.text == "process:WS01|256@?cmd.exe")
    }

    @Test func `a process mentioned before its start was read still finds it`() throws {
        var scene = Scene()
        scene.event(
            30, .windows, .registryWrite,
            [
                ("EventID", "13"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(5)),
                ("ProcessId", "4005"), ("Image", Self.shell),
                ("TargetObject", #"HKLM\Software\Run\x"#),
            ], alert: "Run key")
        scene.start(20, "WS01", 5, Self.shell, parent: 4, #"C:\Tools\parent.exe"#)
        scene.start(10, "WS01", 4, #"C:\Tools\parent.exe"#, parent: 900, Self.services)
        let incident = try #require(scene.run().incidents.first)
        #expect(incident.root?.text == "process:WS01|\(Scene.guid(4).lowercased())")
        // The account is known from the start only.
        #expect(incident.entities.contains { $0.id.text == #"user:corp\alice"# })
    }

    @Test func `what ssh began is followed through sudo to what root ran`() throws {
        var scene = Scene()
        func exec(
            _ second: Double, _ pid: Int, _ parent: Int, _ exe: String, _ line: String,
            alert: String? = nil, in scene: inout Scene
        ) {
            let words = line.split(separator: " ").enumerated().map { ("a\($0)", String($1)) }
            scene.event(
                second, .auditd, .processStart,
                [
                    ("node", "web-01"), ("pid", "\(pid)"), ("ppid", "\(parent)"), ("exe", exe),
                    ("ses", "12"), ("auid", "1001"), ("comm", "x"),
                ] + words, alert: alert)
        }
        scene.event(
            0, .linux, .logon,
            [
                ("hostname", "web-01"), ("program", "sshd"), ("pid", "800"),
                ("message", "Accepted publickey for bob from 198.51.100.7 port 50222 ssh2"),
            ])
        exec(2, 810, 800, "/bin/bash", "/bin/bash -l", in: &scene)
        exec(30, 820, 810, "/usr/bin/sudo", "sudo /bin/sh", alert: "Sudo shell", in: &scene)
        exec(31, 821, 820, "/bin/sh", "/bin/sh", in: &scene)
        exec(
            40, 830, 821, "/usr/bin/curl", "curl http://198.51.100.9/x", alert: "Download",
            in: &scene)
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        let incident = try #require(outcome.incidents.first)
        #expect(incident.root?.text == "address:198.51.100.7")
        #expect(outcome.edges.contains("198.51.100.7 > logged on from > session of bob"))
        #expect(outcome.edges.contains("bash > spawned > sudo"))
        #expect(outcome.edges.contains("sh > spawned > curl"))
    }

    @Test func `a shell that becomes another program keeps its story`() {
        var scene = Scene()
        for (second, exe) in [(0.0, "/bin/sh"), (1, "/usr/bin/python3")] {
            scene.event(
                second, .auditd, .processStart,
                [
                    ("node", "web-01"), ("pid", "50"), ("ppid", "1"), ("exe", exe), ("ses", "1"),
                    ("auid", "1000"),
                ], alert: "Ran \(exe)")
        }
        #expect(scene.run().edges.contains("sh > spawned > python3"))
    }
}
