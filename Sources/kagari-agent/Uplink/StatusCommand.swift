import Agent
import ArgumentParser
import Engine

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says how the agent on this host does.",
        discussion: "Exit code 0: it runs and is connected; 1: it is not.")

    @OptionGroup var options: StateOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let folder = try options.folder()
        let file = StatusFile(folder: folder)
        let identity: AgentIdentity
        do throws(AgentFailure) { identity = try AgentIdentity.load(from: folder) } catch {
            throw Host.fail(error)
        }
        guard let told = file.told, file.isFresh(told, now: Host.now) else {
            Host.tell(
                json
                    ? #"{"running":false}"#
                    : "\(identity.agent) of tenant \(identity.tenant) does not run; start it with `kagari-agent run`"
            )
            throw ExitCode(1)
        }
        Host.tell(json ? told.json : told.text)
        if !told.isConnected { throw ExitCode(1) }
    }
}

/// What a running agent last wrote of itself.
struct StatusFile: Sendable {
    private static let name = "status"
    private static let seconds: Int64 = 2

    let folder: StateFolder

    struct Told {
        var time: Timestamp
        var isConnected: Bool
        var json: String
        var text: String
    }

    func isFresh(_ told: Told, now: Timestamp) -> Bool {
        abs(now.nanoseconds - told.time.nanoseconds) < 5 * Self.seconds * 1_000_000_000
    }

    /// Nil where none can be read.
    var told: Told? {
        guard let bytes = (try? folder.read(Self.name, bytesMax: 64 << 10)) ?? nil else {
            return nil
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count >= 3, let time = Int64(lines[0]) else { return nil }
        return Told(
            time: Timestamp(nanoseconds: time), isConnected: lines[1] == "connected",
            json: String(lines[2]), text: lines.dropFirst(3).joined(separator: "\n"))
    }

    /// Writes until it is cancelled, and removes it then.
    func keep(of service: AgentService) async {
        while !Task.isCancelled {
            let figures = await service.spool.figures
            try? folder.write(Array(Self.content(service, figures).utf8), as: Self.name)
            try? await Task.sleep(for: .seconds(Self.seconds))
        }
        try? folder.remove(Self.name)
    }

    private static func content(_ service: AgentService, _ figures: SpoolLane.Figures) -> String {
        let (state, identity, now) = (service.status, service.identity, Host.now)
        var json = JSONWriter()
        json.object { json in
            json.member("running", true)
            json.member("agent", identity.agent)
            json.member("tenant", identity.tenant)
            json.member("server", identity.server.description)
            json.member("connected", state.isConnected)
            json.member("connection", state.connection)
            json.member("spool_records", Int64(clamping: figures.waiting))
            json.member("spool_bytes", Int64(figures.bytes))
            json.member("spool_bytes_max", Int64(figures.bytesMax))
            json.member("last_sequence", Int64(clamping: figures.last))
            json.member("acknowledged", Int64(clamping: state.acknowledged))
            json.member("evicted", Int64(clamping: figures.evicted))
            json.member("damaged", Int64(clamping: figures.damaged))
            json.member("policy_version", Int64(clamping: state.policyVersion))
            json.member("certificate_ends", state.certificateEnds?.text ?? "")
            json.member("complaints", state.complaints)
        }
        let text = """
            \(identity.agent) of tenant \(identity.tenant): \(state.connection)
            spool: \(figures.waiting) records wait, \(figures.bytes) of \(figures.bytesMax) bytes; sequence \(figures.last), acknowledged \(state.acknowledged)
            policy: \(state.policyVersion == 0 ? "none" : "\(state.policyVersion)"); certificate until \(state.certificateEnds?.text ?? "?")
            \(state.complaints.map { "wrong: \($0)" }.joined(separator: "\n"))
            """
        return """
            \(now.nanoseconds)
            \(state.isConnected ? "connected" : "apart")
            \(String(decoding: json.bytes, as: UTF8.self))
            \(text)
            """
    }
}
