import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// The linter: every mistake with its place, then a table by reason.
struct RulesCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads rules and tells every mistake with its place.",
        discussion: """
            A refused rule cannot run; a warning is what a careful author would change.

              kagari rules check sigma/rules
              kagari rules check my_rule.yml --quiet

            Exit code: 0 nothing refused, 1 wrong usage, 2 some rule was refused.
            """)

    @Argument(help: ArgumentHelp("A folder, a file, a zip or a tar.gz.", valueName: "path"))
    var paths: [String]

    @Flag(help: "Leave warnings out.") var quiet = false

    @Flag(help: "One line a file: path, accepted or refused, reason; tab-separated.")
    var tsv = false

    func run() async throws {
        var loader = RuleLoader(
            options: .init(lints: !quiet && !tsv, validateRegex: RuleOptions.refusal))
        var files: [String] = []
        for path in paths {
            let listing = RuleFolder.files(at: path)
            for problem in listing.problems {
                loader.addUnreadable(path: problem.path, message: problem.failure.description)
            }
            if listing.files.isEmpty, listing.problems.isEmpty {
                throw UserError("no rules (.yml) in \(path); name the folder that holds them")
            }
            for file in listing.files where !file.path.hasSuffix(".test.yml") {
                files.append(file.path)
                loader.add(path: file.path, bytes: file.bytes)
            }
        }
        let collection = loader.finish()
        tsv ? tellFiles(files, collection) : tell(collection)
        if collection.problems.contains(where: { $0.severity == .refused }) { throw ExitCode(2) }
    }

    private func tell(_ collection: RuleCollection) {
        var out = ""
        for problem in collection.problems where !(quiet && problem.severity == .warning) {
            let word = problem.severity == .refused ? "refused" : "warning"
            out += "\(problem.location): \(word) [\(problem.reason.rawValue)] \(problem.message)\n"
        }
        if !out.isEmpty { out += "\n" }
        out += "\(collection.rules.count) rules and \(collection.correlations.count)"
        out += " correlations can run\n"
        let counted = Dictionary(grouping: collection.problems) {
            "\($0.severity == .refused ? "refused" : "warning")  \($0.reason.rawValue)"
        }
        for (what, problems) in counted.sorted(by: { $0.key < $1.key }) {
            if quiet, what.hasPrefix("warning") { continue }
            let count = String(problems.count)
            out += String(repeating: " ", count: max(0, 7 - count.count)) + count + "  \(what)\n"
        }
        Machine.say(out)
    }

    private func tellFiles(_ files: [String], _ collection: RuleCollection) {
        var refused: [String: String] = [:]
        for problem in collection.problems
        where problem.severity == .refused && refused[problem.location.path] == nil {
            refused[problem.location.path] = "\(problem.reason.rawValue): \(problem.message)"
        }
        var out = ""
        for file in files {
            let reason = refused[file].map { $0.replacingOccurrences(of: "\t", with: " ") }
            out += "\(file)\t\(reason == nil ? "accepted" : "refused")\t\(reason ?? "")\n"
        }
        Machine.say(out)
    }
}
