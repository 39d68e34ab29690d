internal import ArgumentParser

/// The program on the endpoint.
@main
struct KagariAgent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kagari-agent",
        abstract:
            "Senses what happens on one host, and acts on it so that every act can be taken back.",
        subcommands: [
            ProbeCommand.self, WatchCommand.self, InventoryCommand.self, ActCommand.self,
        ])
}
