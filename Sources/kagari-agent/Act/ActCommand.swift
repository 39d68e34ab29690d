internal import ArgumentParser

struct ActCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "act",
        abstract: "Does, undoes and lists response actions on this host, as root.",
        subcommands: [
            ActPreview.self, ActApply.self, ActUndo.self, ActList.self, ActVerify.self,
            ActRecover.self, ActGuard.self, ActCopies.self, ActCollect.self,
        ])
}
