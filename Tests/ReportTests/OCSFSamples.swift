import Engine

/// Events of every activity and kind of log, from empty to full to hostile, for the OCSF judge.
enum OCSFSamples {
    /// The usual fields of the logs that tell of an activity.
    static func usual(_ activity: Activity) -> [(String, String)] {
        let sysmon = [
            ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("Computer", "ws-1.example"),
            ("Image", #"C:\Windows\System32\cmd.exe"#), ("ProcessId", "4242"),
            ("ProcessGuid", "{6f1f1c1e-0000-5f00-0000-001000000000}"), ("User", #"ACME\alice"#),
            ("Hashes", "SHA1=DA39A3EE5E6B4B0D3255BFEF95601890AFD80709,IMPHASH=00"),
        ]
        let security = [
            ("Channel", "Security"), ("Computer", "dc-1"), ("SubjectUserName", "admin"),
            ("SubjectDomainName", "ACME"), ("SubjectUserSid", "S-1-5-21-1-500"),
            ("SubjectLogonId", "0x3e7"), ("TargetUserName", "bob"), ("TargetDomainName", "ACME"),
            ("TargetSid", "S-1-5-21-1-1001"), ("IpAddress", "::ffff:10.0.0.7"), ("IpPort", "50122"),
        ]
        let cloud = [
            ("eventSource", "s3.amazonaws.com"), ("eventName", "PutBucketPolicy"),
            ("sourceIPAddress", "203.0.113.9"), ("awsRegion", "eu-west-1"),
            ("recipientAccountId", "111122223333"), ("userIdentity.arn", "arn:aws:iam::1:user/a"),
            ("errorCode", "AccessDenied"), ("userAgent", "aws-cli/2"), ("operationName", "x"),
        ]
        switch activity {
        case .processStart:
            return sysmon + [
                ("CommandLine", "cmd /c whoami"), ("ParentImage", #"C:\Windows\explorer.exe"#),
                ("ParentProcessId", "0x10"), ("CurrentDirectory", #"C:\"#),
                ("IntegrityLevel", "High"), ("NewProcessId", "0x1a2c"),
            ]
        case .processAccess, .remoteThread:
            return sysmon + [
                ("SourceImage", "a.exe"), ("SourceProcessId", "1"), ("TargetImage", "lsass.exe"),
                ("TargetProcessId", "712"), ("GrantedAccess", "0x1410"),
            ]
        case .imageLoad, .driverLoad: return sysmon + [("ImageLoaded", #"C:\x\evil.dll"#)]
        case .fileWrite, .fileDelete, .fileRename:
            return sysmon + [("TargetFilename", #"C:\t\a.txt"#)]
        case .pipe: return sysmon + [("PipeName", #"\msagent"#), ("EventID", "18")]
        case .registryWrite:
            return sysmon + [
                ("EventType", "SetValue"), ("TargetObject", #"HKLM\Software\Run\x"#),
                ("Details", "evil.exe"),
            ]
        case .networkConnect, .httpRequest, .dnsQuery, .shareAccess:
            return sysmon + [
                ("SourceIp", "10.0.0.4"), ("SourcePort", "70000"), ("DestinationIp", "fe80::1"),
                ("DestinationPort", "443"), ("Initiated", "true"), ("Protocol", "tcp"),
                ("QueryName", "a.example"), ("QueryResults", "1.2.3.4;5.6.7.8"), ("QueryType", "A"),
                ("ShareName", #"\\*\ADMIN$"#), ("cs-method", "GET"), ("c-uri", "/a?b=c"),
                ("sc-status", "200"), ("cs-user-agent", "curl/8"),
            ]
        case .cloudCall, .cloudSignIn, .assumeRole: return cloud
        case .serviceInstall:
            return [("Channel", "System"), ("ServiceName", "x"), ("ServiceFileName", "x.exe")]
        case .scheduledTask: return security + [("TaskName", #"\up"#), ("EventID", "4698")]
        case .scriptBlock: return [("ScriptBlockText", "Write-Host 1"), ("ScriptBlockId", "1")]
        case .privilegeUse:
            return security + [("PrivilegeList", "SeDebugPrivilege\n\tSeTcbPrivilege")]
        default:
            return security + [
                ("LogonType", "10"), ("AuthenticationPackageName", "NTLM"), ("EventID", "4720"),
                ("TargetLogonId", "0x55"), ("Status", "0xc000006d"),
            ]
        }
    }

    /// Every name the mapping knows, with a value that fits none of the schema's types.
    static let hostile: [(String, String)] = [
        "Computer", "User", "Image", "CommandLine", "ProcessId", "ProcessGuid", "ParentProcessId",
        "SourceIp", "SourcePort", "DestinationIp", "DestinationPort", "IpAddress", "TargetUserName",
        "SubjectUserName", "TargetObject", "Details", "Hashes", "QueryName", "QueryResults",
        "cs-method", "c-uri", "sc-status", "LogonType", "GrantedAccess", "eventName", "TaskName",
        "ScriptBlockText", "PrivilegeList", "sourceIPAddress", "EventType", "time", "class_uid",
    ].map { ($0, "<script>\u{202e}\u{1b}[31m\u{0}'\"\\@x@y.z 0x-1 +9 999.1.1.1::::") }

    static func event(
        _ activity: Activity, _ source: SourceKind, _ pairs: [(String, String)], number: UInt64,
        timed: Bool = true
    ) -> RetainedEvent {
        RetainedEvent(
            reference: RecordReference(source: 0, record: number, offset: number, order: number),
            time: timed ? MadeRun.time(Int64(number)) : nil, pairs, source: source,
            activity: activity)
    }

    /// One line for each activity, kind and fullness.
    static func lines() -> [UInt8] {
        let writer = OCSFEvent(productVersion: "0.1.0")
        var bytes: [UInt8] = []
        var number: UInt64 = 0
        for activity in Activity.allCases {
            for source in SourceKind.allCases {
                for pairs in [[], usual(activity), hostile, usual(activity) + hostile] {
                    number += 1
                    var event = event(
                        activity, source, pairs, number: number, timed: number % 7 != 0)
                    event.raw = number % 3 == 0 ? [0xff, 0x7b, 0x00, 0x22] : []
                    let known = number % 2 == 0
                    bytes += writer.bytes(
                        of: event, uid: "made#\(number)", host: known ? "host-1" : nil,
                        user: known ? "carol@example.com" : nil)
                    bytes.append(UInt8(ascii: "\n"))
                }
            }
        }
        return bytes
    }
}
