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
    private let host: String
    private let port: Int
    private let isTLS: Bool
    private let tls: TLSConfiguration?
    private let logger: Logger

    init(
        ledger: Ledger, events: any EventStore, desk: ConsoleDesk, host: String, port: Int,
        tls identity: TLSIdentity?, logger: Logger
    ) throws {
        self.host = host
        self.port = port
        self.logger = logger
        isTLS = identity != nil
        tls = try identity.map { identity in
            TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(identity.certificatePath)
                    .map { .certificate($0) },
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(file: identity.keyPath, format: .pem)))
        }
        let scheme = identity == nil ? "http" : "https"
        var origins = ["\(scheme)://\(host):\(port)"]
        if host == "127.0.0.1" { origins.append("\(scheme)://localhost:\(port)") }
        do {
            parts = try ConsoleParts(
                ledger: ledger, events: events, desk: desk,
                settings: ConsoleSettings(origins: origins, isTLS: isTLS),
                now: { Machine.now }, random: SystemRandomNumberGenerator())
        } catch {
            throw UserError("the console's address \(host):\(port) is none: \(error)")
        }
    }

    var bell: LiveBell { parts.bell }

    private var address: String { "\(isTLS ? "https" : "http")://\(host):\(port)" }

    /// Prints the link for the first administrator while nobody has a password yet.
    func welcome(to ledger: Ledger) async throws {
        Machine.tell("kagari: the console is at \(address)/\n")
        var random = SystemRandomNumberGenerator()
        do {
            let secret = try await Invitations.firstAdministrator(
                of: ledger, now: Machine.now, using: &random)
            Machine.tell(
                "kagari: first administrator, this link works once and for a day: "
                    + "\(address)/welcome/\(secret.reveal())\n")
        } catch let failure as StoreFailure where failure.code == .conflict {}
    }

    func run() async throws {
        var quiet = logger
        quiet.logLevel = .warning
        let application = try ConsoleApplication.make(
            parts, host: host, port: port, tls: tls, logger: quiet)
        try await application.run()
    }
}
