import ArgumentParser
import Collect
import Engine
import Foundation
import Report
import Scan
import Sigma

/// `kagari scan`: real logs in, incidents out.
struct Scan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads logs, finds attacks in them and shows what happened.",
        discussion: """
            PATH is a file, a folder, a pattern ('logs/*.gz') or - for standard input. Formats are
            recognised from content, also inside gzip, zstd, zip and tar: Windows EVTX; JSON as
            Winlogbeat, evtx_dump, Mordor or Splunk write it; syslog, auditd, journald, Zeek,
            Suricata, CloudTrail, Entra ID, Microsoft 365, Google, Okta, Kubernetes, access logs,
            CEF, LEEF, CSV and key=value.

              kagari scan /evidence --rules sigma/rules
              kagari scan Security.evtx --format html --output report.html
              kagari scan logs.zip --format jsonl | jq .rule.title

            Exit code: 0 done, 1 wrong usage, 2 some input could not be read.
            """)

    @Argument(help: ArgumentHelp("What to read.", valueName: "path"))
    var paths: [String]

    @OptionGroup var ruleOptions: RuleOptions

    @Option(help: "table, jsonl, json, csv, html, ocsf or navigator.")
    var format = ReportFormat.table

    @Option(name: .shortAndLong, help: ArgumentHelp("Write there instead.", valueName: "file"))
    var output: String?

    @Option(help: "Show nothing below: informational, low, medium, high or critical.")
    var minLevel = Level.informational

    @Option(help: "Only events at or after this moment, as 2026-11-23T06:00:00Z.")
    var since: Moment?

    @Option(help: "Only events before this moment.")
    var until: Moment?

    @Option(help: "Workers; all cores when left out.")
    var threads: Int?

    @Option(help: "Take every input for this format, whatever it looks like.")
    var inputFormat: RecordFormat?

    @Flag(help: "Look for EVTX records in damaged files too.")
    var carve = false

    @Flag(help: "Read and compile all rules anew; keep nothing for the next scan.")
    var noCache = false

    @Flag(help: "Also tell what was read, at which speed, and what could not be used.")
    var stats = false

    func validate() throws {
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads takes 1 to 256")
        }
        if let since, let until, since.time >= until.time {
            throw ValidationError("--since must be before --until")
        }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let content = try Content.find()
        let cache = noCache ? nil : RuleCache.standard(ProcessInfo.processInfo.environment)
        let loaded = try RulesInForce.load(ruleOptions, content, cache: cache)
        let rules = loaded.rules
        let started = clock.now
        let progress = ProgressDisplay(started: started)
        let run = ScanRun(
            rules: rules, options: workerOptions, paths: paths,
            reading: ReadOptions(format: inputFormat, carve: carve), report: progress.show)
        let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
        let (result, truncated) = await run.run(threads: workers)
        progress.clear()
        var statistics = RunStatistics()
        statistics.elapsed = clock.now - started
        statistics.processorTime = Machine.processorTime
        statistics.threads = workers
        statistics.peakMemoryBytes = Machine.peakMemoryBytes
        statistics.fill(result, rules)
        try write(result, statistics, content)
        tell(result, truncated)
        if let problem = loaded.remember(), stats { Machine.tell(problem + "\n") }
        if result.sources.contains(where: { $0.problem != nil && !$0.isPassedOver }) {
            throw ExitCode(2)
        }
    }

    private var workerOptions: WorkerOptions {
        WorkerOptions(
            since: since?.time, until: until?.time, referenceTime: Machine.now, carves: carve)
    }

    private func write(
        _ result: RunResult, _ statistics: RunStatistics, _ content: Content
    ) throws {
        let toTerminal = output == nil && isatty(1) != 0
        let environment = ProcessInfo.processInfo.environment
        let options = ReportOptions(
            format: format, width: toTerminal ? Machine.terminalWidth : 100,
            colour: toTerminal && environment["NO_COLOR"] == nil, minLevel: minLevel,
            techniques: content.techniques(),
            commandLine: "kagari " + CommandLine.arguments.dropFirst().joined(separator: " "))
        let sink = try OutputFile(output)
        let inReport: Bool = stats && [.table, .html, .json].contains(format)
        try Reporter(options: options).write(
            result, statistics: inReport ? statistics : nil, to: sink.write)
        try sink.close()
        if stats, !inReport {
            Machine.tell(StatisticsSection(statistics).text(width: options.width))
        }
        if let output { Machine.tell("written to \(output)\n") }
    }

    private func tell(_ result: RunResult, _ truncated: ScanRun.Truncation) {
        var passedOver = 0
        for source in result.sources {
            guard let problem = source.problem else { continue }
            if source.isPassedOver, !stats {
                passedOver += 1
            } else {
                Machine.tell("\(source.path): \(problem)\n")
            }
        }
        if passedOver > 0 {
            Machine.tell(
                "\(passedOver) files that are no logs were passed over; --stats lists them\n")
        }
        if truncated.alerts > 0 {
            Machine.tell("\(truncated.alerts) alerts beyond the limit of 1,000,000 are not kept\n")
        }
        if truncated.fields > 0 {
            Machine.tell(
                "\(truncated.fields) field values beyond a record's limits were left out\n")
        }
        let unparsed = result.unparsedByReason.values.reduce(0, +)
        if unparsed > 0, !stats {
            Machine.tell("\(unparsed) records could not be read; --stats tells why\n")
        }
    }
}

/// A moment on the command line.
struct Moment: ExpressibleByArgument {
    var time: Timestamp
    init?(argument: String) {
        guard let time = TimestampText.parse(argument) else { return nil }
        self.time = time
    }
}

extension ReportFormat: ExpressibleByArgument {}
extension RecordFormat: ExpressibleByArgument {}
extension Level: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
}
