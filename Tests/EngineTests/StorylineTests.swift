import Sigma
import Testing
import TestKit

@testable import Engine

@Suite struct `Storyline of a campaign` {
    @Test func `one attack over two hosts, identity and cloud is one incident`() throws {
        var scene = Scene.campaign()
        scene.addNoise()
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1, "\(outcome.printed)")
        let incident = try #require(outcome.incidents.first)
        #expect(incident.alerts.count == 7)
        #expect(outcome.incidentOfAlert.allSatisfy { $0 == 0 })
        #expect(incident.root?.text == "process:WS01|{a1b2c3d4-0000-0000-0000-000000000001}")
        #expect(incident.level == .critical)
        #expect(incident.risk >= 80)
        #expect(
            incident.tactics == [
                "initial-access", "execution", "persistence", "defense-evasion",
                "credential-access", "lateral-movement", "command-and-control",
            ])
        #expect(
            incident.techniques == ["T1059.001", "T1543.003", "T1562.008", "T1021.002", "T1071"])
        let story = incident.story.joined(separator: "\n")
        #expect(story.contains("WINWORD.EXE (user alice) started “powershell.exe -enc AAAA”"))
        #expect(story.contains("2 hosts (WS01 and SRV02)"))
        #expect(incident.story.count <= 25)
    }

    @Test func `any order of arrival gives the same incidents, byte for byte`() {
        var scene = Scene.campaign()
        scene.addNoise()
        let expected = scene.run().printed
        var random = SplitMix64(seed: 7)
        for _ in 0..<40 {
            let order = Array(scene.steps.indices).shuffled(using: &random)
            #expect(scene.run(order: order).printed == expected)
        }
    }

    @Test func `what arrives twice counts once`() {
        let scene = Scene.campaign()
        var twice = scene
        twice.steps += scene.steps.filter { if case .event = $0 { true } else { false } }
        #expect(twice.run().printed == scene.run().printed)
    }

    @Test func `a late event joins without renaming what was known`() throws {
        let scene = Scene.campaign()
        var storyline = Storyline(rules: scene.rules)
        var late: [RetainedEvent] = []
        var index = 0
        for step in scene.steps {
            switch step {
            // The tie between the two hosts comes last.
            case .event(let event) where event.activity == .logon: late.append(event)
            case .event(let event): storyline.observe(event)
            case .alert(let alert):
                storyline.add(alert, index: index)
                index += 1
            }
        }
        let before = Set(storyline.incidents().incidents.flatMap(\.entities).map(\.id))
        for event in late { storyline.observe(event) }
        let after = storyline.finish()
        #expect(after.incidents.count == 1)
        #expect(before.isSubset(of: Set(after.incidents.flatMap(\.entities).map(\.id))))
        let root = try #require(after.incidents.first?.root)
        #expect(before.contains(root))
    }

    @Test func `each causal step of the campaign is an edge with its reason`() {
        let edges = Scene.campaign().run().edges
        for wanted in [
            "WINWORD.EXE > spawned > powershell.exe",
            "powershell.exe > connected > 203.0.113.66",
            "powershell.exe > wrote then ran > tool.exe",
            "tool.exe > logged on from > session of svcadmin",
            "session of svcadmin > remote service > BTOBTO",
            "BTOBTO > spawned > btobto.exe",
            "btobto.exe > spawned > cmd.exe",
            "203.0.113.66 > signed in from > alice@corp.example",
            "user/alice > assumed role > assumed-role/Admin/x",
        ] {
            #expect(edges.contains(wanted), "\(wanted) is not in \(edges)")
        }
    }
}
