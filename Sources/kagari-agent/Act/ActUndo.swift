internal import Act
internal import ArgumentParser
internal import Glibc

struct ActUndo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Takes an action back, and says its receipt.")

    @OptionGroup var options: ActOptions
    @Argument(help: "Id of the order.") var order: String

    func run() throws {
        let receipt = try report {
            try options.desk().undo(order, reason: "by hand", at: ActOptions.now)
        }
        say(receipt.line)
        throw receipt.exit(wanting: .undone)
    }
}

struct ActList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Says the receipt of every order kept, one a line.")

    @OptionGroup var options: ActOptions

    func run() throws {
        try report { for receipt in try options.desk().receipts() { say(receipt.line) } }
    }
}

struct ActVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Looks whether everything done still holds.",
        discussion: "Exit code 0: nothing is back, and no journal was changed. 1: something is.")

    @OptionGroup var options: ActOptions

    func run() throws {
        var isWell = true
        try report {
            let desk = try options.desk()
            for finding in try desk.examine(at: ActOptions.now) {
                isWell = isWell && finding.problems.isEmpty
                say(
                    .members([
                        "order": .string(finding.order), "action": .string(finding.kind.rawValue),
                        "holds": .bool(finding.problems.isEmpty),
                        "problems": .array(finding.problems.map { .string($0) }),
                    ]))
            }
            for (order, problem) in desk.damage() {
                isWell = false
                say(.members(["order": .string(order), "damaged": .string(problem)]))
            }
        }
        if !isWell { throw ExitCode(1) }
    }
}

struct ActRecover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract:
            "Brings interrupted actions to an end, and puts network holds back. For each start.")

    @OptionGroup var options: ActOptions

    func run() throws {
        let receipts = try report { try options.desk().recover(at: ActOptions.now) }
        for receipt in receipts { say(receipt.line) }
        if receipts.contains(where: { $0.outcome == .stuck }) { throw ExitCode(2) }
    }
}

struct ActGuard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Ends leases in time, and puts the network table right when somebody changes it.")

    @OptionGroup var options: ActOptions
    @Option(help: "Seconds between two looks.") var every: Int32 = 2

    func run() throws {
        try report {
            let desk = try options.desk()
            for receipt in try desk.recover(at: ActOptions.now) { say(receipt.line) }
            while true {
                let (released, healed) = try desk.tick(at: ActOptions.now)
                for receipt in released { say(receipt.line) }
                if healed {
                    say(.members(["healed": .bool(true), "at": .integer(ActOptions.now)]))
                }
                poll(nil, 0, max(1, min(every, 3_600)) * 1_000)
            }
        }
    }
}
