internal import ArgumentParser

/// The program on the endpoint. One command a file; each is listed here.
@main
struct KagariAgent: AsyncParsableCommand {
    static let version = "kagari-agent 0.5"

    static let configuration = CommandConfiguration(
        commandName: "kagari-agent",
        abstract:
            "Senses what happens on one host, brings it to its server, and acts on it so that every act can be taken back.",
        version: version,
        subcommands: [
            EnrolCommand.self, RunCommand.self, StatusCommand.self, ProbeCommand.self,
            WatchCommand.self, InventoryCommand.self, ActCommand.self,
        ])
}
