internal import Crypto
internal import NIOCore
internal import NIOSSL

/// Who is at the other end of a connection.
struct Peer: Hashable, Sendable {
    /// The address without its port; `local` for a socket that has none.
    var address: String
    /// SHA-256 of the client certificate that was verified, 64 lower-case hex digits; nil where there is none.
    var certificate: String?

    init(address: String, certificate: String? = nil) {
        self.address = address
        self.certificate = certificate
    }

    static func address(of channel: any Channel) -> String {
        channel.remoteAddress?.ipAddress ?? "local"
    }

    /// - Precondition: on the channel's event loop.
    static func of(_ channel: any Channel) -> Peer {
        let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate()
        let fingerprint = (try? certificate?.toDERBytes()).map {
            Hex.text(SHA256.hash(data: $0))
        }
        return Peer(address: address(of: channel), certificate: fingerprint)
    }
}

extension IntakeDesk {
    /// What a sender without a token is bound to: by its certificate, else by the listener.
    func binding(of peer: Peer, listener: String) -> SourceBinding? {
        if let certificate = peer.certificate,
            let binding = binding(forCertificate: certificate)
        {
            return binding
        }
        return binding(forListener: listener, peer: peer.address)
    }
}
