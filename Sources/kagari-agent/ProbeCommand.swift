import ArgumentParser
import Glibc
import Sense

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Says what can be seen on this kernel, program by program, and changes nothing.",
        discussion: "Exit code 0: every program is taken; 1: some or all are refused.")

    @Flag(help: "One JSON object instead of a table.")
    var json = false

    func run() throws {
        let found = SensorProbe.run()
        StandardOutput.write(json ? found.json : Array(found.text.utf8))
        if found.report.programs.contains(where: { $0.refusal != nil }) || found.report.tier == .c {
            throw ExitCode(1)
        }
    }
}
