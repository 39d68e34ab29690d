import Agent
import ArgumentParser
import Link
import NIOCore
import NIOPosix

struct EnrolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: "Lets this host in, once, with a join token of `kagari agents join-token`.",
        discussion: """
            The token names the server's authority, so a server that is not the one meant is refused. \
            Exit code 1: something here or on the way is wrong; 3: the server refuses.
            """)

    @Option(help: ArgumentHelp("Where the server listens for agents.", valueName: "host:port"))
    var server: String
    @Option(
        help: ArgumentHelp(
            "The join token; `-` reads it from standard input, where other users do not see it.",
            valueName: "token"))
    var token: String
    @Option(help: "What this host is called. [its own name]") var name: String?
    @OptionGroup var options: StateOptions

    func run() async throws {
        guard let address = ServerAddress(server) else {
            throw ValidationError("`\(server)` is no HOST:PORT.")
        }
        let text = token == "-" ? readLine() ?? "" : token
        guard let token = JoinToken(text.filter { !$0.isWhitespace }) else {
            throw ValidationError(
                "That is no whole join token; copy all of what `kagari agents join-token` printed.")
        }
        let folder = try options.folder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let dialler = LinkDialler(group: group, now: { Host.now.date })
        do throws(AgentFailure) {
            let identity = try await Enrolment(
                server: address, token: token, host: name ?? Host.name,
                program: KagariAgent.version
            ).run(in: folder, over: dialler)
            Host.tell("\(identity.agent) of tenant \(identity.tenant) is enrolled at \(address)")
        } catch { throw Host.fail(error) }
        try await group.shutdownGracefully()
    }
}
