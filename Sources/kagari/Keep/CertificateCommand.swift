import ArgumentParser
import Engine
import Listen
import Store
import Watch

/// `kagari certificate`: a sender's certificate by the server's own authority.
struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Makes a certificate for a sender that can show no token.",
        discussion: """
            The server's own authority (`serve --tls-own`) signs it, for 397 days; within the last 30 it is made anew. NAME.pem and \
            NAME-key.pem then lie in DATA/tls; bring both to the sender, with ca.pem for it to know the server by, and bind it:

              kagari certificate web01
              kagari sources certificate main/web var/tls/web01.pem

            A certificate that is bound to no source opens nothing.
            """)

    @OptionGroup var options: DataOptions
    @Argument(help: "What the sender is called: letters, digits and `-`.") var name: String

    func run() async throws {
        try await Keep.run {
            guard name != TLSPlan.server else {
                throw UserError("`\(name)` is the server's own; call the sender something else")
            }
            let authority = CertificateAuthority(folder: try options.folder().tls)
            do {
                let made = try authority.identity(
                    name, hosts: [name], isClient: true, now: Machine.now)
                let term = try CertificateTerm(ofPEM: made.certificatePath)
                options.answer(
                    .object([
                        "certificate": .text(made.certificatePath), "key": .text(made.keyPath),
                        "authority": .text(authority.rootPath),
                        "sha256": .text(term.fingerprint), "until": .text(term.until.text),
                    ]),
                    """
                    certificate \(made.certificatePath)
                    key         \(made.keyPath)
                    authority   \(authority.rootPath)
                    sha256      \(term.fingerprint)
                    until       \(term.until.text)
                    Bind it with: kagari sources certificate TENANT/SOURCE \(made.certificatePath)

                    """)
            } catch let failure as ListenFailure {
                throw UserError(failure.description)
            }
        }
    }
}
