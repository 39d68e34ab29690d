import ArgumentParser
import Glibc
import Sense

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Writes what happens on this host as lines of JSON (docs/endpoint-events.md).",
        discussion: "Needs root. Ends with SIGINT, SIGTERM, or after --seconds.")

    @Option(help: "File that lines are appended to; - is standard output.")
    var output = "-"

    @Option(help: "Ends after this many seconds.")
    var seconds: UInt64?

    @Option(name: .customLong("watch"), help: "Watches this place besides the usual ones.")
    var places: [String] = []

    @Flag(help: "Watches only the places of --watch.")
    var onlyThese = false

    @Flag(help: "Tells processes that fork without starting a program, too.")
    var forks = false

    @Option(help: "Folder of the control group whose packets are looked at; the top one otherwise.")
    var controlGroup: String?

    @Flag(help: "Loads nothing into the kernel: processes alone, as the proc connector tells them.")
    var withoutPrograms = false

    @Flag(help: "Writes figures to standard error at the end.")
    var stats = false

    func validate() throws {
        for place in places where !place.hasPrefix("/") {
            throw ValidationError("--watch takes an absolute path, not `\(place)`.")
        }
    }

    func run() throws {
        var settings = Sensor.Settings()
        if onlyThese { settings.places = [] }
        settings.places += places.map { WatchedPlace($0) }
        settings.controlGroup = controlGroup
        settings.tellsForks = forks
        let sink = try LineSink(output)
        let signals = StopSignals()
        let sensor = try SensorChoice.best(settings, withoutPrograms: withoutPrograms) {
            sink.write($0)
        }
        let start = SystemFile.bootTime
        while !signals.wantsStop(), !sink.isClosed {
            sensor.poll(milliseconds: 100)
            if let seconds, SystemFile.bootTime - start >= seconds * 1_000_000_000 { break }
        }
        sensor.finish()
        if stats { StandardOutput.say(sensor.statistics.text + "\n") }
        if sink.isClosed { throw ExitCode(1) }
    }
}
