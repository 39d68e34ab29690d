import Sigma
import Testing
import TestKit

@testable import Engine

@Suite struct `Storyline limits` {
    private static let shell = #"C:\Windows\System32\cmd.exe"#

    /// A chain of processes, each the child of the one before, an alert on the last.
    private func chain(_ count: Int) -> Scene {
        var scene = Scene()
        for number in 1...count {
            scene.start(
                Double(number), "WS01", number, #"C:\T\p\#(number).exe"#, parent: number - 1,
                #"C:\T\p\#(number - 1).exe"#, alert: number == count ? "End" : nil)
        }
        return scene
    }

    @Test func `remembers the newest processes, whatever the order`() throws {
        var limits = StorylineLimits()
        limits.processesMax = 8
        let scene = chain(20)
        let outcome = scene.run(limits: limits)
        var storyline = Storyline(rules: scene.rules, limits: limits)
        for case .event(let event) in scene.steps { storyline.observe(event) }
        _ = storyline.incidents()
        #expect(storyline.leftOut.processes == 12)
        // The oldest remembered names its own parent, where the walk ends.
        #expect(
            outcome.incidents.first?.root?.text == "process:WS01|\(Scene.guid(12).lowercased())")
        var random = SplitMix64(seed: 3)
        for _ in 0..<20 {
            let order = Array(scene.steps.indices).shuffled(using: &random)
            #expect(scene.run(order: order, limits: limits).printed == outcome.printed)
        }
    }

    @Test func `one busy host does not push out the others`() {
        var limits = StorylineLimits()
        limits.processesMax = 100
        limits.processesPerHostMax = 10
        var scene = Scene()
        scene.start(0, "WS02", 1, #"C:\T\root.exe"#, parent: 0, Self.shell)
        for number in 0..<400 {
            scene.start(
                Double(10 + number), "WS01", 1000 + number, Self.shell, parent: 9, Self.shell)
        }
        scene.start(
            9000, "WS02", 2, Self.shell, parent: 1, #"C:\T\root.exe"#, alert: "Shell")
        let root = scene.run(limits: limits).incidents.first?.root?.text
        #expect(root == "process:WS02|\(Scene.guid(0).lowercased())")
    }

    @Test func `walks back only so far`() {
        var limits = StorylineLimits()
        limits.ancestorsMax = 5
        let outcome = chain(20).run(limits: limits)
        #expect(outcome.incidents.first?.entities.filter { $0.kind == .process }.count == 6)
    }

    @Test func `shows no more than the stated counts, and says what it left out`() throws {
        var scene = Scene()
        for number in 0..<900 {
            scene.start(
                Double(number), "WS01", number + 1, #"C:\T\p\#(number).exe"#, parent: 0, Self.shell,
                line: String(repeating: "x", count: 5000), alert: "Rule \(number % 90)")
        }
        var limits = StorylineLimits()
        limits.alertsInGraphMax = 300
        limits.entitiesPerIncidentMax = 40
        limits.edgesPerIncidentMax = 30
        limits.childrenPerHubMax = 2000
        let incident = try #require(scene.run(limits: limits).incidents.first)
        #expect(incident.alerts.count == 900)
        #expect(incident.entities.count == 40)
        #expect(incident.edges.count == 30)
        #expect(incident.story.count == limits.sentencesMax)
        #expect(incident.story.contains { $0.contains("lesser steps left out") })
        #expect(incident.story.allSatisfy { $0.utf8.count <= 600 })
        let known = Set(incident.entities.map(\.id))
        for edge in incident.edges { #expect(known.contains(edge.from) && known.contains(edge.to)) }
        for entity in incident.entities {
            #expect(entity.alerts.count <= limits.alertsPerEntityMax)
            #expect(entity.facts.count <= limits.factsPerEntityMax)
            #expect(entity.facts.allSatisfy { $0.value.utf8.count <= limits.alertTextBytesMax })
        }
    }

    @Test func `keeps the most severe alerts when there are too many`() {
        var limits = StorylineLimits()
        limits.alertsMax = 3
        var scene = Scene()
        for number in 0..<6 {
            scene.event(
                Double(number), .windows, .other, [("Computer", "WS\(number)")],
                alert: "Rule \(number)", level: number == 0 ? .critical : .low)
        }
        let outcome = scene.run(limits: limits)
        #expect(
            outcome.incidentOfAlert.map { $0 != nil } == [true, false, false, false, true, true])
    }

    @Test func `hostile text neither breaks the story nor the run`() throws {
        var scene = Scene()
        var random = SplitMix64(seed: 11)
        let names = [
            "Computer", "ProcessGuid", "ProcessId", "ParentProcessId", "Image", "CommandLine",
            "User", "LogonId", "IpAddress", "TargetLogonId", "TargetUserName", "LogonType",
            "TaskContent", "TaskName", "ServiceName", "ImagePath", "TargetFilename", "Hashes",
            "userIdentity.arn", "requestParameters.roleArn", "requestParameters.roleSessionName",
            "SourceIp", "DestinationIp", "DestinationPort", "pid", "ppid", "message", "a0", "a1",
            "NewProcessId", "NewProcessName", "SourceProcessId", "TargetProcessId", "EventID",
        ]
        let values = [
            "", "-", "\\", "/", "{", "[", "[::", "0x", "99999999999999999999", "0xffffffffffffffff",
            "a\u{202e}b\u{0}\u{1b}[31mc\r\n", "@", "@x", "\\x", "x\\", "arn:", "arn:aws:iam", "::",
            "<Command>", "</Command><Command>", "%systemroot%", "1.2.3.4", "é\u{301}",
            "-9223372036854775808",
            String(repeating: "A", count: 3000), "10.0.0.1:99999", "for  from ", "4242", "0x3e7",
        ]
        for step in 0..<3000 {
            let pairs = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                (
                    names.randomElement(using: &random) ?? "",
                    values.randomElement(using: &random) ?? ""
                )
            }
            let times: [Double?] = [nil, 0, 9_000_000_000, -11_000_000_000, Double(step)]
            scene.event(
                times.randomElement(using: &random) ?? nil,
                SourceKind.allCases.randomElement(using: &random) ?? .unknown,
                Activity.allCases.randomElement(using: &random) ?? .other, pairs,
                alert: step % 3 == 0 ? "Rule \u{1b}]0;x\u{7} \(step % 40)" : nil)
        }
        let outcome = scene.run()
        #expect(!outcome.incidents.isEmpty)
        let shown = outcome.incidents.flatMap { $0.story + [$0.title] + $0.entities.map(\.label) }
        for text in shown {
            let isPlain = text.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value)
                    && !(0x202a...0x202e).contains($0.value)
            }
            #expect(isPlain, "\(text.debugDescription)")
        }
        let order = Array(scene.steps.indices).shuffled(using: &random)
        #expect(scene.run(order: order).printed == outcome.printed)
    }

    @Test func `texts nobody refers to any more are let go`() {
        var intake = TextPool()
        let kept = intake.intern("kept")
        _ = intake.intern("gone")
        var other = TextPool()
        let moved = intake.copy(kept, to: &other)
        #expect(other.string(moved) == "kept")
        #expect(other.count == 1)
        #expect(other.key(of: moved) == intake.key(of: kept))
    }
}
