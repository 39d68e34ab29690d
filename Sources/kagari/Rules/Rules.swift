import ArgumentParser

/// `kagari rules`: look after Sigma rules.
struct Rules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks, lists, explains, imports and compiles Sigma rules.",
        subcommands: [
            RulesCheck.self, RulesList.self, RulesExplain.self, RulesFetch.self,
            RulesCompile.self,
        ])
}
