import ArgumentParser

@main
struct Kagari: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds attacks in security logs.", subcommands: [Measure.self])
}
