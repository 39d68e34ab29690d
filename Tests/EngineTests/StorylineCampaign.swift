import Sigma

@testable import Engine

extension Scene {
    private static let explorer = #"C:\Windows\explorer.exe"#
    private static let word = #"C:\Program Files\Office\WINWORD.EXE"#
    private static let shell = #"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"#
    private static let services = #"C:\Windows\System32\services.exe"#

    /// A document, a shell, a dropped tool, a service on a second host, a stolen cloud account.
    static func campaign() -> Scene {
        var scene = Scene()
        scene.start(0, "WS01.corp.example", 1, word, parent: 900, explorer)
        scene.start(
            10, "WS01.corp.example", 2, shell, parent: 1, word, line: "powershell.exe -enc AAAA",
            alert: "Office starts a shell", tags: ["attack.execution", "attack.t1059.001"])
        scene.event(
            15, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", "WS01.corp.example"), ("ProcessGuid", guid(2)),
                ("ProcessId", "4002"), ("Image", shell), ("User", "CORP\\alice"),
                ("Initiated", "true"), ("SourceIp", "10.0.0.5"),
                ("DestinationIp", "203.0.113.66"), ("DestinationPort", "443"),
            ], alert: "Shell calls out", level: .medium,
            tags: ["attack.command-and-control", "attack.t1071"])
        scene.event(
            20, .windows, .fileWrite,
            [
                ("EventID", "11"), ("Computer", "WS01.corp.example"), ("ProcessGuid", guid(2)),
                ("ProcessId", "4002"), ("Image", shell),
                ("TargetFilename", #"C:\Users\Public\tool.exe"#),
            ])
        // Started by the task scheduler's host, so that only the written file ties it.
        scene.start(
            60, "WS01.corp.example", 3, #"C:\Users\Public\tool.exe"#, parent: 901,
            #"C:\Windows\System32\svchost.exe"#, user: "NT AUTHORITY\\SYSTEM", logon: "0x3e7",
            alert: "Tool runs from a public folder", tags: ["attack.credential-access"])
        scene.event(
            100, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", "WS01.corp.example"), ("ProcessGuid", guid(3)),
                ("ProcessId", "4003"), ("Image", #"C:\Users\Public\tool.exe"#),
                ("Initiated", "true"), ("SourceIp", "10.0.0.5"), ("DestinationIp", "10.0.0.9"),
                ("DestinationPort", "445"),
            ])
        scene.event(
            90, .windows, .networkConnect,
            [
                ("EventID", "3"), ("Computer", "SRV02.corp.example"), ("ProcessGuid", guid(90)),
                ("ProcessId", "777"), ("Image", #"C:\Windows\System32\svchost.exe"#),
                ("Initiated", "true"), ("SourceIp", "10.0.0.9"), ("DestinationIp", "10.0.0.2"),
                ("DestinationPort", "389"),
            ])
        scene.logon(
            101, "SRV02.corp.example", user: "svcadmin", from: "10.0.0.5", id: "0x99001")
        scene.event(
            103, .windows, .serviceInstall,
            [
                ("Channel", "System"), ("EventID", "7045"), ("Computer", "SRV02.corp.example"),
                ("ServiceName", "BTOBTO"), ("ImagePath", #"%SystemRoot%\btobto.exe -k"#),
            ], alert: "Odd service installed", tags: ["attack.persistence", "attack.t1543.003"])
        scene.start(
            104, "SRV02.corp.example", 21, #"C:\Windows\btobto.exe"#, parent: 920, services,
            user: "NT AUTHORITY\\SYSTEM", logon: "0x3e7", line: #"C:\Windows\btobto.exe -k"#)
        scene.start(
            110, "SRV02.corp.example", 22, #"C:\Windows\System32\cmd.exe"#, parent: 21,
            #"C:\Windows\btobto.exe"#, user: "NT AUTHORITY\\SYSTEM", logon: "0x3e7",
            line: "cmd.exe /c whoami", alert: "Shell under a service", level: .medium,
            tags: ["attack.lateral-movement", "attack.t1021.002"])
        scene.event(
            400, .okta, .cloudSignIn,
            [
                ("actor.alternateId", "alice@corp.example"), ("client.ipAddress", "203.0.113.66"),
                ("eventType", "user.session.start"),
            ], alert: "Sign-in from an anonymiser", tags: ["attack.initial-access"])
        scene.cloud(
            460, arn: "arn:aws:iam::1:user/alice", from: "203.0.113.66", call: "AssumeRole",
            activity: .assumeRole,
            more: [
                ("requestParameters.roleArn", "arn:aws:iam::1:role/Admin"),
                ("requestParameters.roleSessionName", "x"),
                ("responseElements.credentials.accessKeyId", "ASIA1"),
            ])
        scene.cloud(
            500, arn: "arn:aws:sts::1:assumed-role/Admin/x", from: "203.0.113.66",
            call: "StopLogging", more: [("userIdentity.accessKeyId", "ASIA1")],
            alert: "Trail stopped", tags: ["attack.defense-evasion", "attack.t1562.008"])
        return scene
    }

    /// Everyday noise that shares hosts' system accounts, addresses and controllers.
    mutating func addNoise() {
        for user in 0..<6 {
            logon(
                Double(user * 50), "DC01.corp.example", user: "user\(user)",
                from: "10.0.0.\(50 + user)", id: "0x7700\(user)")
            start(
                Double(user * 60), "WS3\(user).corp.example", 500 + user,
                #"C:\Windows\System32\notepad.exe"#, parent: 700 + user, Self.explorer,
                user: "CORP\\user\(user)", logon: "0x4400\(user)")
        }
    }
}
