package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// All listeners of a service: starts them, counts for them, stops them.
///
/// ``start()`` returns when every listener listens. ``stop()`` takes no new connection, lets what is under way be
/// answered, and returns when all is closed or `secondsMax` have passed.
package actor IntakeServer {
    /// A listener that listens, with the port that it got.
    package struct Bound: Hashable, Sendable {
        package let name: String
        package let address: ListenAddress
    }

    private let http: [HTTPSettings]
    private let streams: [StreamSettings]
    private let limits: IntakeLimits
    private let desk: any IntakeDesk
    private let log: Logger
    private let group: MultiThreadedEventLoopGroup
    private let held: HeldBytes
    private let census: ConnectionCensus
    private let connections = ConnectionList()
    private var channels: [any Channel] = []
    private var counters: [String: IntakeCounters] = [:]

    package init(
        http: [HTTPSettings], streams: [StreamSettings] = [], limits: IntakeLimits = IntakeLimits(),
        desk: any IntakeDesk, log: Logger, threads: Int = 2
    ) {
        self.http = http
        self.streams = streams
        self.limits = limits
        self.desk = desk
        self.log = log
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        held = HeldBytes(limit: limits.heldBytesMax)
        census = ConnectionCensus(limits: limits)
    }

    /// By listener's name.
    package var tallies: [String: IntakeTally] { counters.mapValues(\.snapshot) }

    /// - Throws: ``ListenFailure``; then no listener listens.
    package func start() async throws(ListenFailure) -> [Bound] {
        var bound: [Bound] = []
        do throws(ListenFailure) {
            for settings in http { bound.append(try await listen(settings)) }
            for settings in streams { bound.append(try await listen(settings)) }
        } catch {
            await stop(secondsMax: 0)
            throw error
        }
        return bound
    }

    package func stop(secondsMax: Int = 20) async {
        for channel in channels { try? await channel.close() }
        channels = []
        connections.stop()
        var waited = 0
        while !connections.isEmpty, waited < secondsMax * 20 {
            waited += 1
            try? await Task.sleep(for: .milliseconds(50))
        }
        connections.close()
        try? await group.shutdownGracefully()
    }

    // MARK: listeners

    private func listen(_ settings: HTTPSettings) async throws(ListenFailure) -> Bound {
        let counters = counters(for: settings.name)
        let router = IntakeRouter(settings: settings, limits: limits, desk: desk)
        let (limits, held) = (limits, held)
        return try await listen(settings.name, settings.address, settings.tls, counters) {
            channel in
            let pulse = ConnectionPulse(channel.eventLoop, limits: limits)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteTap(pulse))
            var decoder = NIOHTTPDecoderLimitConfiguration()
            decoder.maxHeaderFieldSize = limits.headerFieldBytesMax
            decoder.maxHeaderListSize = limits.headerBytesMax
            decoder.maxHeaderFieldCount = limits.headerFieldsMax
            try pipeline.configureHTTPServerPipeline(
                withErrorHandling: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoder)
            try pipeline.addHandler(
                HTTPConversation(router: router, counters: counters, held: held, pulse: pulse))
        }
    }

    private func listen(_ settings: StreamSettings) async throws(ListenFailure) -> Bound {
        let counters = counters(for: settings.name)
        let intake = StreamIntake(
            listener: settings.name, desk: desk, limits: limits, counters: counters, held: held)
        switch settings.wire {
        case .syslogUDP:
            try Self.refusePlaintext(settings.name, settings.address, isUDP: true)
            return try await listenForDatagrams(settings, intake)
        case .syslogTCP:
            return try await listen(settings.name, settings.address, settings.tls, counters) {
                let source = SyslogSource(limits: intake.limits)
                try $0.pipeline.syncOperations.addHandler(StreamConversation(intake, source))
            }
        case .lumberjack:
            return try await listen(settings.name, settings.address, settings.tls, counters) {
                let source = LumberjackSource(limits: intake.limits)
                try $0.pipeline.syncOperations.addHandler(StreamConversation(intake, source))
            }
        }
    }

    private func counters(for name: String) -> IntakeCounters {
        let counters = IntakeCounters()
        self.counters[name] = counters
        return counters
    }

    private static func refusePlaintext(
        _ name: String, _ address: ListenAddress, isUDP: Bool = false
    ) throws(ListenFailure) {
        guard !address.isLoopback else { return }
        throw ListenFailure(
            .plaintext,
            "\(name) would listen on \(address.host) without TLS, where others can read and write "
                + (isUDP
                    ? "along; use syslog over TLS, or 127.0.0.1 behind a relay on this machine"
                    : "along; give it a certificate and key, or the address 127.0.0.1"))
    }

    private func listen(
        _ name: String, _ address: ListenAddress, _ tls: TLSIdentity?,
        _ counters: IntakeCounters,
        _ configure: @escaping @Sendable (any Channel) throws -> Void
    ) async throws(ListenFailure) -> Bound {
        if tls == nil { try Self.refusePlaintext(name, address) }
        let context = try tls?.context()
        let (census, connections) = (census, connections)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let peer = Peer.address(of: channel)
                    guard census.enter(peer) else {
                        counters.refuse(.connections)
                        throw ListenFailure(.address, "too many connections")
                    }
                    counters.count {
                        $0.connections += 1
                        $0.connectionsOpen += 1
                    }
                    connections.add(channel)
                    channel.closeFuture.whenComplete { _ in
                        census.leave(peer)
                        connections.remove(channel)
                        counters.count { $0.connectionsOpen -= 1 }
                    }
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: context))
                    }
                    try configure(channel)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
            return bound(name, address, channel)
        } catch {
            throw Self.unbound(name, address, error)
        }
    }

    private func listenForDatagrams(
        _ settings: StreamSettings, _ intake: StreamIntake
    ) async throws(ListenFailure) -> Bound {
        let (address, limits) = (settings.address, limits)
        let bootstrap = DatagramBootstrap(group: group)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(limits.datagramBufferBytes))
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: limits.syslogMessageBytesMax)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramConversation(intake))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
            return bound(settings.name, address, channel)
        } catch {
            throw Self.unbound(settings.name, address, error)
        }
    }

    private func bound(_ name: String, _ address: ListenAddress, _ channel: any Channel) -> Bound {
        channels.append(channel)
        let port = channel.localAddress?.port ?? address.port
        log.info("listening", metadata: ["listener": "\(name)", "port": "\(port)"])
        return Bound(name: name, address: ListenAddress(host: address.host, port: port))
    }

    private static func unbound(
        _ name: String, _ address: ListenAddress, _ error: any Error
    ) -> ListenFailure {
        ListenFailure(
            .address,
            "\(name) cannot listen on \(address.host) port \(address.port) (\(error)); choose a "
                + "numeric address of this machine and a port that is free and allowed")
    }
}

/// The connections that are open, so that they can be told to stop.
private final class ConnectionList: Sendable {
    private let open = Mutex([ObjectIdentifier: any Channel]())

    func add(_ channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] = channel }
    }

    func remove(_ channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] = nil }
    }

    var isEmpty: Bool { open.withLock { $0.isEmpty } }
    private var all: [any Channel] { open.withLock { Array($0.values) } }

    func stop() {
        for channel in all { channel.pipeline.fireUserInboundEventTriggered(StopSignal()) }
    }

    func close() {
        for channel in all { channel.close(promise: nil) }
    }
}
