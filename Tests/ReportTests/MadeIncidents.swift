import Engine
import Sigma

/// The incidents of ``MadeRun``.
enum MadeIncidents {
    private static let ws = "WS-042.acme.example"
    private static let dc = "SRV-DC1.acme.example"

    static var intrusion: Incident {
        Incident(
            id: "c0ffee0000000000000000000000c0de",
            title: "Document opened by alice led to a stolen directory database and cloud data",
            level: .critical, risk: 94, confidence: 91, firstSeen: MadeRun.time(40),
            lastSeen: MadeRun.time(1_391),
            story: [
                "alice opened invoice-1120.docm in WINWORD.EXE on WS-042, "
                    + "which started a hidden powershell.exe.",
                "powershell.exe downloaded upd.dll from cdn-telemetry.example "
                    + "and ran it through rundll32.exe.",
                "rundll32.exe called 203.0.113.50 every 60 s, 14 times, "
                    + "and listed accounts and groups.",
                "It set the Run key Updater, so that it starts again with alice's next logon.",
                "It read the memory of lsass.exe; the account svc-backup was used from then on.",
                "svc-backup installed the service kx93 on SRV-DC1, "
                    + "which copied the directory database (ntds.dit) and cleared the Security log.",
                "svc-backup signed in to AWS from 203.0.113.50 "
                    + "and read 50 objects from the bucket acme-finance.",
            ],
            alerts: Array(0...25), root: EntityID(text: "file:invoice"), entities: entities,
            edges: edges,
            techniques: [
                "T1566.001", "T1204.002", "T1059.001", "T1547.001", "T1218.011", "T1070.001",
                "T1003.001", "T1003.003", "T1033", "T1087.002", "T1021.002", "T1569.002",
                "T1530", "T1071.001", "T1078.004",
            ],
            tactics: [
                "initial-access", "execution", "persistence", "defense-evasion",
                "credential-access", "discovery", "lateral-movement", "collection",
                "command-and-control",
            ])
    }

    static var guessing: Incident {
        let user = EntityID(text: "user:web-01|deploy")
        let address = EntityID(text: "address:198.51.100.7")
        let host = EntityID(text: "host:web-01")
        return Incident(
            id: "beef0000000000000000000000000002",
            title: "Password guessing against web-01 succeeded for deploy", level: .high, risk: 61,
            confidence: 78, firstSeen: MadeRun.time(3_700), lastSeen: MadeRun.time(4_000),
            story: [
                "198.51.100.7 tried 31 passwords on web-01 and got in as deploy.",
                "Nothing further was seen from this session.",
            ],
            alerts: [26], root: address,
            entities: [
                Entity(id: address, kind: .address, label: "198.51.100.7"),
                Entity(id: host, kind: .host, label: "web-01", host: "web-01", alerts: [26]),
                Entity(id: user, kind: .user, label: "deploy", host: "web-01", alerts: [26]),
            ],
            edges: [
                CausalEdge(
                    from: address, to: user, reason: .loggedOnFrom, time: MadeRun.time(4_000)),
                CausalEdge(from: user, to: host, reason: .loggedOn, time: MadeRun.time(4_000)),
            ],
            techniques: ["T1110.001"], tactics: ["credential-access"])
    }

    private static func entity(
        _ id: String, _ kind: Entity.Kind, _ label: String, _ host: String?, _ at: Int64,
        _ alerts: [Int] = [], _ facts: [(name: String, value: String)] = []
    ) -> Entity {
        Entity(
            id: EntityID(text: id), kind: kind, label: label, facts: facts, host: host,
            firstSeen: MadeRun.time(at), lastSeen: MadeRun.time(at + 30), alerts: alerts)
    }

    private static func process(
        _ id: String, _ label: String, _ pid: String, _ line: String, _ host: String, _ at: Int64,
        _ alerts: [Int] = [], user: String = #"ACME\alice"#
    ) -> Entity {
        entity(
            id, .process, label, host, at, alerts,
            [("pid", pid), ("command line", line), ("user", user)])
    }

