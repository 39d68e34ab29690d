import Engine
import Foundation
import Listen
import Watch

/// How listeners show who they are, and whom they take for a sender.
struct TLSPlan {
    /// What a server's own authority certifies where `tls-name` says nothing.
    static let standardNames = ["localhost", "127.0.0.1", "::1"]
    /// The name of the server's own files in the authority's folder.
    static let server = "server"

    let identity: TLSIdentity
    /// Nil where certificate and key are given.
    let authority: CertificateAuthority?
    private let names: [String]

    /// Nil where there is to be no TLS.
    init?(_ settings: Configuration, _ data: DataFolder) throws {
        let isOwn = try settings.choice("tls-own", of: ["on", "off"]) == "on"
        let clients = try settings.choice("tls-clients", of: ["optional", "required"])
        var roots = settings.text("tls-client-roots")
        names = settings.texts("tls-name")
        let paths: (certificate: String, key: String)
        switch (settings.text("tls-certificate"), settings.text("tls-key"), isOwn) {
        case (nil, nil, false):
            guard roots == nil, clients == nil, names.isEmpty else {
                throw UserError(
                    "tls-client-roots, tls-clients and tls-name need a certificate: give "
                        + "tls-certificate and tls-key, or --tls-own")
            }
            return nil
        case (let certificate?, let key?, false):
            guard names.isEmpty else {
                throw UserError("tls-name is for --tls-own; a given certificate has its names")
            }
            authority = nil
            paths = (certificate, key)
        case (nil, nil, true):
            let authority = CertificateAuthority(folder: data.tls)
            self.authority = authority
            paths = ("\(data.tls)/\(Self.server).pem", "\(data.tls)/\(Self.server)-key.pem")
            roots = roots ?? authority.rootPath
        case (_, _, true):
            throw UserError("--tls-own makes a certificate itself; leave out the given one")
        default:
            throw UserError("tls-certificate and tls-key go together; give both or neither")
        }
        guard roots != nil || clients != "required" else {
            throw UserError(
                "tls-clients: `required` needs tls-client-roots, which say whose certificates")
        }
        identity = TLSIdentity(
            certificatePath: paths.certificate, keyPath: paths.key, clientRootsPath: roots,
            requiresClientCertificate: clients == "required")
    }

    /// Makes or renews what the own authority has to; nothing where certificates are given.
    func prepare(now: Timestamp) throws {
        guard let authority else { return }
        _ = try authority.identity(
            Self.server, hosts: names.isEmpty ? Self.standardNames : names, now: now)
        Machine.tell("kagari: senders and browsers trust \(authority.rootPath)\n")
    }
}
