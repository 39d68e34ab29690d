internal import FoundationEssentials
package import Link

/// Who this host is to its server, and by what it knows it. One file, written whole, so that key and certificate always belong together.
package struct AgentIdentity: Sendable, Equatable {
    static let file = "identity"

    package var server: ServerAddress
    package let tenant: String
    package let agent: String
    /// Of policies and orders, Ed25519.
    package let signingKey: [UInt8]
    package let authority: LinkAuthority
    package var keyPEM: String
    /// DER.
    package var certificate: [UInt8]

    var link: LinkIdentity { LinkIdentity(keyPEM: keyPEM, certificate: certificate) }

    /// - Throws: ``AgentFailure``: `missing` where this host was not enrolled, `damaged` where the file is not whole.
    package static func load(from folder: StateFolder) throws(AgentFailure) -> AgentIdentity {
        guard let bytes = try folder.read(file) else {
            throw AgentFailure(
                .missing,
                "\(folder.path) has no identity: this host is not enrolled; use `kagari-agent enrol`"
            )
        }
        guard let identity = AgentIdentity(lines: String(decoding: bytes, as: UTF8.self)) else {
            throw AgentFailure(
                .damaged, "\(folder.file(file)) is damaged; remove it and enrol this host anew")
        }
        return identity
    }

    package func keep(in folder: StateFolder) throws(AgentFailure) {
        try folder.write(Array(lines.utf8), as: Self.file)
    }

    package init(
        server: ServerAddress, tenant: String, agent: String, signingKey: [UInt8],
        authority: LinkAuthority, keyPEM: String, certificate: [UInt8]
    ) {
        self.server = server
        self.tenant = tenant
        self.agent = agent
        self.signingKey = signingKey
        self.authority = authority
        self.keyPEM = keyPEM
        self.certificate = certificate
    }

    private var lines: String {
        """
        server \(server)
        tenant \(tenant)
        agent \(agent)
        signing-key \(LinkHex.text(signingKey))
        authority \(LinkHex.text(authority.der))
        certificate \(LinkHex.text(certificate))
        key \(LinkHex.text(keyPEM.utf8))

        """
    }

    private init?(lines: String) {
        var values: [Substring: Substring] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            values[parts[0]] = parts[1]
        }
        guard let server = values["server"].flatMap({ ServerAddress(String($0)) }),
            let tenant = values["tenant"], let agent = values["agent"],
            let signingKey = values["signing-key"].flatMap({ LinkHex.bytes($0) }),
            let authority = values["authority"].flatMap({ LinkHex.bytes($0) }),
            let certificate = values["certificate"].flatMap({ LinkHex.bytes($0) }),
            let key = values["key"].flatMap({ LinkHex.bytes($0) })
        else { return nil }
        self.init(
            server: server, tenant: String(tenant), agent: String(agent), signingKey: signingKey,
            authority: LinkAuthority(der: authority), keyPEM: String(decoding: key, as: UTF8.self),
            certificate: certificate)
    }
}

/// Where a server listens for agents: `HOST:PORT` or `[V6]:PORT`.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil where it is none.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.count <= 253, !host.contains(where: \.isWhitespace) else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
