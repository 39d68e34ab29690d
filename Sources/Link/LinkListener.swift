package import FoundationEssentials
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Synchronization
package import Wire

/// Takes connections of agents.
///
/// A first contact is told from a session by the server name of its TLS greeting; everything else is a session, which shows a certificate of the
/// authority or gets nowhere.
package final class LinkListener: Sendable {
    package struct Setting: Sendable {
        package var host: String
        /// 0 asks for any free port.
        package var port: Int
        package var connectionsMax: Int
        /// Of one address, in the first contact.
        package var newcomersMax: Int

        package init(
            host: String, port: Int, connectionsMax: Int = 10_000, newcomersMax: Int = 64
        ) {
            self.host = host
            self.port = port
            self.connectionsMax = connectionsMax
            self.newcomersMax = newcomersMax
        }
    }

    private let setting: Setting
    private let group: any EventLoopGroup
    private let now: @Sendable () -> Date
    private let accept: @Sendable (Link, WireSide) -> Void
    private let state = Mutex(State())

    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var newcomers = 0
        var listener: (any Channel)?
        var refused = 0
    }

    /// - Parameter accept: is given each connection when TLS stands, on its event loop; it must not wait.
    package init(
        _ setting: Setting, group: any EventLoopGroup, now: @escaping @Sendable () -> Date,
        accept: @escaping @Sendable (Link, WireSide) -> Void
    ) {
        self.setting = setting
        self.group = group
        self.now = now
        self.accept = accept
    }

    package var connectionCount: Int { state.withLock { $0.open.count } }
    /// Connections that were closed at once, as there were too many.
    package var refusedCount: Int { state.withLock { $0.refused } }

    /// - Returns: the port.
    package func start(
        _ identity: LinkIdentity, _ authority: LinkAuthority
    ) async throws(LinkTLS.Failure) -> Int {
        do {
            let sessions = try LinkTLS.sessions(identity, authority)
            let enrolment = try LinkTLS.enrolment(identity, authority)
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1_024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                // What one idle agent costs is mostly this buffer.
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(
                        minimum: 1_024, initial: 2_048, maximum: 64 << 10)
                )
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard self.enter(channel) else {
                            throw LinkTLS.Failure("too many connections")
                        }
                        let finder = SNIHandler { name in
                            channel.eventLoop.makeCompletedFuture {
                                let isNew = name == .hostname(LinkNames.enrolment)
                                try self.configure(
                                    channel, isNew ? .registrar : .server,
                                    isNew ? enrolment : sessions, authority)
                            }
                        }
                        try channel.pipeline.syncOperations.addHandlers(
                            GreetingAlarm(), ByteToMessageHandler(finder))
                    }
                }
                .bind(host: setting.host, port: setting.port).get()
            state.withLock { $0.listener = channel }
            return channel.localAddress?.port ?? setting.port
        } catch {
            throw LinkTLS.Failure(
                "agents: cannot listen on \(setting.host) port \(setting.port) (\(error)); choose a "
                    + "numeric address of this machine and a port that is free and allowed")
        }
    }

    package func stop() async {
        try? await state.withLock { $0.listener }?.close()
        for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
    }

    private func enter(_ channel: any Channel) -> Bool {
        let isIn = state.withLock { state in
            guard state.open.count < setting.connectionsMax else {
                state.refused += 1
                return false
            }
            state.open[ObjectIdentifier(channel)] = channel
            return true
        }
        guard isIn else { return false }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.open[ObjectIdentifier(channel)] = nil }
        }
        return true
    }

    private func configure(
        _ channel: any Channel, _ side: WireSide, _ context: NIOSSLContext,
        _ authority: LinkAuthority
    ) throws {
        let tls: NIOSSLServerHandler
        if side == .registrar {
            let isIn = state.withLock { state in
                guard state.newcomers < setting.newcomersMax else {
                    state.refused += 1
                    return false
                }
                state.newcomers += 1
                return true
            }
            guard isIn else { throw LinkTLS.Failure("too many first contacts") }
            channel.closeFuture.whenComplete { _ in self.state.withLock { $0.newcomers -= 1 } }
            tls = NIOSSLServerHandler(context: context)
        } else {
            let now = now
            tls = NIOSSLServerHandler(
                context: context,
                customVerificationCallback: { chain, promise in
                    let der = (try? chain.first?.toDERBytes()) ?? []
                    let isGood = (try? authority.judge(agent: der, now: now())) != nil
                    promise.succeed(isGood ? .certificateVerified : .failed)
                })
        }
        let accept = accept
        let opened = channel.eventLoop.makePromise(of: Link.self)
        opened.futureResult.whenSuccess { accept($0, side) }
        try channel.pipeline.syncOperations.addHandlers(tls, LinkConversation(side, opened))
    }
}

/// Closes a connection whose TLS greeting does not come.
private final class GreetingAlarm: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var alarm: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: .seconds(WireLimits.helloSeconds)) {
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Once the name was found the TLS handler stands behind; the conversation has a deadline of its own from there on.
        if (try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)) != nil {
            alarm?.cancel()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }
}
