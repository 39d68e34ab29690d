internal import FoundationEssentials
package import Link
internal import NIOCore
internal import Wire

/// Lets this host in: once, with a join token, over a connection whose server the token names.
package struct Enrolment: Sendable {
    static let keyFile = "enrolment-key"

    let server: ServerAddress
    let token: JoinToken
    /// As the machine calls itself.
    let host: String
    let program: String

    package init(server: ServerAddress, token: JoinToken, host: String, program: String) {
        self.server = server
        self.token = token
        self.host = host
        self.program = program
    }

    /// - Returns: the identity, which is kept in the folder.
    /// - Throws: ``AgentFailure`` with what the server said. The token may be used again with the same folder: its key is kept until an answer came.
    package func run(
        in folder: StateFolder, over dialler: LinkDialler
    ) async throws(AgentFailure) -> AgentIdentity {
        guard !folder.has(AgentIdentity.file) else {
            throw AgentFailure(
                .refused,
                "\(folder.path) belongs to a host that is enrolled; remove it to enrol anew")
        }
        let key = try key(in: folder)
        guard let request = key.request() else {
            throw AgentFailure(.refused, "the system gives no chance for a key; try again")
        }
        let link: Link
        let authority: LinkAuthority
        do throws(LinkTLS.Failure) {
            (link, authority) = try await dialler.connect(
                server.host, port: server.port, as: .newcomer, identity: nil,
                trust: .fingerprint(token.fingerprint))
        } catch {
            throw AgentFailure(
                .unreachable,
                "cannot enrol at \(server); see that `kagari serve --agents` listens there, and that the token is whole",
                cause: error.description)
        }
        var enrol = WireEnrol()
        enrol.token = token.secret
        enrol.request = Data(request)
        enrol.host = host
        enrol.program = program
        await link.send(.enrol(enrol))
        let enrolled = try await answer(of: link)
        await link.close()
        let identity = AgentIdentity(
            server: server, tenant: enrolled.tenant, agent: enrolled.agent,
            signingKey: Array(enrolled.signingKey), authority: authority, keyPEM: key.pem,
            certificate: Array(enrolled.certificate))
        try identity.keep(in: folder)
        try folder.remove(Self.keyFile)
        return identity
    }

    private func answer(of link: Link) async throws(AgentFailure) -> WireEnrolled {
        for await event in link.events {
            switch event {
            case .message(.enrolled(let enrolled), _): return enrolled
            case .message, .room: continue
            case .ended(.wire(.refused(let refusal))):
                throw AgentFailure(.refused, "the server refuses: \(refusal.detail)")
            case .ended(let end):
                throw AgentFailure(
                    .unreachable, "\(server) gave no answer; try again", cause: "\(end)")
            }
        }
        throw AgentFailure(.unreachable, "\(server) gave no answer; try again")
    }

    private func key(in folder: StateFolder) throws(AgentFailure) -> AgentKey {
        if let kept = try folder.read(Self.keyFile),
            let key = AgentKey(pem: String(decoding: kept, as: UTF8.self))
        {
            return key
        }
        let key = AgentKey()
        try folder.write(Array(key.pem.utf8), as: Self.keyFile)
        return key
    }
}
