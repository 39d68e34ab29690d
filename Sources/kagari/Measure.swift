import ArgumentParser
import Engine
import Foundation
import Sigma

/// What this machine can do: parse alone, then parse and match, over one file held in memory.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures parsing and matching on this machine.", shouldDisplay: false)

    @Argument(help: "A file of JSON lines.") var file: String
    @Option(help: "Folder of Sigma rules; may be given several times.") var rules: [String] = []
    @Option(help: "Folder of mappings.") var mappings = "Content/mappings"
    @Option(help: "How often to go over the file.") var rounds = 5
    @Option(help: "Use only every Nth rule.") var every = 1
    @Flag(help: "Print how often each rule fired.") var hits = false

    func run() throws {
        let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        var started = cpuSeconds()
        let set = try load()
        let metadata = set.metadata
        say("rules \(metadata.count) read in \(cpuSeconds() - started) s CPU")
        let block = Block(
            source: 0, sequence: 0, bytes: text, offset: 0, firstLine: 1, format: .json)
        started = cpuSeconds()
        var worker = Worker(rules: set)
        let first = worker.process(block)
        let cold = cpuSeconds() - started
        say("first pass \(cold) s CPU, \(set.compiledClasses) classes, \(set.compiledBytes) bytes")
        var parse: [Double] = []
        var whole: [Double] = []
        for _ in 0..<rounds {
            started = cpuSeconds()
            let parsed = worker.parseOnly(block)
            precondition(parsed == first.records, "both passes read the same records")
            parse.append(cpuSeconds() - started)
            started = cpuSeconds()
            let matched = worker.matchOnly(block)
            precondition(matched >= first.alerts.count, "the same rules fire again")
            whole.append(cpuSeconds() - started)
        }
        let records = Double(first.records)
        let parseMedian = parse.sorted()[rounds / 2]
        let median = whole.sorted()[rounds / 2]
        say("records \(first.records) alerts \(first.alerts.count) bytes \(text.count)")
        say("unparsed \(first.unparsedByReason)")
        say("parse ns/event \(parseMedian / records * 1e9)")
        say("parse+match ns/event \(median / records * 1e9)")
        say("events/s \(records / median)")
        say("ratio \(median / parseMedian)")
        if hits {
            var counts: [String: Int] = [:]
            for alert in first.alerts { counts[metadata[alert.rule].id, default: 0] += 1 }
            for (id, count) in counts.sorted(by: { $0.key < $1.key }) { say("\(id)\t\(count)") }
        }
    }

    private func load() throws -> RuleSet {
        var loader = RuleLoader()
        var number = 0
        for folder in rules {
            let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
            for path in (paths ?? []).sorted() where path.hasSuffix(".yml") {
                number += 1
                guard number % every == 0 else { continue }
                let full = folder + "/" + path
                loader.add(path: full, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: full))))
            }
        }
        let collection = loader.finish()
        for (reason, problems) in Dictionary(grouping: collection.problems, by: \.reason) {
            say("problem \(reason.rawValue) \(problems.count)")
        }
        var maps: [Mapping] = []
        for path in try FileManager.default.contentsOfDirectory(atPath: mappings).sorted() {
            let full = mappings + "/" + path
            maps.append(try MappingReader.read(path: full, text: String(contentsOfFile: full, encoding: .utf8)))
        }
        return RuleSet(collection, mappings: maps)
    }

    private func cpuSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
