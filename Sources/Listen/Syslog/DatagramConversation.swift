internal import Glibc
internal import NIOCore

/// Syslog over UDP: each datagram is a message. While a batch is with the desk, datagrams wait here up to a limit and
/// then in the kernel's buffer; what the kernel drops is counted.
final class DatagramConversation: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let intake: StreamIntake
    private var waiting: [Delivery] = []
    private var waitingBytes = 0
    private var waitingRecords = 0
    private var isDelivering = false
    private var kernelDrops = 0
    private var watch: RepeatedTask?

    init(_ intake: StreamIntake) { self.intake = intake }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(
            initialDelay: .seconds(1), delay: .seconds(1)
        ) { _ in
            let (conversation, context) = bound.value
            conversation.countKernelDrops(context)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch?.cancel()
        intake.stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let address = envelope.remoteAddress.ipAddress ?? "local"
        guard let binding = intake.desk.binding(forListener: intake.listener, peer: address)
        else { return intake.counters.refuse(.binding) }
        let bytes = SyslogFramer.trimmed(Array(envelope.data.readableBytesView))
        guard !bytes.isEmpty else { return intake.counters.refuse(.malformed) }
        if waiting.last?.binding == binding {
            waiting[waiting.count - 1].records.append(SyslogSource.record(bytes))
        } else {
            waiting.append(Delivery(binding: binding, records: [SyslogSource.record(bytes)]))
        }
        waitingBytes += bytes.count
        waitingRecords += 1
        intake.held.change(by: bytes.count)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        advance(context)
        context.fireChannelReadComplete()
    }

    private func advance(_ context: ChannelHandlerContext) {
        if !isDelivering, !waiting.isEmpty {
            isDelivering = true
            let deliveries = waiting
            let bytes = waitingBytes
            waiting = []
            waitingBytes = 0
            waitingRecords = 0
            let intake = self.intake
            context.eventLoop.makeFutureWithTask {
                for delivery in deliveries { _ = await intake.deliver(delivery) }
            }.assumeIsolated().whenComplete { [self] _ in
                intake.held.change(by: -bytes)
                isDelivering = false
                advance(context)
            }
        }
        let hasRoom =
            waitingBytes < intake.limits.batchBytesMax
            && waitingRecords < intake.limits.batchRecordsMax * 16
        try? context.channel.syncOptions?.setOption(
            .autoRead, value: hasRoom && intake.held.hasRoom || !isDelivering)
    }

    /// `struct sk_meminfo`: nine counts, the last of datagrams that were dropped since the socket was made.
    private struct SocketMemory: Sendable {
        var counts: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) =
            (0, 0, 0, 0, 0, 0, 0, 0)
        var drops: UInt32 = 0
    }

    /// SO_MEMINFO, which Glibc has no name for (Linux, `asm-generic/socket.h`).
    private static let socketMemory: CInt = 55

    private func countKernelDrops(_ context: ChannelHandlerContext) {
        guard let options = context.channel as? any SocketOptionProvider else { return }
        // The kernel fills at most the nine 32-bit words that the structure has.
        let memory: EventLoopFuture<SocketMemory> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: Self.socketMemory))
        memory.assumeIsolated().whenSuccess { [self] memory in
            let drops = Int(memory.drops)
            if drops > kernelDrops { intake.counters.refuse(.kernel, drops - kernelDrops) }
            kernelDrops = drops
        }
    }
}
