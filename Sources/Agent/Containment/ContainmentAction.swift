internal import Engine

/// What an entry of the policy comes to for one alert: its subject is taken from the record that the rule fired on, never guessed.
///
/// Whoever does it (`ActionOrder`) judges it again, with the host's own limits.
enum ContainmentAction: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case suspendProcesses = "suspend_processes"
        case killProcesses = "kill_processes"
        case quarantineFile = "quarantine_file"
        case restoreFiles = "restore_files"
        case blockNetwork = "block_network"
        case isolateHost = "isolate_host"
        case disableUser = "disable_user"
        case endSessions = "end_sessions"
    }

    struct Process: Hashable, Sendable {
        var pid: Int64
        /// Ticks since the boot.
        var start: Int64
    }

    case suspend(Process), kill(Process), restore(Process)
    case quarantine(path: String)
    case block(address: String)
    case isolate
    case disable(user: String), endSessions(user: String)

    /// Whether it goes on holding, so that it has a lease.
    var isHeld: Bool {
        switch self {
        case .suspend, .quarantine, .block, .isolate, .disable: true
        case .kill, .restore, .endSessions: false
        }
    }

    /// Nil, with the reason, where the record names no subject that may be acted on unasked.
    static func of(_ kind: Kind, for event: RetainedEvent) -> Result<Self, Unfit> {
        switch kind {
        case .suspendProcesses: process(event).map { .suspend($0) }
        case .killProcesses: process(event).map { .kill($0) }
        case .restoreFiles: process(event).map { .restore($0) }
        case .quarantineFile: file(event).map { .quarantine(path: $0) }
        case .blockNetwork: address(event).map { .block(address: $0) }
        case .isolateHost: .success(.isolate)
        case .disableUser: user(event).map { .disable(user: $0) }
        case .endSessions: user(event).map { .endSessions(user: $0) }
        }
    }

    struct Unfit: Error, Hashable, Sendable { var reason: String }

    private static func process(_ event: RetainedEvent) -> Result<Process, Unfit> {
        // boot, number, start
        let parts = (event["ProcessGuid"] ?? "").split(separator: "-")
        guard parts.count == 3, let pid = Int64(parts[1]), let start = Int64(parts[2]), pid > 1
        else { return .failure(Unfit(reason: "the record names no process")) }
        return .success(Process(pid: pid, start: start))
    }

    /// A file that came new, or a program of no package: what was there before, and what the system is made of, is a person's to judge.
    private static func file(_ event: RetainedEvent) -> Result<String, Unfit> {
        switch event["kagari_event"] {
        case "file_create":
            guard let path = event["TargetFilename"] else { break }
            return .success(path)
        case "process_start":
            guard let path = event["Image"], path.hasPrefix("/") else { break }
            guard event["Packaged"] == "false" else {
                return .failure(Unfit(reason: "\(path) is not known to be of no package"))
            }
            return .success(path)
        default: break
        }
        return .failure(Unfit(reason: "the record names no file that came new"))
    }

    private static func address(_ event: RetainedEvent) -> Result<String, Unfit> {
        let name = event["Initiated"] == "false" ? "SourceIp" : "DestinationIp"
        guard let address = event[name] else {
            return .failure(Unfit(reason: "the record names no address"))
        }
        return .success(address)
    }

    private static func user(_ event: RetainedEvent) -> Result<String, Unfit> {
        guard let user = event["User"], user != "root" else {
            return .failure(Unfit(reason: "the record names no user but root"))
        }
        return .success(user)
    }

    /// The members of an action, as an order has them.
    func write(to json: inout JSONWriter) {
        switch self {
        case .suspend(let process): Self.write(.suspendProcesses, process, &json)
        case .kill(let process): Self.write(.killProcesses, process, &json)
        case .restore(let process):
            Self.write(.restoreFiles, process, &json)
        case .quarantine(let path):
            json.member("kind", Kind.quarantineFile.rawValue)
            json.member("paths", [path])
        case .block(let address):
            json.member("kind", Kind.blockNetwork.rawValue)
            json.member("addresses", [address])
        case .isolate: json.member("kind", Kind.isolateHost.rawValue)
        case .disable(let user):
            json.member("kind", Kind.disableUser.rawValue)
            json.member("user", user)
        case .endSessions(let user):
            json.member("kind", Kind.endSessions.rawValue)
            json.member("user", user)
        }
    }

    private static func write(_ kind: Kind, _ process: Process, _ json: inout JSONWriter) {
        json.member("kind", kind.rawValue)
        json.array("processes") { list in
            list.object { one in
                one.member("pid", process.pid)
                one.member("start", process.start)
            }
        }
        if kind != .restoreFiles { json.member("tree", true) }
    }
}
