internal import Act
internal import ArgumentParser

struct ActCollect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract:
            "Gathers processes, sockets, autoruns, logs and files named into a folder with a signed manifest."
    )

    @OptionGroup var options: ActOptions
    @Option(help: "Folder to be made.") var into: String
    @Argument(help: "Files to take along.") var files: [String] = []

    func run() throws {
        let made = try report {
            try TriagePackage.collect(
                into: into, files: try files.map { try HostPath($0) }, desk: try options.desk(),
                at: ActOptions.now)
        }
        say(
            .members([
                "manifest_sha256": .string(made.digest),
                "signature": .string(Hex.text(made.signature)),
                "left_out": .array(made.left.map { .string($0) }),
            ]))
    }
}
