import Agent
import ArgumentParser
import Engine
import FoundationEssentials
import NIOCore
import NIOPosix
import UnixSignals
import Wire

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Keeps records and brings them to the server, until SIGTERM or SIGINT.",
        discussion: """
            Records are lines: of standard input, of a FIFO, or of a file that grows, which is taken up where it was left. \
            Without --input it keeps up the connection and takes orders.
            """)

    @OptionGroup var options: StateOptions
    @Option(help: ArgumentHelp("Lines to keep and send; `-` is standard input.", valueName: "file"))
    var input: String?
    @Flag(help: "End when standard input has ended and the server has all of it.")
    var untilSent = false

    func run() async throws {
        let folder = try options.folder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let cuts = CutCounter()
        let setting = AgentSetting(
            folder: folder, program: KagariAgent.version, host: Host.name, boot: Host.boot,
            group: group, wall: { Host.now },
            random: {
                var random = SystemRandomNumberGenerator()
                return random.next()
            },
            sensor: {
                var state = SensorState()
                state.cuts = cuts.count
                return state
            }, perform: Orders.perform, log: { Host.say($0) })
        let service: AgentService
        do throws(AgentFailure) { service = try AgentService(setting) } catch {
            throw Host.fail(error)
        }
        Host.say("agent \(service.identity.agent) of tenant \(service.identity.tenant)")
        let reader = try input.map { try LineInput($0, folder: folder, cuts: cuts) }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await Self.untilSignal() }
            if untilSent { tasks.addTask { await Self.untilSent(service, reader) } }
            let worker = Task { await service.work() }
            let input = Task { await reader?.run(into: service.spool) }
            let status = Task { await StatusFile(folder: folder).keep(of: service) }
            await tasks.next()
            tasks.cancelAll()
            input.cancel()
            await input.value
            worker.cancel()
            await worker.value
            status.cancel()
            await status.value
        }
        try await group.shutdownGracefully()
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

/// What is done about orders here: nothing yet but saying so.
enum Orders {
    static let perform: @Sendable (WireSignedOrder) async -> WireOrderReceipt = { order in
        var receipt = WireOrderReceipt()
        receipt.order = order.order
        receipt.body = Data(
            #"{"outcome":"refused","reason":"this agent does no actions"}"#.utf8)
        return receipt
    }
}
