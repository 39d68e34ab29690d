import Sigma
import Testing

@testable import Engine

/// Two attacks that share only what everyone shares stay two.
@Suite struct `Storyline hubs` {
    private static let shell = #"C:\Windows\System32\cmd.exe"#
    private static let svchost = #"C:\Windows\System32\svchost.exe"#
    private static let services = #"C:\Windows\System32\services.exe"#
    private static let explorer = #"C:\Windows\explorer.exe"#

    @Test func `a service host does not tie its children together`() {
        var scene = Scene()
        scene.start(
            0, "WS01", 1, Self.shell, parent: 900, Self.svchost, logon: "0x51000", alert: "One")
        scene.start(
            5000, "WS01", 2, Self.shell, parent: 900, Self.svchost, user: "CORP\\bob",
            logon: "0x52000", alert: "Two")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `two people on one host at one time stay apart`() {
        var scene = Scene()
        scene.start(0, "TS01", 1, Self.shell, parent: 900, Self.explorer, alert: "One")
        scene.start(
            30, "TS01", 2, Self.shell, parent: 901, Self.explorer, user: "CORP\\bob",
            logon: "0x52000", alert: "Two")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `SYSTEM on two hosts is not one account`() {
        var scene = Scene()
        for (number, host) in ["WS01", "WS02"].enumerated() {
            scene.start(
                Double(number), host, number + 1, Self.shell, parent: 900, Self.services,
                user: "NT AUTHORITY\\SYSTEM", logon: "0x3e7", alert: "Service shell \(number)")
        }
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `a domain controller does not tie those who log on to it`() {
        var scene = Scene()
        for (number, user) in ["alice", "bob"].enumerated() {
            let host = "WS0\(number + 1)"
            let address = "10.0.0.\(5 + number)"
            scene.event(
                Double(number), .windows, .networkConnect,
                [
                    ("EventID", "3"), ("Computer", host), ("ProcessGuid", Scene.guid(number + 1)),
                    ("ProcessId", "\(4001 + number)"), ("Image", Self.shell),
                    ("User", "CORP\\\(user)"), ("Initiated", "true"), ("SourceIp", address),
                    ("DestinationIp", "10.0.0.2"), ("DestinationPort", "389"),
                ], alert: "LDAP from a shell \(number)")
            scene.logon(
                Double(number) + 2, "DC01", user: user, from: address, id: "0x9900\(number)",
                alert: "Odd logon \(number)")
        }
        // Each with its own trace on the controller; but two attacks.
        let outcome = scene.run()
        #expect(outcome.incidents.count == 2)
        for incident in outcome.incidents { #expect(incident.alerts.count == 2) }
    }

    @Test func `an address that many people come from ties none of them`() {
        var scene = Scene()
        let nat = "198.51.100.1"
        for user in 0..<5 {
            scene.cloud(
                Double(user), arn: "arn:aws:iam::1:user/user\(user)", from: nat, call: "ListBuckets"
            )
        }
        scene.cloud(
            10, arn: "arn:aws:iam::1:user/user0", from: nat, call: "StopLogging", alert: "Trail")
        scene.cloud(
            20, arn: "arn:aws:iam::1:user/user1", from: nat, call: "CreateUser", alert: "User")
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `an address that only the attacker came from ties what he did`() {
        var scene = Scene()
        let address = "203.0.113.5"
        scene.cloud(
            10, arn: "arn:aws:iam::1:user/user0", from: address, call: "StopLogging", alert: "Trail"
        )
        scene.cloud(
            20, arn: "arn:aws:iam::1:user/user1", from: address, call: "CreateUser", alert: "User")
        #expect(scene.run().incidents.count == 1)
    }

    @Test func `an inner server that two hosts speak to ties neither`() {
        var scene = Scene()
        for number in 1...2 {
            scene.event(
                Double(number), .windows, .networkConnect,
                [
                    ("EventID", "3"), ("Computer", "WS0\(number)"),
                    ("ProcessGuid", Scene.guid(number)), ("ProcessId", "\(number)"),
                    ("Image", Self.shell), ("User", "CORP\\user\(number)"), ("Initiated", "true"),
                    ("SourceIp", "10.0.1.\(number)"), ("DestinationIp", "10.0.0.80"),
                    ("DestinationPort", "3128"),
                ], alert: "Shell uses the proxy")
        }
        #expect(scene.run().incidents.count == 2)
    }

    @Test func `an account on more hosts than one attack explains is a hub`() {
        func scene(hosts: Int) -> Scene {
            var scene = Scene()
            for number in 0..<hosts {
                scene.start(
                    Double(number), "WS\(100 + number)", number + 1, Self.shell,
                    parent: 900 + number, Self.explorer, user: "CORP\\scanner",
                    logon: "0x7\(number)000", alert: "Rule \(number)")
            }
            return scene
        }
        let most = StorylineLimits().storiesPerHubMax
        #expect(scene(hosts: most).run().incidents.count == 1)
        #expect(scene(hosts: most + 1).run().incidents.count == most + 1)
    }

    @Test func `an agent with very many children is a hub`() {
        func scene(children: Int) -> Scene {
            var scene = Scene()
            scene.start(0, "WS01", 1, #"C:\Agent\agent.exe"#, parent: 900, Self.services)
            for number in 0..<children {
                let isFirst = number == 0
                scene.start(
                    Double(number) * 100, "WS01", 10 + number, Self.shell, parent: 1,
                    #"C:\Agent\agent.exe"#, user: isFirst ? "CORP\\alice" : "CORP\\bob",
                    logon: isFirst ? "0x51000" : "0x52000",
                    alert: isFirst || number == children - 1 ? "Shell \(isFirst)" : nil)
            }
            return scene
        }
        let most = StorylineLimits().childrenPerHubMax
        #expect(scene(children: most).run().incidents.count == 1)
        #expect(scene(children: most + 1).run().incidents.count == 2)
    }

    @Test func `alerts in nobody's name join the nearest story of the host only`() {
        var scene = Scene()
        scene.start(0, "TS01", 1, Self.shell, parent: 900, Self.explorer, alert: "One")
        scene.start(
            600, "TS01", 2, Self.shell, parent: 901, Self.explorer, user: "CORP\\bob",
            logon: "0x52000", alert: "Two")
        scene.event(
            100, .windows, .logCleared, [("EventID", "104"), ("Computer", "TS01")],
            alert: "Log cleared", level: .medium)
        let outcome = scene.run()
        #expect(outcome.incidents.count == 2)
        #expect(outcome.incidentOfAlert[0] == outcome.incidentOfAlert[2])
    }

    @Test func `one rule again and again on one host is one incident`() {
        var scene = Scene()
        for number in 0..<50 {
            scene.event(
                Double(number) * 3000, .windows, .other, [("EventID", "9"), ("Computer", "WS01")],
                alert: "Noise", level: .low)
        }
        #expect(scene.run().incidents.count == 1)
    }

    @Test func `trying many accounts from one address, then getting in, is one incident`() {
        var scene = Scene()
        for number in 0..<40 {
            scene.event(
                Double(number), .okta, .logonFailure,
                [
                    ("actor.alternateId", "user\(number)@corp.example"),
                    ("client.ipAddress", "203.0.113.7"), ("eventType", "user.session.start"),
                ], alert: "Failed sign-in", level: .medium)
        }
        scene.event(
            60, .okta, .cloudSignIn,
            [
                ("actor.alternateId", "user9@corp.example"), ("client.ipAddress", "203.0.113.7"),
                ("eventType", "user.session.start"),
            ], alert: "Sign-in after failures")
        #expect(scene.run().incidents.count == 1)
    }

    @Test func `an alert that arrives twice is counted once`() {
        var scene = Scene()
        scene.start(0, "TS01", 1, Self.shell, parent: 900, Self.explorer, alert: "One")
        var storyline = Storyline(rules: scene.rules)
        for step in scene.steps + scene.steps {
            if case .alert(let alert) = step { storyline.add(alert, index: 0) }
        }
        let outcome = storyline.finish()
        #expect(outcome.incidents.map(\.alerts) == [[0]])
        #expect(outcome.incidentOfAlert == [0])
    }

    @Test func `informational alerts alone are no incident`() {
        var scene = Scene()
        scene.event(
            0, .windows, .other, [("EventID", "9"), ("Computer", "WS01")], alert: "Note",
            level: .informational)
        let outcome = scene.run()
        #expect(outcome.incidents.isEmpty)
        #expect(outcome.incidentOfAlert == [nil])
    }
}
