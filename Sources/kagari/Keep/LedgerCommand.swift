import ArgumentParser
import Engine
import Foundation
import Store
import Tenancy
import Watch

/// `kagari ledger`: the record of every act.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Checks and exports the record of every act.",
        subcommands: [LedgerVerify.self, LedgerExport.self])
}

extension DataFolder {
    func ledgerCopy(_ publicKey: LedgerPublicKey? = nil) throws -> LedgerCopy {
        try LedgerCopy(
            in: ledger, publicKey: publicKey ?? LedgerKeys.read(ledgerKeys).proof)
    }
}

struct LedgerVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks the chains of a ledger or of an export.",
        discussion: """
            Hashes of all entries, their order, and the signatures of heads; of a data folder also whether the tables follow from the \
            entries. May run beside the service.

            An export names its key itself. Give --public-key with what you were told by another way, else an export that was made \
            anew whole with another key would pass.

            Exit code 0: all holds. 2: the first altered, missing or forged entry is named. 1: could not be checked.
            """)

    @OptionGroup var options: DataOptions
    @Option(help: ArgumentHelp("An export instead of a data folder.", valueName: "file"))
    var export: String?
    @Option(help: ArgumentHelp("The server's public key, 64 hex digits.", valueName: "hex"))
    var publicKey: String?
    @Option(help: "One tenant; all without it.") var tenant: String?

    func run() async throws {
        try await Keep.run {
            let key = try publicKey.map(Self.key)
            var holds = true
            if let export {
                let report = try LedgerReport.ofExport(export, publicKey: key)
                holds = report.holds
                options.answer(report.json, "\(report)\n")
                if holds, key == nil {
                    Machine.tell(
                        "kagari: checked against the key that the export itself names; --public-key"
                            + " proves whose it is\n")
                }
            } else {
                holds = try verifyFolder(key)
            }
            guard holds else { throw ExitCode(2) }
        }
    }

    static func key(_ text: String) throws -> LedgerPublicKey {
        guard let key = LedgerPublicKey(text: text) else {
            throw UserError("--public-key is 64 hex digits; `kagari ledger export` tells it")
        }
        return key
    }

    private func verifyFolder(_ key: LedgerPublicKey?) throws -> Bool {
        let data = try options.folder()
        let copy = try data.ledgerCopy(key)
        var holds = true
        let chains = try tenant.map { [try DataFolder.tenant($0)] } ?? copy.chains()
        for tenant in chains {
            let scope = try FirstStart.scope(Permission(.read, .ledger), in: tenant)
            let report = try copy.verify(tenant, in: scope)
            holds = holds && report.holds
            options.answer(report.json, "\(report)\n")
        }
        guard tenant == nil else { return holds }
        let faults = try copy.projectionFaults(
            in: FirstStart.scope(Permission(.read, .ledger)))
        options.answer(
            .object(["tables_altered": .list(faults.map { .text($0) })]),
            faults.isEmpty
                ? "tables follow from the entries\n"
                : "tables that do not follow from the entries: "
                    + faults.joined(separator: ", ") + "\n")
        return holds && faults.isEmpty
    }
}

extension LedgerReport {
    var json: CanonicalJSON {
        .object([
            "tenant": tenant.map { .text($0.text) } ?? .null, "holds": .flag(holds),
            "entries": .integer(Int64(entries)), "erased": .integer(Int64(erased)),
            "heads": .integer(Int64(heads)), "signed_up_to": .integer(Int64(signedUpTo)),
            "fault": fault.map { .text("\($0)") } ?? .null,
        ])
    }
}

struct LedgerExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes one tenant's chain as JSON lines.",
        discussion: """
            The lines hold all that `kagari ledger verify --export` needs but trust in the key: that is told on standard error, keep \
            it elsewhere. May run beside the service.
            """)

    @OptionGroup var options: DataOptions
    @Option(help: "Whose; `kagari-provider` is the server's own.") var tenant: String
    @Option(help: ArgumentHelp("Where to; else standard output.", valueName: "file"))
    var output: String?

    func run() async throws {
        try await Keep.run {
            let data = try options.folder()
            let tenant = try DataFolder.tenant(tenant)
            let keys = try LedgerKeys.read(data.ledgerKeys)
            let copy = try data.ledgerCopy(keys.proof)
            guard try copy.chains().contains(tenant) else {
                throw UserError("the ledger has no tenant \(tenant)")
            }
            let file = try OutputFile(output)
            let scope = try FirstStart.scope(Permission(.export, .ledger), in: tenant)
            try copy.export(tenant, in: scope) { try file.write(Array(($0 + "\n").utf8)) }
            try file.close()
            Machine.tell("kagari: public key \(keys.proof)\n")
        }
    }
}
