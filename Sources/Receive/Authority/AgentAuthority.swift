package import FoundationEssentials
internal import Glibc
package import Link
package import Store
internal import Watch

/// The authority of this installation's agents, its listener's certificate, and the key of policies and orders; kept in a folder of mode 0700, each file 0600.
///
///     authority.der, authority.key    who certifies agents and server
///     server.der, server.key          what the listener shows; made anew when 30 days are left
///     signing.key                     32 bytes, Ed25519
package struct AgentAuthority: Sendable {
    package static let renewDays = 30.0

    package let issuer: LinkIssuer
    package let server: LinkIdentity
    package let signer: LinkSigner

    /// Loads them, or makes what is not there.
    ///
    /// - Parameter chance: 32 bytes for a new signing key.
    /// - Throws: ``StoreFailure``: `refused` where others may read a key, `damaged` where one cannot be read.
    package static func open(
        _ folder: String, now: Date, chance: () -> [UInt8]
    ) throws(StoreFailure) -> AgentAuthority {
        try StateFiles.makeFolder(folder, mode: 0o700)
        for name in ["authority.key", "server.key", "signing.key"] {
            try refuseOpen(folder + "/" + name)
        }
        let issuer = try issuer(folder, now: now)
        let signing: [UInt8]
        if let kept = StateFiles.read(folder + "/signing.key", bytesMax: 64) {
            signing = kept
        } else {
            signing = chance()
            try StateFiles.write(signing, as: "signing.key", in: folder, mode: 0o600)
        }
        guard let signer = LinkSigner(bytes: signing) else {
            throw damaged(folder + "/signing.key")
        }
        return AgentAuthority(
            issuer: issuer, server: try server(folder, issuer, now: now), signer: signer)
    }

    private static func issuer(_ folder: String, now: Date) throws(StoreFailure) -> LinkIssuer {
        if let der = StateFiles.read(folder + "/authority.der", bytesMax: 64 << 10),
            let pem = StateFiles.read(folder + "/authority.key", bytesMax: 64 << 10)
        {
            guard
                let issuer = LinkIssuer(
                    certificate: der, keyPEM: String(decoding: pem, as: UTF8.self))
            else { throw damaged(folder + "/authority.der") }
            return issuer
        }
        guard let made = LinkIssuer(now: now) else {
            throw StoreFailure(.refused, "The system gives no chance for a key; try again.")
        }
        // The key first: a certificate without its key would be taken for damage.
        try StateFiles.write(
            Array(made.keyPEM.utf8), as: "authority.key", in: folder, mode: 0o600)
        try StateFiles.write(made.authority.der, as: "authority.der", in: folder, mode: 0o600)
        return made
    }

    private static func server(
        _ folder: String, _ issuer: LinkIssuer, now: Date
    ) throws(StoreFailure) -> LinkIdentity {
        if let der = StateFiles.read(folder + "/server.der", bytesMax: 64 << 10),
            let pem = StateFiles.read(folder + "/server.key", bytesMax: 64 << 10),
            (try? issuer.authority.judge(
                server: der, now: now.addingTimeInterval(renewDays * 86_400)))
                != nil
        {
            return LinkIdentity(keyPEM: String(decoding: pem, as: UTF8.self), certificate: der)
        }
        guard let made = issuer.serverLeaf(now: now) else {
            throw StoreFailure(.refused, "The system gives no chance for a key; try again.")
        }
        try StateFiles.write(Array(made.keyPEM.utf8), as: "server.key", in: folder, mode: 0o600)
        try StateFiles.write(made.der, as: "server.der", in: folder, mode: 0o600)
        return LinkIdentity(keyPEM: made.keyPEM, certificate: made.der)
    }

    private static func refuseOpen(_ path: String) throws(StoreFailure) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        guard status.st_mode & 0o077 == 0 else {
            throw StoreFailure(.refused, "\(path) may be read by others; make its mode 0600.")
        }
    }

    private static func damaged(_ path: String) -> StoreFailure {
        StoreFailure(
            .damaged,
            "\(path) is damaged; put back a copy, or remove the folder and enrol every agent anew.")
    }
}
