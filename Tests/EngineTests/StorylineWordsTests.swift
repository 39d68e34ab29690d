import Sigma
import Testing

@testable import Engine

/// What a person reads at three in the morning.
@Suite struct `Storyline in words` {
    private static let shell = #"C:\Windows\System32\cmd.exe"#
    private static let explorer = #"C:\Windows\explorer.exe"#

    private func story(_ scene: Scene) -> [String] { scene.run().incidents.flatMap(\.story) }

    @Test func `each program is told at its own time, on a host without a name too`() {
        var scene = Scene()
        for (second, line) in [(0, "cat /etc/shadow"), (40, "shred -u /var/log/auth.log")] {
            scene.event(
                Double(second), .auditd, .processStart,
                [
                    ("pid", "\(3000 + second)"), ("ppid", "1"), ("User", "root"),
                    ("exe", "/usr/bin/\(line.prefix(3))"), ("CommandLine", line),
                ], alert: line)
        }
        let story = story(scene)
        #expect(story.contains { $0.contains("09:00:00") && $0.contains("“cat /etc/shadow”") })
        #expect(story.contains { $0.contains("09:00:40") && $0.contains("“shred -u") })
    }

    @Test func `values of one kind set one after another are one sentence`() {
        var scene = Scene()
        for (number, value) in ["(Default)", "DelegateExecute", "Third"].enumerated() {
            scene.event(
                Double(number), .windows, .registryWrite,
                [
                    ("EventID", "13"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                    ("ProcessId", "4001"), ("Image", Self.shell), ("User", "CORP\\alice"),
                    ("TargetObject", #"HKU\S-1_Classes\ms-settings\shell\open\command\"# + value),
                ], alert: "Class set")
        }
        let told = story(scene).filter { $0.contains("Class set") }
        #expect(told.count == 1)
        #expect(told.first?.contains("(Default), and 2 more like it") == true)
    }

    @Test func `services stopped one after another are one sentence`() {
        var scene = Scene()
        for (number, service) in ["VSS", "SQLWriter", "MSSQL"].enumerated() {
            scene.start(
                Double(number), "WS01", 10 + number, #"C:\Windows\System32\net.exe"#, parent: 1,
                Self.shell, line: "net stop \(service)", alert: "Service stopped")
        }
        let told = story(scene).filter { $0.contains("Service stopped") }
        #expect(told.count == 1)
        #expect(told.first?.contains("“net stop VSS”, and 2 more like it") == true)
    }

    @Test func `the same again hours later is told again`() {
        var scene = Scene()
        for number in 0..<2 {
            scene.start(
                Double(number) * 1800, "WS01", 10 + number, #"C:\Windows\System32\net.exe"#,
                parent: 1, Self.shell, line: "net stop VSS", alert: "Service stopped")
        }
        #expect(story(scene).filter { $0.contains("Service stopped") }.count == 2)
    }

    @Test func `what only the system's log told of is named by log and event`() {
        var scene = Scene()
        scene.event(
            0, .windows, .other,
            [
                ("Channel", "Microsoft-Windows-Windows Defender/Operational"), ("EventID", "5001"),
                ("Computer", "WS01"),
            ], alert: "Protection off")
        #expect(
            story(scene).contains {
                $0.contains("on WS01, Windows Defender event 5001 was logged: Protection off")
            })
    }

    @Test func `a title names whose doing it was rather than a number`() {
        var scene = Scene()
        for (number, title) in ["One", "Two"].enumerated() {
            scene.event(
                Double(number), .windows, .shareAccess,
                [
                    ("EventID", "5145"), ("Computer", "SRV02"), ("SubjectUserName", "svc1"),
                    ("SubjectDomainName", "CORP"), ("SubjectLogonId", "0x19c4"),
                    ("ShareName", #"\\*\ADMIN$"#),
                ], alert: title, tags: ["attack.lateral-movement"])
        }
        let titles = scene.run().incidents.map(\.title)
        #expect(titles.count == 1)
        #expect(titles.allSatisfy { $0.contains("svc1") && !$0.contains("0x") })
    }
}
