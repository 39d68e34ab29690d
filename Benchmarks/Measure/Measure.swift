import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// What this machine can do: reading, parsing and matching over one input held in memory.
///
/// A program of its own, of the engine and what it reads with alone, so that it is built in minutes where the whole program takes a long
/// time. Several rule sets are measured side by side, round by round, so that their ratios hold on a busy
/// machine too. Prints one JSON object a rule set.
@main
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures parsing and matching on this machine.",
        discussion:
            "Prints one JSON object for each rule set; Benchmarks/README.md says what its members mean."
    )

    enum Phase: String, ExpressibleByArgument, CaseIterable {
        /// Reading the input and parsing it; parsing alone; with matching; with what becomes of
        /// matches; all of these.
        case read, parse, match, whole, all

        func includes(_ other: Phase) -> Bool { self == .all || self == other }
    }

    @Option(
        help: "The folder with `mappings`; KAGARI_CONTENT where it is left out, else ./Content.")
    var content: String?
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
        let mappings = try mappings()
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
            Self.say(bench.line(blocks))
            if hits { Self.say(bench.table) }
        }
    }

    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private func mappings() throws -> [Mapping] {
        let named = content ?? ProcessInfo.processInfo.environment["KAGARI_CONTENT"]
        let listing = RuleFolder.files(at: (named ?? "Content") + "/mappings")
        if let problem = listing.problems.first {
            throw ValidationError("\(problem.path): \(problem.failure.description)")
        }
        return try listing.files.map {
            try MappingReader.read(path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self))
        }
    }

    private static let refusal: @Sendable (RegexPattern) -> String? = { pattern in
        do throws(RegexFailure) {
            _ = try LinearRegex(pattern)
            return nil
        } catch {
            return error.description
        }
    }

    private func load(_ folders: [String]) throws -> (RuleCollection, seconds: Double) {
        let started = Bench.seconds
        var loader = RuleLoader(options: .init(validateRegex: Self.refusal))
        for folder in folders {
            let listing = RuleFolder.files(at: folder)
            if let problem = listing.problems.first {
                throw ValidationError("\(problem.path): \(problem.failure.description)")
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
