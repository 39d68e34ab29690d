import Console
import Engine
import Foundation
import Hummingbird
import Listen
import Logging
import NIOSSL
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// The API and the page of incidents, as one of the program's services.
struct ConsoleService: Service {
    private let parts: ConsoleParts
    private let plan: ConsolePlan
    private let tls: TLSConfiguration?
    private let logger: Logger

    init(
        _ plan: ConsolePlan, ledger: Ledger, events: any EventStore, desk: ConsoleDesk,
        logger: Logger
    ) throws {
        self.plan = plan
        self.logger = logger
        tls = try plan.tls.map { identity in
            TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(identity.certificatePath)
                    .map { .certificate($0) },
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(file: identity.keyPath, format: .pem)))
        }
        do {
            parts = try ConsoleParts(
                ledger: ledger, events: events, desk: desk, settings: plan.settings,
                now: { Machine.now }, random: SystemRandomNumberGenerator())
        } catch {
            throw UserError(
                "console-origin: expected 1 to 8 origins as https://soc.example.com (\(error))")
        }
    }

    var bell: LiveBell { parts.bell }

    /// Prints the link for the first administrator while nobody has a password yet.
    func welcome(to ledger: Ledger) async throws {
        Machine.tell("kagari: the console is at \(plan.address)/\n")
        var random = SystemRandomNumberGenerator()
        do {
            let secret = try await Invitations.firstAdministrator(
                of: ledger, now: Machine.now, using: &random)
            Machine.tell(
                "kagari: first administrator, this link works once and for a day: "
                    + "\(plan.address)/welcome/\(secret.reveal())\n")
        } catch let failure as StoreFailure where failure.code == .conflict {}
    }

    func run() async throws {
        try await parts.restore()
        var quiet = logger
        quiet.logLevel = .warning
        let application = try ConsoleApplication.make(
            parts, host: plan.host, port: plan.port, tls: tls, logger: quiet)
        // Ends with this scope.
        async let _: Void = parts.tellWebhooks(logger: quiet)
        try await application.run()
    }
}
