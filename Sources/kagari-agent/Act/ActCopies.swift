internal import Act
internal import ArgumentParser
internal import Glibc

struct ActCopies: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copies",
        abstract:
            "Copies files of one mount before programs that are not trusted open them, until it is ended."
    )

    @OptionGroup var options: ActOptions
    @Option(help: "The mount, never `/`.") var mount: String
    @Option(help: "Path of a program that is trusted; may be given again.") var trust: [String] = []
    @Option(help: "Most bytes of all copies.") var bytes: Int64 = 4 << 30

    func run() throws {
        try report {
            var limits = CopyLimits()
            limits.storeBytesMax = bytes
            let trusted = Set(trust)
            var files = try FileGuard(mount: mount, desk: try options.desk(), limits: limits)
            say(.members(["watching": .string(mount)]))
            var said = files.counts
            var saidAt = ActOptions.now
            while true {
                let now = ActOptions.now
                try files.turn(timeoutMilliseconds: 1_000, at: now) { _, program in
                    program.map(trusted.contains) ?? false
                }
                guard files.counts != said, now >= saidAt + 1 else { continue }
                (said, saidAt) = (files.counts, now)
                try files.ageOut(at: now)
                say(line(said))
            }
        }
    }

    private func line(_ counts: CopyCounts) -> JSONValue {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .members([
            "opens": number(counts.opens), "trusted": number(counts.trusted),
            "copied": number(counts.copied), "known": number(counts.known),
            "uncovered": number(counts.uncovered),
        ])
    }
}
