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
            them: journalled, verified, and undone on demand or when their lease ends.
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
    @Flag(help: "End when standard input has ended and the server has all of it.")
    var untilSent = false

    func validate() throws {
        for place in places where !place.hasPrefix("/") {
            throw ValidationError("--watch takes an absolute path, not `\(place)`.")
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
        let setting = AgentSetting(
            folder: folder, program: KagariAgent.version, host: Host.name, boot: Host.boot,
            group: group, wall: { Host.now },
            random: {
                var random = SystemRandomNumberGenerator()
                return random.next()
            },
            sensor: { sensor.figures }, perform: { await desk.perform($0) }, log: { Host.say($0) })
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
        let reader = try input.map { try LineInput($0, folder: folder, cuts: cuts) }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await Self.untilSignal() }
            if untilSent { tasks.addTask { await Self.untilSent(service, reader) } }
            let worker = Task { await service.work() }
            let input = Task { await reader?.run(into: service.spool) }
            let sensing = Task { await sensor.run(into: service.spool) }
            let acting = Task { await desk.run() }
            let status = Task { await StatusFile(folder: folder).keep(of: service) }
            await tasks.next()
            tasks.cancelAll()
            input.cancel()
            await input.value
            sensing.cancel()
            await sensing.value
            acting.cancel()
            await acting.value
            worker.cancel()
            await worker.value
            status.cancel()
            await status.value
        }
        try await group.shutdownGracefully()
        try await senses.shutdownGracefully()
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
