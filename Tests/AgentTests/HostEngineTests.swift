import Engine
import FoundationEssentials
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Agent

@Suite struct `The engine on the host` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static func policy(rule: String) throws -> WirePolicy {
        let mapping = try Data(
            contentsOf: URL(filePath: root + "/Content/mappings/windows.yml"))
        var policy = WirePolicy()
        policy.tenant = "acme"
        for (name, text) in [
            ("a.yml", rule), ("mappings/windows.yml", String(decoding: mapping, as: UTF8.self)),
        ] {
            var one = WireRuleText()
            one.name = name
            one.text = text
            policy.rules.append(one)
        }
        return policy
    }

    private static let rule = """
        title: Ember
        id: 5d2a6f0e-7f6e-4c0e-9a37-0f5a2b1c3d4e
        logsource:
            product: windows
            category: process_creation
        detection:
            selection:
                Image|endswith: '\\\\ember.exe'
            condition: selection
        level: high
        """

    private static func event(_ image: String) -> SpoolRecord {
        SpoolRecord(
            content: Array(
                #"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","Image":"C:\\\#(image)","CommandLine":"x"}"#
                    .utf8), time: Timestamp(nanoseconds: 1_800_000_000_000_000_000))
    }

    @Test func `finds what the policy's rules say, and keeps it behind its record`() async throws {
        let scratch = Scratch()
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let lane = SpoolLane(try spool(scratch), loop: loops.next())
        await lane.detect(by: try Self.policy(rule: Self.rule), as: "web-1")
        #expect(await lane.ruleCount == 1)
        #expect(await lane.ruleProblemCount == 0)
        try await lane.append([Self.event("calm.exe"), Self.event("ember.exe")])
        #expect(await lane.alertCount == 1)
        #expect(await lane.figures.last == 3)
        let piece = try await lane.next(after: 2, bytesMax: 10_000, recordsMax: 10)
        guard case .records(_, let records)? = piece, let alert = records.first else {
            Issue.record("the alert is not kept")
            return
        }
        #expect(alert.value == .high)
        let text = String(decoding: alert.content, as: UTF8.self)
        #expect(text.contains("\"kagari\":\"host-alert\""))
        #expect(text.contains("\"rule\":\"Ember\""))
        #expect(text.contains("\"sequence\":2"))
        try await loops.shutdownGracefully()
    }

    @Test func `counts rules that cannot be used, and needs at least one`() throws {
        var policy = try Self.policy(rule: "title: [")
        #expect(HostEngine(policy) == nil)
        var good = WireRuleText()
        good.name = "b.yml"
        good.text = Self.rule
        policy.rules.append(good)
        let engine = try #require(HostEngine(policy))
        #expect(engine.ruleCount == 1)
        #expect(engine.problemCount > 0)
        #expect(HostEngine(WirePolicy()) == nil)
    }
}