    private static var entities: [Entity] {
        [
            entity("host:ws", .host, "WS-042", ws, 40),
            entity("host:dc", .host, "SRV-DC1", dc, 520),
            entity("user:alice", .user, #"ACME\alice"#, ws, 40),
            entity("user:svc", .user, #"ACME\svc-backup"#, dc, 430),
            entity(
                "file:invoice", .file, "invoice-1120.docm", ws, 40, [],
                [("path", #"C:\Users\alice\Downloads\invoice-1120.docm"#)]),
            process("p:explorer", "explorer.exe", "3120", #"C:\Windows\explorer.exe"#, ws, 38),
            process(
                "p:word", "WINWORD.EXE", "5044",
                #""WINWORD.EXE" /n "C:\Users\alice\Downloads\invoice-1120.docm""#, ws, 41),
            process(
                "p:ps", "powershell.exe", "6120",
                "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA", ws,
                62, [0, 1]),
            entity("domain:cdn", .domain, "cdn-telemetry.example", nil, 66),
            entity(
                "file:upd", .file, "upd.dll", ws, 90, [], [("path", #"C:\Users\Public\upd.dll"#)]),
            process(
                "p:rundll", "rundll32.exe", "7344", #"rundll32.exe C:\Users\Public\upd.dll,Start"#,
                ws, 95, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
            entity(
                "addr:c2", .address, "203.0.113.50", nil, 101, [3, 4, 5], [("port", "443")]),
            process(
                "p:net", "net.exe", "7512", "net group \"Domain Admins\" /domain", ws, 160, [17]),
            process("p:whoami", "whoami.exe", "7530", "whoami /all", ws, 164, [18]),
            entity("reg:run", .registryKey, #"…\CurrentVersion\Run\Updater"#, ws, 210, [19]),
            process("p:lsass", "lsass.exe", "712", "lsass.exe", ws, 312, [20], user: "SYSTEM"),
            entity(
                "svc:kx93", .service, "kx93", dc, 520, [21],
                [("image", #"\\SRV-DC1\ADMIN$\kx93.exe"#)]),
            process("p:kx", "kx93.exe", "4388", #"C:\Windows\kx93.exe"#, dc, 524, user: "SYSTEM"),
            process(
                "p:ntds", "ntdsutil.exe", "4410",
                #"ntdsutil "ac i ntds" "ifm" "create full C:\Windows\Temp\x" q q"#, dc, 604, [22],
                user: "SYSTEM"),
            entity("file:ntds", .file, "ntds.dit", dc, 606),
            process(
                "p:wevt", "wevtutil.exe", "4502", "wevtutil cl Security", dc, 818, [23],
                user: "SYSTEM"),
            entity("cloud:svc", .cloudPrincipal, "111122223333:user/svc-backup", nil, 1_240, [24]),
            entity("cloud:role", .cloudPrincipal, "role/finance-read", nil, 1_300),
            entity("cloud:bucket", .cloudResource, "s3://acme-finance", nil, 1_391, [25]),
        ]
            + (1...9).map {
                entity("file:t\($0)", .file, "~tmp\($0).dat", ws, 220 + Int64($0))
            }
    }

    private static var edges: [CausalEdge] {
        func edge(
            _ from: String, _ to: String, _ reason: CausalEdge.Reason, _ at: Int64
        ) -> CausalEdge {
            CausalEdge(
                from: EntityID(text: from), to: EntityID(text: to), reason: reason,
                time: MadeRun.time(at))
        }
        return [
            edge("p:explorer", "p:word", .spawned, 41), edge("file:invoice", "p:word", .loaded, 42),
            edge("user:alice", "p:explorer", .ranAs, 38), edge("p:word", "p:ps", .spawned, 62),
            edge("p:ps", "domain:cdn", .resolved, 66),
            edge("domain:cdn", "file:upd", .downloaded, 90),
            edge("p:ps", "file:upd", .wrote, 90), edge("p:ps", "p:rundll", .spawned, 95),
            edge("file:upd", "p:rundll", .wroteThenRan, 95),
            edge("p:rundll", "addr:c2", .connected, 101), edge("p:rundll", "p:net", .spawned, 160),
            edge("p:rundll", "p:whoami", .spawned, 164),
            edge("p:rundll", "reg:run", .persisted, 210),
            edge("p:rundll", "p:lsass", .accessed, 312), edge("p:lsass", "user:svc", .stole, 430),
            edge("user:svc", "svc:kx93", .remoteService, 520),
            edge("svc:kx93", "p:kx", .spawned, 524),
            edge("p:kx", "p:ntds", .spawned, 604), edge("p:ntds", "file:ntds", .wrote, 606),
            edge("p:kx", "p:wevt", .spawned, 818),
            edge("addr:c2", "cloud:svc", .signedInFrom, 1_240),
            edge("user:svc", "cloud:svc", .stole, 1_240),
            edge("cloud:svc", "cloud:role", .assumedRole, 1_300),
            edge("cloud:role", "cloud:bucket", .called, 1_391),
        ] + (1...9).map { edge("p:rundll", "file:t\($0)", .wrote, 220 + Int64($0)) }
    }
}
