import ArgumentParser
import Engine
import Foundation
import Sigma

/// Which rules are in force, one a line.
struct RulesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the rules in force: level, id, log source, title.",
        discussion: """
              kagari rules list
              kagari rules list --rules sigma/rules --level high --tag attack.t1059
            """)

    @OptionGroup var ruleOptions: RuleOptions

    @Option(help: "Only this level and above.") var level = Level.informational

    @Option(help: "Only rules with a tag that starts so, as attack.t1059.") var tag: String?

    @Flag(help: "Only rules that no mapped log can feed.") var unfed = false

    func run() async throws {
        let content = try Content.find()
        let collection = try ruleOptions.load(content)
        let rules = RuleSet(
            collection, mappings: try content.mappings(), extras: !ruleOptions.noExtraMappings)
        var out = ""
        var count = 0
        for rule in collection.rules where fits(rule.metadata) {
            let isFed = rules.canBeFed(rule.logsource)
            if unfed, isFed { continue }
            count += 1
            out += Self.line(rule.metadata, rule.logsource.text + (isFed ? "" : " (cannot fire)"))
        }
        for correlation in collection.correlations where fits(correlation.metadata) && !unfed {
            count += 1
            out += Self.line(correlation.metadata, correlation.kind.rawValue)
        }
        Machine.say(out)
        Machine.tell("\(count) rules\n")
    }

    private func fits(_ metadata: RuleMetadata) -> Bool {
        metadata.level >= level
            && tag.map { tag in metadata.tags.contains { $0.hasPrefix(tag.lowercased()) } } ?? true
    }

    private static func line(_ metadata: RuleMetadata, _ source: String) -> String {
        let level = metadata.level.name
        let padded = level + String(repeating: " ", count: 14 - level.count)
        return "\(padded)\(metadata.id)  \(source)  \(metadata.title)\n"
    }
}

extension Logsource {
    /// `windows/process_creation/sysmon`, parts that are not given left out.
    var text: String { [product, category, service].compactMap { $0 }.joined(separator: "/") }
}
