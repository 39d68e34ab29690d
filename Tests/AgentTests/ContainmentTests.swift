import Engine
import FoundationEssentials
import Sigma
import SwiftProtobuf
import Testing
import Wire

@testable import Agent

@Suite struct `What a host does by itself` {
    private static let noon = Timestamp(nanoseconds: 1_800_014_400_000_000_000)

    private static func later(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: noon.nanoseconds + seconds * 1_000_000_000)
    }

    private static func policy(
        _ action: String, rules: [String] = ["r1"], level: String = "", perHour: UInt32 = 0,
        version: UInt64 = 7
    ) -> WirePolicy {
        .with {
            $0.tenant = "acme"
            $0.version = version
            $0.containment = [
                .with {
                    $0.name = "a \(action)"
                    $0.rules = rules
                    $0.level = level
                    $0.action = action
                    $0.perHour = perHour
                }
            ]
        }
    }

    private static let process = ("ProcessGuid", "8c5fcb624fd24385-12287-4377350")

    private static func alert(
        _ fields: [(String, String)] = [process], id: String = "a1", rule: String = "r1",
        level: Level = .high
    ) -> HostAlert {
        HostAlert(
            id: id, ruleID: rule, ruleTitle: "Ember", level: level, time: noon, sequence: 4,
            event: RetainedEvent(
                reference: RecordReference(source: 0, record: 1, offset: 0, order: 0), time: noon,
                fields))
    }

    private static func order(
        _ policy: WirePolicy, _ alert: HostAlert, at time: Timestamp = noon
    ) -> StandingOrder? {
        var book = ContainmentBook(policy, agent: "web-1")
        guard case .act(let order)? = book.judge(alert, at: time).first else { return nil }
        return order
    }

    @Test(arguments: [
        ("suspend_processes", #""processes":[{"pid":12287,"start":4377350}],"tree":true"#, true),
        ("kill_processes", #""processes":[{"pid":12287,"start":4377350}],"tree":true"#, false),
        ("restore_files", #""processes":[{"pid":12287,"start":4377350}]"#, false),
        ("quarantine_file", #""paths":["/tmp/x"]"#, true),
        ("block_network", #""addresses":["192.0.2.9"]"#, true),
        ("isolate_host", #""kind":"isolate_host""#, true),
        ("disable_user", #""user":"eve""#, true), ("end_sessions", #""user":"eve""#, false),
    ])
    func `is the subject of the record that a rule fired on`(
        action: String, members: String, isHeld: Bool
    ) throws {
        let alert = Self.alert([
            Self.process, ("kagari_event", "file_create"), ("TargetFilename", "/tmp/x"),
            ("DestinationIp", "192.0.2.9"), ("SourceIp", "192.0.2.1"), ("User", "eve"),
        ])
        let order = try #require(Self.order(Self.policy(action), alert))
        let text = String(decoding: order.body, as: UTF8.self)
        #expect(text.contains(#""action":{"kind":"\#(action)""#))
        #expect(text.contains(members))
        #expect(text.contains(#""host":"web-1""#) && text.contains(#""tenant":"acme""#))
        #expect(text.contains(#""audit_receipt":"policy/7/a \#(action)/a1""#))
        #expect(text.contains("lease_seconds") == isHeld)
        #expect(text.contains(#""expires":1800014700"#))
    }

    @Test(arguments: [
        ("suspend_processes", [("User", "eve")]),
        ("kill_processes", [("ProcessGuid", "b-1-7")]),
        ("kill_processes", [("ProcessGuid", "b-twelve-7")]),
        ("quarantine_file", [("kagari_event", "file_write"), ("TargetFilename", "/etc/passwd")]),
        ("quarantine_file", [("kagari_event", "process_start"), ("Image", "/usr/bin/bash")]),
        (
            "quarantine_file",
            [("kagari_event", "process_start"), ("Image", "memfd:x"), ("Packaged", "false")]
        ),
        ("block_network", [("User", "eve")]), ("disable_user", [("User", "root")]),
        ("end_sessions", []),
    ])
    func `is nothing where the record names no subject that may be acted on unasked`(
        action: String, fields: [(String, String)]
    ) {
        var book = ContainmentBook(Self.policy(action), agent: "web-1")
        let verdicts = book.judge(Self.alert(fields), at: Self.noon)
        guard case .hold(let entry, let reason)? = verdicts.first else {
            Issue.record("it acted: \(verdicts)")
            return
        }
        #expect(entry == "a \(action)" && !reason.isEmpty && verdicts.count == 1)
    }

    @Test func `is the program that ran where no package has it`() {
        let alert = Self.alert([
            ("kagari_event", "process_start"), ("Image", "/tmp/x"), ("Packaged", "false"),
        ])
        #expect(Self.order(Self.policy("quarantine_file"), alert) != nil)
    }

    @Test func `is the sender of a connection that came in`() throws {
        let alert = Self.alert([
            ("Initiated", "false"), ("SourceIp", "192.0.2.1"), ("DestinationIp", "192.0.2.9"),
        ])
        let order = try #require(Self.order(Self.policy("block_network"), alert))
        #expect(String(decoding: order.body, as: UTF8.self).contains(#"["192.0.2.1"]"#))
    }

    @Test func `is asked for by the rule's id or by its level, and by nothing else`() {
        #expect(Self.order(Self.policy("isolate_host"), Self.alert(rule: "r2")) == nil)
        let byLevel = Self.policy("isolate_host", rules: [], level: "high")
        #expect(Self.order(byLevel, Self.alert(rule: "r2", level: .medium)) == nil)
        #expect(Self.order(byLevel, Self.alert(rule: "r2", level: .high)) != nil)
        #expect(Self.order(byLevel, Self.alert(rule: "r2", level: .critical)) != nil)
        #expect(Self.order(Self.policy("isolate_host", rules: []), Self.alert()) == nil)
    }

    @Test func `has one order for one alert, entry and version`() throws {
        let policy = Self.policy("isolate_host")
        let first = try #require(Self.order(policy, Self.alert()))
        let again = try #require(Self.order(policy, Self.alert(), at: Self.later(50)))
        #expect(first.id == again.id && first.id.utf8.count <= 64)
        #expect(Self.order(policy, Self.alert(id: "a2"))?.id != first.id)
        let next = Self.policy("isolate_host", version: 8)
        #expect(Self.order(next, Self.alert())?.id != first.id)
        var book = ContainmentBook(policy, agent: "web-1")
        #expect(book.judge(Self.alert(), at: Self.noon).count == 1)
        #expect(book.judge(Self.alert(), at: Self.later(1)).isEmpty)
    }

    @Test func `is held back beyond its times an hour, and said so`() {
        var book = ContainmentBook(Self.policy("isolate_host", perHour: 2), agent: "web-1")
        var acts = 0
        for (index, second) in [Int64(0), 10, 20, 3_599, 3_600].enumerated() {
            let verdict = book.judge(Self.alert(id: "a\(index)"), at: Self.later(second)).first
            if case .act = verdict { acts += 1 } else { #expect((2...3).contains(index)) }
        }
        #expect(acts == 3)
    }

    @Test func `never is more than a hundred things an hour`() {
        var policy = Self.policy("isolate_host", perHour: 100)
        policy.containment.append(
            .with {
                $0.name = "b"
                $0.rules = ["r1"]
                $0.action = "suspend_processes"
                $0.perHour = 100
            })
        var book = ContainmentBook(policy, agent: "web-1")
        let verdicts = (0..<80).flatMap { book.judge(Self.alert(id: "a\($0)"), at: Self.noon) }
        let acts = verdicts.filter { if case .act = $0 { true } else { false } }
        #expect(verdicts.count == 160 && acts.count == ContainmentBook.allPerHourMax)
    }

    @Test(arguments: [(600, 780, true), (720, 721, true), (721, 720, false), (1_320, 360, false)])
    func `waits for a person in quiet hours`(from: UInt32, to: UInt32, isQuiet: Bool) {
        var policy = Self.policy("isolate_host")
        policy.quietHours = [
            .with {
                $0.fromMinute = from
                $0.toMinute = to
            }
        ]
        #expect((Self.order(policy, Self.alert()) == nil) == isQuiet)
    }

    @Test func `counts entries that it does not know`() {
        var policy = Self.policy("reboot_host")
        #expect(ContainmentBook(policy, agent: "a").unknownCount == 1)
        policy.containment[0].action = "isolate_host"
        #expect(ContainmentBook(policy, agent: "a").unknownCount == 0)
    }
}
