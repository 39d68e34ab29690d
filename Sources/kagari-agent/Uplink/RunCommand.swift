import Act
import Agent
import ArgumentParser
import Engine
import NIOCore
import NIOPosix
import Sense
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Keeps records and brings them to the server, until SIGTERM or SIGINT.",
        discussion: """
            With --sense it tells what happens on this host, as `watch` does, and needs root. With --input records are lines: of standard \
            input, of a FIFO, or of a file that grows, which is taken up where it was left.

            Without --act it only observes: orders are answered with a refusal. With --act orders of its server are done as `act` does \
            them: journalled, verified, and undone on demand or when their lease ends. What its policy has ready for an alert of this host is \
            done by itself, connected or not. With --copies files of a mount are copied before a program that is not trusted opens them, so that \
            `restore_files` can give them back.
            """)

    @OptionGroup var options: StateOptions
    @Option(help: ArgumentHelp("Lines to keep and send; `-` is standard input.", valueName: "file"))
    var input: String?
    @Flag(help: "Tell what happens on this host.") var sense = false
    @Option(
        name: .customLong("watch"), parsing: .singleValue,
        help: ArgumentHelp("With --sense also this place; several times.", valueName: "path"))
    var places: [String] = []
    @Flag(help: "Do what the server orders.") var act = false
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --act only this kind of action; several times.", valueName: "kind"))
    var only: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --act: copy files of this mount before damage, never of `/`; several times.",
            valueName: "mount"))
    var copies: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --copies: a program that may open files without a copy; several times.",
            valueName: "program"))
    var trust: [String] = []
    @Flag(help: "End when standard input has ended and the server has all of it.")
    var untilSent = false

    func validate() throws {
        for place in places where !place.hasPrefix("/") {
            throw ValidationError("--watch takes an absolute path, not `\(place)`.")
        }
        guard act || copies.isEmpty else {
            throw ValidationError("--copies goes with --act: copies are for restoring.")
        }
        for path in copies + trust where !path.hasPrefix("/") {
            throw ValidationError("--copies and --trust take absolute paths, not `\(path)`.")
        }
        for kind in only where Action.Kind(rawValue: kind) == nil {
            let known = Action.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no action `\(kind)`; there are: \(known).")
        }
    }

    func run() async throws {
        let folder = try options.folder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let cuts = CutCounter()
        let identity: AgentIdentity
        do throws(AgentFailure) { identity = try AgentIdentity.load(from: folder) } catch {
            throw Host.fail(error)
        }
        let senses = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sensor = SensorInput(loop: senses.next(), cuts: cuts)
        let desk = OrderDesk(identity, folder: folder, allowed: allowed)
        let setting = setting(folder, group, sensor, desk)
        let service: AgentService
        do throws(AgentFailure) { service = try AgentService(setting) } catch {
            throw Host.fail(error)
        }
        Host.say("agent \(service.identity.agent) of tenant \(service.identity.tenant)")
        if sense {
            var settings = Sensor.Settings()
            settings.places += places.map { WatchedPlace($0) }
            try await sensor.start(settings)
        }
        let keepers = try await CopyKeepers(copies, trusted: trust, desk: desk)
        let reader = try input.map { try LineInput($0, folder: folder, cuts: cuts) }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await Self.untilSignal() }
            if untilSent { tasks.addTask { await Self.untilSent(service, reader) } }
            let worker = Task { await service.work() }
            let input = Task { await reader?.run(into: service.spool) }
            let sensing = Task { await sensor.run(into: service.spool) }
            let acting = Task { await desk.run() }
            let copying = Task { await keepers.run() }
            let status = Task { await StatusFile(folder: folder).keep(of: service) }
            await tasks.next()
            tasks.cancelAll()
            input.cancel()
            await input.value
            sensing.cancel()
            await sensing.value
            acting.cancel()
            await acting.value
            copying.cancel()
            await copying.value
            worker.cancel()
            await worker.value
            status.cancel()
            await status.value
        }
        try await group.shutdownGracefully()
        try await senses.shutdownGracefully()
    }

    private func setting(
        _ folder: StateFolder, _ group: any EventLoopGroup, _ sensor: SensorInput, _ desk: OrderDesk
    ) -> AgentSetting {
        AgentSetting(
            folder: folder, program: KagariAgent.version, host: Host.name, boot: Host.boot,
            group: group, wall: { Host.now },
            random: {
                var random = SystemRandomNumberGenerator()
                return random.next()
            },
            sensor: { sensor.figures }, perform: { await desk.perform($0, $1) },
            contain: { await desk.contain($0, $1) }, log: { Host.say($0) })
    }

    private var allowed: Set<Action.Kind> {
        guard act else { return [] }
        return only.isEmpty
            ? Set(Action.Kind.allCases) : Set(only.compactMap(Action.Kind.init(rawValue:)))
    }

    private static func untilSignal() async {
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
    }

    private static func untilSent(_ service: AgentService, _ reader: LineInput?) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(100))
            if reader?.hasEnded ?? true, await service.spool.figures.waiting == 0 { return }
        }
    }
}
