internal import NIOCore

/// One connection of a protocol without requests: performs what its ``StreamSource`` decides. One batch is with the
/// desk at a time; meanwhile reading goes on until as much as a batch waits.
final class StreamConversation<Source: StreamSource>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let intake: StreamIntake
    private var source: Source
    private var binding: SourceBinding?
    private var isDelivering = false
    private var hasEnded = false
    private var hasFailed = false
    /// Counted as held by all.
    private var heldCount = 0
    private var keepAlive: RepeatedTask?

    init(_ intake: StreamIntake, _ source: Source) {
        self.intake = intake
        self.source = source
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed, bind(context) != nil else { return }
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        hold(heldCount + bytes.count)
        source.add(bytes)
        advance(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        keepAlive?.cancel()
        advance(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is StopSignal {
            intake.stop()
            if !isDelivering { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func bind(_ context: ChannelHandlerContext) -> SourceBinding? {
        if let binding { return binding }
        binding = intake.desk.binding(of: Peer.of(context.channel), listener: intake.listener)
        if binding == nil {
            intake.counters.refuse(.binding)
            hasFailed = true
            context.close(promise: nil)
        }
        return binding
    }

    private func hold(_ count: Int) {
        intake.held.change(by: count - heldCount)
        heldCount = count
    }

    private func advance(_ context: ChannelHandlerContext) {
        guard let binding, !isDelivering else { return setReading(context) }
        do throws(StreamFailure) {
            if !hasFailed, let batch = try source.batch() {
                return deliver(batch, binding, context)
            }
        } catch {
            hasFailed = true
            intake.counters.refuse(error.reason)
            context.close(promise: nil)
        }
        if hasEnded, !hasFailed, let batch = source.last() {
            hasFailed = true
            return deliver(batch, binding, context)
        }
        hold(hasEnded ? 0 : source.waitingBytes)
        setReading(context)
    }

    private func deliver(
        _ batch: StreamBatch, _ binding: SourceBinding, _ context: ChannelHandlerContext
    ) {
        isDelivering = true
        setReading(context)
        if batch.truncated > 0 { intake.counters.count { $0.truncated += batch.truncated } }
        let delivery = Delivery(binding: binding, records: batch.records)
        let intake = self.intake
        startKeepAlive(context)
        context.eventLoop.makeFutureWithTask { await intake.deliver(delivery) }
            .assumeIsolated().whenComplete { [self] result in
                isDelivering = false
                keepAlive?.cancel()
                keepAlive = nil
                hold(source.waitingBytes)
                let isDurable = (try? result.get()) ?? false
                if !isDurable {
                    hasFailed = true
                    context.close(promise: nil)
                } else if let bytes = batch.acknowledgement, !hasEnded {
                    let buffer = context.channel.allocator.buffer(bytes: bytes)
                    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
                }
                if intake.isStopping, !hasEnded { context.close(promise: nil) }
                advance(context)
            }
    }

    private func startKeepAlive(_ context: ChannelHandlerContext) {
        guard let bytes = Source.keepAlive else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        keepAlive = context.eventLoop.scheduleRepeatedTask(
            initialDelay: .seconds(3), delay: .seconds(3)
        ) { _ in
            let context = bound.value
            let buffer = context.channel.allocator.buffer(bytes: bytes)
            context.writeAndFlush(NIOAny(buffer), promise: nil)
        }
    }

    private func setReading(_ context: ChannelHandlerContext) {
        guard !hasEnded else { return }
        let reads =
            !isDelivering
            || (source.waitingBytes < intake.limits.batchBytesMax && intake.held.hasRoom)
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
    }
}
