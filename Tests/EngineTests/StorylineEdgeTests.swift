import Sigma
import Testing

@testable import Engine

/// One scene for each way in which one thing makes another possible.
@Suite struct `Storyline edges` {
    private static let shell = #"C:\Windows\System32\cmd.exe"#
    private static let svchost = #"C:\Windows\System32\svchost.exe"#
    private static let wmi = #"C:\Windows\System32\wbem\WmiPrvSE.exe"#
    private static let tool = #"C:\Users\alice\tool.exe"#

    private func access(
        _ scene: inout Scene, _ activity: Activity, target: String, alert: String
    ) {
        scene.event(
            10, .windows, activity,
            [
                ("EventID", "10"), ("Computer", "WS01"), ("SourceProcessGUID", Scene.guid(1)),
                ("SourceProcessId", "4001"), ("SourceImage", Self.tool),
                ("TargetProcessGUID", Scene.guid(2)), ("TargetProcessId", "4002"),
                ("TargetImage", target), ("SourceUser", "CORP\\alice"),
            ], alert: alert)
    }

    @Test func `an access is an edge and joins nothing`() {
        var scene = Scene()
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        access(&scene, .processAccess, target: #"C:\Windows\System32\lsass.exe"#, alert: "LSASS")
        let outcome = scene.run()
        #expect(outcome.edges.contains("tool.exe > accessed > lsass.exe"))
    }

    @Test func `what is injected into goes on with the story, even a hub`() {
        var scene = Scene()
        access(&scene, .remoteThread, target: #"C:\Windows\explorer.exe"#, alert: "Thread")
        scene.start(
            9000, "WS01", 3, Self.shell, parent: 2, #"C:\Windows\explorer.exe"#,
            user: "CORP\\carol", logon: "0x53000", alert: "Shell")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > injected > explorer.exe"))
        #expect(outcome.edges.contains("explorer.exe > spawned > cmd.exe"))
    }

    @Test func `an injection that no rule saw still carries the story`() {
        var scene = Scene()
        let explorer = #"C:\Windows\explorer.exe"#
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        scene.event(
            10, .windows, .remoteThread,
            [
                ("EventID", "8"), ("Computer", "WS01"), ("SourceProcessGuid", Scene.guid(1)),
                ("SourceProcessId", "4001"), ("SourceImage", Self.tool),
                ("TargetProcessGuid", Scene.guid(2)), ("TargetProcessId", "4002"),
                ("TargetImage", explorer),
            ])
        scene.start(
            9000, "WS01", 3, Self.shell, parent: 2, explorer, user: "CORP\\carol",
            logon: "0x53000", alert: "Shell")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > injected > explorer.exe"))
    }

    @Test func `a script written before ties the program that ran it`() {
        var scene = Scene()
        scene.event(
            0, .windows, .fileWrite,
            [
                ("EventID", "11"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                ("ProcessId", "4001"), ("Image", Self.tool),
                ("TargetFilename", #"C:\Users\Public\run.vbs"#),
            ])
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        scene.start(
            9000, "WS01", 2, #"C:\Windows\System32\wscript.exe"#, parent: 901, Self.svchost,
            user: "CORP\\bob", logon: "0x52000", line: #"wscript.exe "C:\Users\Public\run.vbs""#,
            alert: "Script")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > wrote then ran > wscript.exe"))
    }

    @Test func `a file written after it ran ties nothing`() {
        var scene = Scene()
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        scene.start(
            100, "WS01", 2, #"C:\Users\Public\a.exe"#, parent: 901, Self.svchost,
            user: "CORP\\bob", logon: "0x52000", alert: "Other")
        scene.event(
            200, .windows, .fileWrite,
            [
                ("EventID", "11"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                ("Image", Self.tool), ("TargetFilename", #"C:\Users\Public\a.exe"#),
            ])
        #expect(scene.run().incidents.count == 2)
    }

    @Test(arguments: [
        (Self.wmi, Self.shell, "remote WMI"),
        (Self.svchost, #"C:\Windows\System32\wsmprovhost.exe"#, "remote shell"),
    ])
    func `what runs in a session from elsewhere says how it came`(
        parent: String, image: String, reason: String
    ) {
        var scene = Scene()
        scene.logon(0, "SRV02", user: "admin1", from: "10.0.0.5", id: "0x99001")
        scene.start(
            5, "SRV02", 1, image, parent: 900, parent, user: "CORP\\admin1", logon: "0x99001",
            alert: "Remote start")
        let outcome = scene.run()
        let name = image.split(separator: "\\").last.map(String.init) ?? ""
        #expect(outcome.edges.contains("session of admin1 > \(reason) > \(name)"))
        #expect(outcome.edges.contains("10.0.0.5 > logged on from > session of admin1"))
        #expect(outcome.incidents.first?.root?.text == "address:10.0.0.5")
    }

    @Test func `a task installed from elsewhere is tied to what it starts`() {
        var scene = Scene()
        scene.logon(0, "SRV02", user: "admin1", from: "10.0.0.5", id: "0x99001")
        scene.event(
            3, .windows, .scheduledTask,
            [
                ("EventID", "4698"), ("Computer", "SRV02"), ("SubjectUserName", "admin1"),
                ("SubjectDomainName", "CORP"), ("SubjectLogonId", "0x99001"),
                ("TaskName", #"\Updater"#),
                (
                    "TaskContent",
                    "<Task><Exec><Command>C:\\Temp\\u.exe</Command><Arguments>-a</Arguments></Exec></Task>"
                ),
            ], alert: "Task")
        scene.start(
            7200, "SRV02", 2, #"C:\Temp\u.exe"#, parent: 900, Self.svchost,
            user: "NT AUTHORITY\\SYSTEM", logon: "0x3e7", line: #"C:\Temp\u.exe -a"#,
            alert: "Runs from Temp")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains(#"session of admin1 > remote task > \Updater"#))
        #expect(outcome.edges.contains(#"\Updater > spawned > u.exe"#))
    }

    @Test func `a session without an address is tied by who had just connected`() {
        var scene = Scene()
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        // The controller sees which address SRV02's own account logs on from.
        scene.logon(1, "DC01", user: "SRV02$", from: "10.0.0.9", id: "0x88001")
        scene.event(
            100, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                ("ProcessId", "4001"), ("Image", Self.tool), ("Initiated", "true"),
                ("SourceIp", "10.0.0.5"), ("DestinationIp", "10.0.0.9"), ("DestinationPort", "445"),
            ])
        scene.logon(101, "SRV02", user: "admin1", from: "-", id: "0x99001")
        scene.start(
            105, "SRV02", 2, Self.shell, parent: 900, Self.wmi, user: "CORP\\admin1",
            logon: "0x99001", alert: "Shell from WMI")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > logged on from > session of admin1"))
    }

    @Test func `a command that names another host is tied to what happens there`() {
        var scene = Scene()
        scene.start(
            0, "WS01", 1, #"C:\Windows\System32\wbem\WMIC.exe"#, parent: 900, Self.svchost,
            line: "wmic /node:SRV02 process call create calc.exe", alert: "Remote WMIC")
        scene.start(
            4, "SRV02", 2, #"C:\Windows\System32\calc.exe"#, parent: 900, Self.wmi,
            user: "NT AUTHORITY\\NETWORK SERVICE", logon: "0x3e4", alert: "Child of WMI")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("WMIC.exe > remote WMI > SRV02"))
    }

    @Test func `a sensor's alert joins the process that made the connection`() {
        var scene = Scene()
        scene.start(0, "WS01", 1, Self.tool, parent: 900, Self.svchost, alert: "Tool")
        scene.event(
            60, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                ("ProcessId", "4001"), ("Image", Self.tool), ("Initiated", "true"),
                ("SourceIp", "10.0.0.5"), ("DestinationIp", "203.0.113.9"),
                ("DestinationPort", "443"),
            ])
        scene.event(
            61, .suricata, .networkConnect,
            [
                ("src_ip", "10.0.0.5"), ("dest_ip", "203.0.113.9"), ("dest_port", "443"),
                ("host", "sensor-1"),
            ], alert: "Known bad certificate")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > connected > 203.0.113.9"))
        let hosts = outcome.incidents.flatMap(\.entities).filter { $0.kind == .host }
        #expect(hosts.map(\.label) == ["WS01"])
    }

    @Test func `a role is followed back to who signed in, by session name and by key`() {
        var scene = Scene()
        scene.event(
            0, .azureSignin, .cloudSignIn,
            [("UserPrincipalName", "dana@corp.example"), ("IPAddress", "198.51.100.20")],
            alert: "Risky sign-in")
        scene.cloud(
            300, arn: "arn:aws:iam::1:user/dana", from: "198.51.100.20", call: "AssumeRole",
            activity: .assumeRole,
            more: [
                ("requestParameters.roleArn", "arn:aws:iam::1:role/team/Ops"),
                ("requestParameters.roleSessionName", "s1"),
                ("responseElements.credentials.accessKeyId", "ASIA77"),
            ])
        // From elsewhere and hours later: only the key says whose it is.
        scene.cloud(
            7000, arn: "arn:aws:sts::1:assumed-role/Ops/s1", from: "192.0.2.8",
            call: "DeleteTrail", more: [("userIdentity.accessKeyId", "ASIA77")], alert: "Trail gone"
        )
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("user/dana > assumed role > assumed-role/Ops/s1"))
        #expect(
            outcome.incidents.first?.entities.contains {
                $0.id.text == "cloud-principal:dana@corp.example"
            } == true)
    }

    @Test func `a library is tied to who wrote it`() {
        var scene = Scene()
        scene.event(
            0, .windows, .fileWrite,
            [
                ("EventID", "11"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(1)),
                ("Image", Self.tool), ("TargetFilename", #"C:\App\version.dll"#),
            ], alert: "Library dropped")
        scene.event(
            9000, .windows, .imageLoad,
            [
                ("EventID", "7"), ("Computer", "WS01"), ("ProcessGuid", Scene.guid(2)),
                ("Image", #"C:\App\app.exe"#), ("ImageLoaded", #"C:\App\version.dll"#),
                ("User", "CORP\\bob"),
            ], alert: "Side-loaded")
        let outcome = scene.run()
        #expect(outcome.incidents.count == 1)
        #expect(outcome.edges.contains("tool.exe > wrote > version.dll"))
        #expect(outcome.edges.contains("app.exe > loaded > version.dll"))
    }
}
