import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// What this machine can do: reading, parsing and matching over one input held in memory.
///
/// Several rule sets are measured side by side, round by round, so that their ratios hold on a busy
/// machine too. Prints one JSON object a rule set.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures parsing and matching on this machine.", shouldDisplay: false)

    enum Phase: String, ExpressibleByArgument, CaseIterable {
        /// Reading the input and parsing it; parsing alone; with matching; with what becomes of
        /// matches; all of these.
        case read, parse, match, whole, all

        func includes(_ other: Phase) -> Bool { self == .all || self == other }
    }

    @Argument(help: "Files or folders.") var paths: [String]
    @Option(help: "Folder of Sigma rules; may be given several times.") var rules: [String] = []
    @Option(help: "Only rules for this product.") var product: String?
    @Option(help: "Use only every Nth rule; each one given makes a rule set.") var every: [Int] = []
    @Option(help: "Folder of further rules; makes one more set, of all rules.") var more: String?
    @Option(help: "How often to go over the input.") var rounds = 5
    @Option(help: "read, parse, match, whole or all.") var phase = Phase.all
    @Flag(help: "Leave out records on which anything fires or that the storyline keeps (JSON).")
    var silent = false
    @Flag(help: "Print how often each rule fired, as the second column of a table.")
    var hits = false

    func validate() throws {
        guard rounds >= 0, every.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--rounds and --every take positive numbers")
        }
    }

    func run() throws {
        let content = try Content.find()
        let mappings = try content.mappings()
        var benches: [Bench] = []
        let (collection, seconds) = try load(rules)
        for step in every.isEmpty ? [1] : every {
            benches.append(
                Bench("every \(step)", every(step, of: collection), mappings, loading: seconds))
        }
        if let more {
            let (collection, seconds) = try load(rules + [more])
            benches.append(Bench("more", collection, mappings, loading: seconds))
        }
        var blocks = readBlocks()
        if silent {
            for bench in benches { blocks = try blocks.compactMap { try bench.silent(in: $0) } }
        }
        for bench in benches { bench.warm(blocks) }
        for _ in 0..<rounds {
            for bench in benches { bench.round(phase, blocks, paths) }
        }
        for bench in benches {
            Machine.say(bench.line(blocks))
            if hits { Machine.say(bench.table) }
        }
    }

    private func load(_ folders: [String]) throws -> (RuleCollection, seconds: Double) {
        let started = Bench.seconds
        var loader = RuleLoader(options: .init(validateRegex: RuleOptions.refusal))
        for folder in folders {
            let listing = RuleFolder.files(at: folder)
            if let problem = listing.problems.first {
                throw UserError("\(problem.path): \(problem.failure.description)")
            }
            for file in listing.files where !file.path.hasSuffix(".test.yml") {
                loader.add(path: file.path, bytes: file.bytes)
            }
        }
        var collection = loader.finish()
        let seconds = Bench.seconds - started
        if let product { collection.rules.removeAll { $0.logsource.product != product } }
        return (collection, seconds)
    }

    private func every(_ step: Int, of collection: RuleCollection) -> RuleCollection {
        var part = collection
        part.rules = collection.rules.enumerated().filter { $0.offset % step == 0 }.map(\.element)
        return part
    }

    private func readBlocks() -> [Block] {
        var reader = InputReader(paths: paths.sorted())
        var blocks: [Block] = []
        while let block = reader.nextBlock() { blocks.append(block) }
        return blocks
    }
}
