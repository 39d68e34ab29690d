import ArgumentParser
import Collect
import Foundation
import Sigma

/// Takes over rules that the operator already has: a SigmaHQ release or any folder.
struct RulesFetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Imports a Sigma release (zip, tar.gz) or folder that is already here.",
        discussion: """
            Nothing is downloaded. Files that hold no rule that can run are left out and told.

              kagari rules fetch sigma_all_rules.zip --to rules
              kagari scan /evidence --rules rules
            """)

    @Argument(help: ArgumentHelp("A zip, a tar.gz or a folder.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("Where the rules go; made when missing.", valueName: "folder"))
    var to = "rules"

    func run() async throws {
        let listing = RuleFolder.files(at: path)
        for problem in listing.problems {
            Machine.tell("\(problem.path): \(problem.failure.description)\n")
        }
        var loader = RuleLoader(options: .init(validateRegex: RuleOptions.refusal))
        for file in listing.files { loader.add(path: file.path, bytes: file.bytes) }
        let collection = loader.finish()
        var usable = Set(collection.rules.map(\.metadata.source.path))
        usable.formUnion(collection.correlations.map(\.metadata.source.path))
        // A file with a filter or a template for others holds no rule of its own but is needed.
        let refused = Set(
            collection.problems.filter { $0.severity == .refused }.map(\.location.path))
        var written = 0
        for file in listing.files where usable.contains(file.path) || !refused.contains(file.path) {
            let target = to + "/" + Self.relative(file.path, to: path)
            do {
                try FileManager.default.createDirectory(
                    atPath: (target as NSString).deletingLastPathComponent,
                    withIntermediateDirectories: true)
                try Data(file.bytes).write(to: URL(fileURLWithPath: target), options: .atomic)
            } catch {
                throw UserError("cannot write \(target): \(error)")
            }
            written += 1
        }
        guard written > 0 else {
            throw UserError("no rule that can run in \(path); is it a Sigma release?")
        }
        Machine.say(
            """
            \(written) files with \(collection.rules.count) rules are in \(to); \
            \(refused.count) files were refused in part or whole
            Use them:  kagari scan PATH --rules \(to)
            Details:   kagari rules check \(path)

            """)
    }

    /// A member's or file's place below what was named; never above it.
    private static func relative(_ file: String, to root: String) -> String {
        var name = Substring(file)
        if name.hasPrefix(root) { name = name.dropFirst(root.count) }
        let parts = name.split(whereSeparator: { $0 == "/" || $0 == "!" })
        return parts.filter { $0 != ".." && $0 != "." }.joined(separator: "/")
    }
}
