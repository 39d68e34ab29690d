internal import NIOCore
internal import NIOSSL
internal import NIOTLS
package import Wire

/// Performs on a channel what its ``WireConnection`` decides. Reading never waits: what is read is bounded by the windows.
final class LinkConversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var connection: WireConnection
    private let events: AsyncStream<Link.Event>.Continuation
    private let opened: EventLoopPromise<Link>
    private let stream: AsyncStream<Link.Event>
    private var context: ChannelHandlerContext?
    private var alarm: Scheduled<Void>?
    private var isClosing = false
    private var isReady = false

    /// - Parameter opened: is told when TLS stands.
    init(_ side: WireSide, _ opened: EventLoopPromise<Link>) {
        connection = WireConnection(side, now: .now)
        (stream, events) = AsyncStream.makeStream()
        self.opened = opened
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setAlarm()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        alarm?.cancel()
        // A connection that never came to be is told of here only.
        end(.closed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, !isReady {
            isReady = true
            let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
            let peer = try? handler?.peerCertificate?.toDERBytes()
            opened.succeed(
                Link(self, context.channel, peer: peer ?? nil, events: stream))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let room = connection.room(on: .telemetry) + connection.room(on: .bulk)
        tell(connection.received(unwrapInboundIn(data).readableBytesView, now: .now))
        if connection.room(on: .telemetry) + connection.room(on: .bulk) > room {
            events.yield(.room)
        }
        flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flush()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        end(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("\(error)"))
        context.close(promise: nil)
    }

    // MARK: for the link

    func send(_ message: WireMessage) -> Bool {
        defer { flush() }
        return connection.send(message)
    }

    func room(on channel: WireChannel) -> Int { connection.room(on: channel) }

    func consumed(_ charge: WireCharge) {
        connection.consumed(charge)
        flush()
    }

    func refuse(_ reason: WireRefusalReason, _ detail: String, retrySeconds: UInt32) {
        connection.refuse(reason, detail, retrySeconds: retrySeconds)
        flush()
        end(.closed)
        close()
    }

    func close() {
        guard !isClosing, let context else { return }
        isClosing = true
        // Behind what was written; a peer that does not read is cut off a second later.
        let buffer = context.channel.allocator.buffer(capacity: 0)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            bound.value.close(promise: nil)
        }
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            bound.value.close(promise: nil)
        }
    }

    // MARK: doing

    private func tell(_ found: [WireConnection.Event]) {
        for event in found {
            switch event {
            case .message(let message, let charge): events.yield(.message(message, charge))
            case .ended(let reason):
                flush()
                end(.wire(reason))
                close()
            }
        }
    }

    private func end(_ reason: Link.End) {
        if !isReady { opened.fail(LinkTLS.Failure("\(reason)")) }
        events.yield(.ended(reason))
        events.finish()
    }

    private func flush() {
        guard let context, isReady || connection.phase == .ended else { return }
        var hasWritten = false
        while context.channel.isWritable, let bytes = connection.nextWrite() {
            context.write(
                wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
    }

    private func setAlarm() {
        guard let context, connection.phase != .ended else { return }
        // The deadline moves with each byte, the alarm only when it rings: an idle connection has one alarm in seconds.
        let wait = max(100_000_000, connection.deadline.nanoseconds - WireMoment.now.nanoseconds)
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [self] in
            tell(connection.tick(now: .now))
            flush()
            setAlarm()
        }
    }
}

extension WireMoment {
    /// Of the machine's clock that only goes forward.
    package static var now: WireMoment {
        WireMoment(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }
}
