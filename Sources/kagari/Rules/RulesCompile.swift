import ArgumentParser
import Engine
import Foundation
import Sigma

/// Compiles ahead of time, so that the next scan starts at once.
struct RulesCompile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Compiles rules for all event classes and keeps them for the next scan.",
        discussion: """
            A scan keeps what it compiles anyway; this does it beforehand, for every class of
            events that mappings and rules name. The files lie in KAGARI_CACHE, else in
            XDG_CACHE_HOME/kagari or ~/.cache/kagari, and may be deleted at any time.

              kagari rules compile --rules sigma/rules
            """)

    @OptionGroup var ruleOptions: RuleOptions

    func run() async throws {
        let content = try Content.find()
        guard let cache = RuleCache.standard(ProcessInfo.processInfo.environment) else {
            throw UserError("no folder to keep compiled rules in; set KAGARI_CACHE to one")
        }
        let loaded = try RulesInForce.load(ruleOptions, content, cache: cache)
        let classes = loaded.rules.compileNamedClasses()
        if let problem = loaded.remember() { throw UserError(problem) }
        let bytes = loaded.rules.compiledBytes
        Machine.tell(
            "\(loaded.rules.metadata.count) rules are compiled for \(classes) classes of events: "
                + "\(bytes >> 10) KiB of tables in \(cache.folder)\n")
    }
}
