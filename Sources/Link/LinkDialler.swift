package import FoundationEssentials
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization
package import Wire

/// Opens connections to a server.
package struct LinkDialler: Sendable {
    /// To connect.
    package static let secondsMax: Int64 = 10

    private let group: any EventLoopGroup
    private let now: @Sendable () -> Date

    package init(group: any EventLoopGroup, now: @escaping @Sendable () -> Date) {
        self.group = group
        self.now = now
    }

    /// - Parameters:
    ///   - side: ``WireSide/agent`` or ``WireSide/newcomer``.
    ///   - identity: nil at first contact.
    /// - Returns: the link, and the authority that its server was judged by.
    package func connect(
        _ host: String, port: Int, as side: WireSide, identity: LinkIdentity?, trust: LinkTrust
    ) async throws(LinkTLS.Failure) -> (link: Link, authority: LinkAuthority) {
        let verdict = Verdict()
        do {
            let context = try LinkTLS.client(identity)
            let now = now
            let opening = try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(Self.secondsMax))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let opened = channel.eventLoop.makePromise(of: Link.self)
                        let tls = try NIOSSLClientHandler(
                            context: context,
                            serverHostname: side == .newcomer
                                ? LinkNames.enrolment : LinkNames.sessions,
                            customVerificationCallback: { chain, promise in
                                let der = chain.map { (try? $0.toDERBytes()) ?? [] }
                                let isGood = verdict.judge(der, by: trust, now: now())
                                promise.succeed(isGood ? .certificateVerified : .failed)
                            })
                        try channel.pipeline.syncOperations.addHandlers(
                            tls, LinkConversation(side, opened))
                        return opened.futureResult
                    }
                }
            let link = try await opening.get()
            guard case .success(let authority)? = verdict.value else {
                throw LinkTLS.Failure("the server showed no certificate")
            }
            return (link, authority)
        } catch {
            if case .failure(let refusal)? = verdict.value {
                throw LinkTLS.Failure("the server is not the one that is trusted: \(refusal)")
            }
            throw LinkTLS.Failure(of: error)
        }
    }
}

/// What was found of one server's certificate.
private final class Verdict: Sendable {
    private let found = Mutex<Result<LinkAuthority, CertificateRefusal>?>(nil)

    var value: Result<LinkAuthority, CertificateRefusal>? { found.withLock { $0 } }

    func judge(_ chain: [[UInt8]], by trust: LinkTrust, now: Date) -> Bool {
        let result: Result<LinkAuthority, CertificateRefusal>
        do throws(CertificateRefusal) {
            result = .success(try trust.judge(chain, now: now))
        } catch { result = .failure(error) }
        found.withLock { $0 = result }
        if case .success = result { return true }
        return false
    }
}

extension LinkTLS.Failure {
    init(of error: any Error) {
        if let failure = error as? LinkTLS.Failure {
            self = failure
        } else if let error = error as? NIOConnectionError {
            let first = error.connectionErrors.first.map { "\($0.error)" }
            let cause = first ?? error.dnsAError.map { "\($0)" } ?? "no address"
            self.init("\(error.host):\(error.port) cannot be reached: \(cause)")
        } else {
            self.init("\(error)")
        }
    }
}
