import Engine
import Sigma

/// The alerts of ``MadeRun``: (rule, seconds, host, user, what matched, the event).
enum MadeAlerts {
    static let all: [Alert] = {
        var alerts: [Alert] = []
        func add(
            _ rule: Int, _ seconds: Int64, _ host: String?, _ user: String?,
            _ field: String?, _ value: String, _ asked: String, _ source: SourceKind,
            _ activity: Activity, _ pairs: [(String, String)], file: Int = 0, others: Int = 0
        ) {
            let number = UInt64(alerts.count + 1)
            let reference = RecordReference(
                source: file, record: 4_200 + number * 17, offset: number * 512, order: number)
            let time = MadeRun.time(seconds)
            alerts.append(
                Alert(
                    id: "00000000000000000000000000000a"
                        + (number < 10 ? "0\(number)" : "\(number)"),
                    rule: rule, level: MadeRun.rules[rule].level, time: time, host: host,
                    user: user,
                    matched: [
                        .init(selection: "selection", field: field, value: value, asked: asked)
                    ],
                    event: RetainedEvent(
                        reference: reference, time: time, pairs, source: source, activity: activity),
                    others: (0..<others).map {
                        RecordReference(
                            source: file, record: UInt64(100 + $0), offset: 0, order: UInt64($0))
                    }))
        }
        func process(
            _ image: String, _ line: String, _ pid: String, parent: String, parentPid: String,
            host: String = "WS-042.acme.example", user: String = "ACME\\alice"
        ) -> [(String, String)] {
            [
                ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("EventID", "1"),
                ("Computer", host), ("UtcTime", "2026-11-20 10:00:00.000"), ("Image", image),
                ("CommandLine", line), ("ProcessId", pid), ("User", user),
                ("ParentImage", parent), ("ParentProcessId", parentPid),
                (
                    "Hashes",
                    "SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
                ),
            ]
        }
        let word = #"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"#
        let shell = #"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"#
        let loader = #"C:\Windows\System32\rundll32.exe"#
        let encoded = "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA"
        let alice = #"ACME\alice"#
        let ws = "WS-042.acme.example"
        let dc = "SRV-DC1.acme.example"
        add(
            0, 62, ws, alice, "ParentImage", word, #"|endswith \WINWORD.EXE"#, .windows,
            .processStart, process(shell, encoded, "6120", parent: word, parentPid: "5044"))
        add(
            1, 62, ws, alice, "CommandLine", encoded, "|contains -enc", .windows, .processStart,
            process(shell, encoded, "6120", parent: word, parentPid: "5044"))
        add(
            2, 95, ws, alice, "CommandLine", #"rundll32.exe C:\Users\Public\upd.dll,Start"#,
            #"|contains \Users\Public\"#, .windows, .processStart,
            process(
                loader, #"rundll32.exe C:\Users\Public\upd.dll,Start"#, "7344", parent: shell,
                parentPid: "6120"))
        for beat in 0..<14 {
            add(
                3, 101 + Int64(beat) * 60, ws, alice, "Image", loader, #"|endswith \rundll32.exe"#,
                .windows, .networkConnect,
                [
                    ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("EventID", "3"),
                    ("Computer", ws), ("Image", loader), ("ProcessId", "7344"), ("User", alice),
                    ("Protocol", "tcp"), ("SourceIp", "10.20.0.42"),
                    ("SourcePort", "\(50_100 + beat)"),
                    ("DestinationIp", "203.0.113.50"), ("DestinationPort", "443"),
                    ("DestinationHostname", "cdn-telemetry.example"), ("Initiated", "true"),
                ])
        }
        add(
            6, 160, ws, alice, "CommandLine", "net group \"Domain Admins\" /domain",
            "|contains Domain Admins", .windows, .processStart,
            process(
                #"C:\Windows\System32\net.exe"#, "net group \"Domain Admins\" /domain", "7512",
                parent: loader, parentPid: "7344"))
        add(
            6, 164, ws, alice, "CommandLine", "whoami /all", "|contains whoami", .windows,
            .processStart,
            process(
                #"C:\Windows\System32\whoami.exe"#, "whoami /all", "7530", parent: loader,
                parentPid: "7344"))
        add(
            5, 210, ws, alice, "TargetObject",
            #"HKU\S-1-5-21-1-1104\Software\Microsoft\Windows\CurrentVersion\Run\Updater"#,
            #"|contains \CurrentVersion\Run\"#, .windows, .registryWrite,
            [
                ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("EventID", "13"),
                ("EventType", "SetValue"), ("Computer", ws), ("Image", loader),
                ("ProcessId", "7344"), ("User", alice),
                (
                    "TargetObject",
                    #"HKU\S-1-5-21-1-1104\Software\Microsoft\Windows\CurrentVersion\Run\Updater"#
                ),
                ("Details", #"rundll32.exe C:\Users\Public\upd.dll,Start"#),
            ])
        add(
            4, 312, ws, #"NT AUTHORITY\SYSTEM"#, "TargetImage", #"C:\Windows\System32\lsass.exe"#,
            #"|endswith \lsass.exe"#, .windows, .processAccess,
            [
                ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("EventID", "10"),
                ("Computer", ws), ("SourceImage", loader), ("SourceProcessId", "7344"),
                ("TargetImage", #"C:\Windows\System32\lsass.exe"#), ("TargetProcessId", "712"),
                ("GrantedAccess", "0x1410"), ("SourceUser", #"NT AUTHORITY\SYSTEM"#),
                ("CallTrace", #"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|UNKNOWN(00000235A1)"#),
            ])
        add(
            7, 520, dc, #"ACME\svc-backup"#, "ServiceFileName", #"\\SRV-DC1\ADMIN$\kx93.exe"#,
            #"|contains \ADMIN$\"#, .windows, .serviceInstall,
            [
                ("Channel", "System"), ("Provider_Name", "Service Control Manager"),
                ("EventID", "7045"), ("Computer", dc), ("ServiceName", "kx93"),
                ("ServiceFileName", #"\\SRV-DC1\ADMIN$\kx93.exe"#), ("AccountName", "LocalSystem"),
            ], file: 1)
        add(
            8, 604, dc, #"NT AUTHORITY\SYSTEM"#, "CommandLine",
            #"ntdsutil "ac i ntds" "ifm" "create full C:\Windows\Temp\x" q q"#, "|contains ifm",
            .windows, .processStart,
            process(
                #"C:\Windows\System32\ntdsutil.exe"#,
                #"ntdsutil "ac i ntds" "ifm" "create full C:\Windows\Temp\x" q q"#, "4410",
                parent: #"C:\Windows\kx93.exe"#, parentPid: "4388", host: dc,
                user: #"NT AUTHORITY\SYSTEM"#), file: 1)
        add(
            9, 818, dc, #"ACME\svc-backup"#, "EventID", "1102", "1102", .windows, .logCleared,
            [
                ("Channel", "Security"), ("EventID", "1102"), ("Computer", dc),
                ("SubjectUserName", "svc-backup"), ("SubjectDomainName", "ACME"),
            ], file: 1)
        add(
            10, 1_240, nil, "svc-backup", "sourceIPAddress", "203.0.113.50", "203.0.113.50",
            .cloudtrail, .cloudSignIn,
            [
                ("eventSource", "signin.amazonaws.com"), ("eventName", "ConsoleLogin"),
                ("sourceIPAddress", "203.0.113.50"), ("awsRegion", "eu-central-1"),
                ("userIdentity.arn", "arn:aws:iam::111122223333:user/svc-backup"),
                ("userIdentity.type", "IAMUser"), ("recipientAccountId", "111122223333"),
            ], file: 2)
        add(
            11, 1_391, nil, "svc-backup", "eventName", "GetObject", "GetObject", .cloudtrail,
            .cloudCall,
            [
                ("eventSource", "s3.amazonaws.com"), ("eventName", "GetObject"),
                ("sourceIPAddress", "203.0.113.50"), ("awsRegion", "eu-central-1"),
                ("requestParameters.bucketName", "acme-finance"),
                ("userIdentity.arn", "arn:aws:iam::111122223333:user/svc-backup"),
            ], file: 2, others: 49)
        add(
            12, 4_000, "web-01", "deploy", nil, "Accepted password for deploy from 198.51.100.7",
            "Accepted password", .linux, .logon,
            [
                ("hostname", "web-01"), ("program", "sshd"), ("user", "deploy"),
                ("src_ip", "198.51.100.7"),
                ("message", "Accepted password for deploy from 198.51.100.7 port 40022 ssh2"),
            ], file: 3, others: 31)
        add(
            13, 5_200, "web-01", "root", "CommandLine", "/usr/bin/crontab -e", "|contains crontab",
            .linux, .scheduledTask,
            [("hostname", "web-01"), ("program", "CRON"), ("message", "(root) BEGIN EDIT (root)")],
            file: 3)
        for day in 0..<5 {
            add(
                14, 6_000 + Int64(day) * 86_400, dc, #"ACME\administrator"#, "TargetUserName",
                "administrator", "administrator", .windows, .logon,
                [
                    ("Channel", "Security"), ("EventID", "4624"), ("Computer", dc),
                    ("TargetUserName", "administrator"), ("LogonType", "3"),
                    ("IpAddress", "10.20.0.5"),
                ], file: 1)
        }
        return alerts
    }()
}
