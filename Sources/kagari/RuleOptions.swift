import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// The options by which every command says which rules it means.
struct RuleOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Sigma rules: a folder, a file, a zip or a tar.gz; may be given several times.",
            valueName: "path"))
    var rules: [String] = []

    @Flag(help: "Leave out the rules that come with Kagari.")
    var noBuiltin = false

    @Flag(help: "Use only each log's own mapping (Security 4688 is then no process creation).")
    var noExtraMappings = false

    @Option(
        help: ArgumentHelp(
            "Values for %placeholders%, one `name=value` a line, names may repeat.",
            valueName: "file"))
    var placeholders: String?

    func collection(_ listings: [RuleFolder.Listing]) throws -> RuleCollection {
        var loader = RuleLoader(
            options: .init(placeholders: try placeholderValues(), validateRegex: Self.refusal))
        for listing in listings {
            for problem in listing.problems {
                loader.addUnreadable(path: problem.path, message: problem.failure.description)
            }
            for file in listing.files where !file.path.hasSuffix(".test.yml") {
                loader.add(path: file.path, bytes: file.bytes)
            }
        }
        return loader.finish()
    }

    static let refusal: @Sendable (RegexPattern) -> String? = { pattern in
        do throws(RegexFailure) {
            _ = try LinearRegex(pattern)
            return nil
        } catch {
            return error.description
        }
    }

    private func placeholderValues() throws -> [String: [String]] {
        guard let placeholders else { return [:] }
        guard let text = try? String(contentsOfFile: placeholders, encoding: .utf8) else {
            throw UserError("cannot read \(placeholders)")
        }
        var values: [String: [String]] = [:]
        for (number, line) in text.split(separator: "\n").enumerated() where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw UserError("\(placeholders):\(number + 1): expected `name=value`")
            }
            values[parts[0], default: []].append(parts[1])
        }
        return values
    }
}
