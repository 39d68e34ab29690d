import Engine
import Report
import Sigma

/// A made attack: a document opened on a workstation, credentials stolen, the domain controller
/// and a cloud account reached. Names and addresses are from the ranges kept for documentation.
enum MadeRun {
    /// 2026-11-20T10:00:00Z
    static let start: Int64 = 1_795_168_800

    static func time(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: (start + seconds) * 1_000_000_000)
    }

    static let techniques: [String: Technique] = [
        "T1566.001": Technique(name: "Spearphishing Attachment", tactics: ["initial-access"]),
        "T1204.002": Technique(name: "Malicious File", tactics: ["execution"]),
        "T1059.001": Technique(name: "PowerShell", tactics: ["execution"]),
        "T1059.003": Technique(name: "Windows Command Shell", tactics: ["execution"]),
        "T1547.001": Technique(
            name: "Registry Run Keys / Startup Folder",
            tactics: ["persistence", "privilege-escalation"]),
        "T1053.005": Technique(
            name: "Scheduled Task", tactics: ["execution", "persistence", "privilege-escalation"]),
        "T1218.011": Technique(name: "Rundll32", tactics: ["defense-evasion"]),
        "T1070.001": Technique(name: "Clear Windows Event Logs", tactics: ["defense-evasion"]),
        "T1003.001": Technique(name: "LSASS Memory", tactics: ["credential-access"]),
        "T1003.003": Technique(name: "NTDS", tactics: ["credential-access"]),
        "T1087.002": Technique(name: "Domain Account", tactics: ["discovery"]),
        "T1033": Technique(name: "System Owner/User Discovery", tactics: ["discovery"]),
        "T1569.002": Technique(name: "Service Execution", tactics: ["execution"]),
        "T1021.002": Technique(
            name: "SMB/Windows Admin Shares", tactics: ["lateral-movement"]),
        "T1071.001": Technique(name: "Web Protocols", tactics: ["command-and-control"]),
        "T1078.004": Technique(
            name: "Cloud Accounts",
            tactics: ["defense-evasion", "persistence", "privilege-escalation", "initial-access"]),
        "T1530": Technique(name: "Data from Cloud Storage", tactics: ["collection"]),
        "T1110.001": Technique(name: "Password Guessing", tactics: ["credential-access"]),
    ]

    static var result: RunResult {
        var run = RunResult()
        run.sources = [
            .init(path: "evidence/ws-042.evtx", format: .evtx, records: 48_211, unparsed: 2),
            .init(path: "evidence/srv-dc1.evtx", format: .evtx, records: 112_904),
            .init(
                path: "evidence/trail.zip!2026-11-20.json.gz", format: .jsonArray, records: 3_120),
            .init(path: "evidence/web/auth.log", format: .syslog, records: 8_002, unparsed: 1),
            .init(path: "evidence/locked.evtx", problem: "permission denied: run as its owner"),
        ]
        run.rules = rules
        run.records = 172_237
        run.bytes = 268_435_456
        run.alerts = MadeAlerts.all
        run.incidents = [MadeIncidents.intrusion, MadeIncidents.guessing]
        run.incidentOfAlert = run.alerts.indices.map { index in
            run.incidents.firstIndex { $0.alerts.contains(index) }
        }
        run.unparsed = [
            .init(
                source: 0, offset: 69_632, reason: "chunk checksum differs",
                bytes: Array("ElfChnk\0\u{1b}[31m".utf8)),
            .init(
                source: 3, offset: 4_411, reason: "line is not UTF-8", bytes: [0xff, 0xfe, 0x41]),
        ]
        run.unparsedByReason = ["chunk checksum differs": 2, "line is not UTF-8": 1]
        return run
    }

    static var statistics: RunStatistics {
        var statistics = RunStatistics()
        statistics.records = 172_237
        statistics.bytes = 268_435_456
        statistics.elapsed = .milliseconds(912)
        statistics.processorTime = .milliseconds(1_604)
        statistics.threads = 2
        statistics.alerts = UInt64(MadeAlerts.all.count)
        statistics.incidents = 2
        statistics.rulesLoaded = 2_977
        statistics.rulesSkippedByReason = ["deprecated": 412, "regex needs backtracking": 3]
        statistics.rulesWithoutSource = 611
        statistics.unparsedByReason = ["chunk checksum differs": 2, "line is not UTF-8": 1]
        statistics.peakMemoryBytes = 121_634_816
        return statistics
    }

    static let rules: [RuleMetadata] = [
        rule(
            "Office Program Starts a Script Host", .high,
            ["attack.execution", "attack.t1204.002", "attack.initial-access", "attack.t1566.001"],
            "M. Tanaka"),
        rule(
            "PowerShell Hidden Window With Encoded Command", .high,
            ["attack.execution", "attack.t1059.001"], "Kagari project"),
        rule(
            "Rundll32 Runs a Library From a Public Folder", .high,
            ["attack.defense-evasion", "attack.t1218.011"], "Kagari project"),
        rule(
            "Connection to a Rare Address by a System Binary", .medium,
            ["attack.command-and-control", "attack.t1071.001"], "R. Okafor, L. Fischer"),
        rule(
            "LSASS Memory Read by an Unusual Process", .critical,
            ["attack.credential-access", "attack.t1003.001"], "R. Okafor"),
        rule(
            "Run Key Points to a User-Writable Folder", .medium,
            ["attack.persistence", "attack.t1547.001"], "Kagari project"),
        rule(
            "Account and Group Listing", .low,
            ["attack.discovery", "attack.t1033", "attack.t1087.002"], "Kagari project"),
        rule(
            "Service Installed From an Administrative Share", .high,
            ["attack.lateral-movement", "attack.t1021.002", "attack.t1569.002"], "L. Fischer"),
        rule(
            "Directory Database Copied", .critical,
            ["attack.credential-access", "attack.t1003.003"], "M. Tanaka"),
        rule(
            "Security Log Cleared", .high,
            ["attack.defense-evasion", "attack.t1070.001"], "Kagari project"),
        rule(
            "Cloud Sign-In From an Address Seen in an Attack", .high,
            ["attack.initial-access", "attack.t1078.004"], "Kagari project"),
        rule(
            "Many Objects Read From One Bucket", .high,
            ["attack.collection", "attack.t1530"], "R. Okafor"),
        rule(
            "Many Failed Logons, Then One That Worked", .high,
            ["attack.credential-access", "attack.t1110.001"], "Kagari project"),
        rule("Scheduled Task Created", .low, ["attack.persistence", "attack.t1053.005"], nil),
        rule("Administrator Logged On", .informational, [], "Kagari project"),
    ]

    private static func rule(
        _ title: String, _ level: Level, _ tags: [String], _ author: String?
    ) -> RuleMetadata {
        let number = String(title.utf8.reduce(UInt64(7)) { ($0 &* 31) &+ UInt64($1) } % 900_000)
        return RuleMetadata(
            id: "5f0c7d10-0000-4000-8000-000000\(number)", title: title, level: level,
            status: "test", author: author, license: author == nil ? nil : "DRL-1.1",
            description: "Finds the behaviour that the title names.", tags: tags,
            references: ["https://attack.mitre.org/"],
            falsePositives: ["Administration tools"],
            source: SourceLocation(path: "rules/\(number).yml"))
    }
}
