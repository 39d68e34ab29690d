import ArgumentParser
import Foundation

@main
struct Kagari: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kagari",
        abstract: "Kagari finds attacks in security logs and shows what happened.",
        subcommands: [
            Scan.self, Serve.self, Import.self, ReplayCommand.self, ArchiveCommand.self,
            StoreCommand.self,
            LedgerCommand.self, BackupCommand.self, RestoreCommand.self,
            DoctorCommand.self, TenantCommand.self, CertificateCommand.self,
            Decode.self, Rules.self,
            ServeStoreEngine.self,
        ],
        groupedSubcommands: [
            CommandGroup(
                name: "Ask a running server:",
                subcommands: [
                    Incidents.self, Alerts.self, Search.self, Sources.self, Agents.self,
                    Tenants.self,
                    Users.self, Suppressions.self, SignIn.self, SignOut.self,
                ])
        ])

    /// Wrong usage is exit code 1 for every command, so that 2 can mean unreadable input.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let problem as UserError {
            Machine.tell("kagari: \(problem.description)\n")
            Foundation.exit(1)
        } catch let refusal as Refusal {
            Machine.tell("kagari: \(refusal.description)\n")
            Foundation.exit(1)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code.isSuccess {
                FileHandle.standardOutput.write(Data((text + "\n").utf8))
                Foundation.exit(0)
            }
            if !text.isEmpty { Machine.tell(text + "\n") }
            Foundation.exit(code == .validationFailure ? 1 : code.rawValue)
        }
    }
}
