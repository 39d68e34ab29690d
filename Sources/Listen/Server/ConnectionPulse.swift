internal import NIOCore

/// Ends a connection that is too slow. Belongs to one connection and its event loop.
final class ConnectionPulse {
    enum Phase {
        /// Between requests.
        case idle
        /// Some of a head has come, not all.
        case head
        case body
        /// It is our turn; nothing is expected.
        case working
    }

    private let limits: IntakeLimits
    private let eventLoop: any EventLoop
    private var phase = Phase.idle
    private var lastByte = NIODeadline.now()
    private var check: Scheduled<Void>?
    /// Called once, on the event loop.
    private var expire: ((Phase) -> Void)?

    init(_ eventLoop: any EventLoop, limits: IntakeLimits) {
        self.eventLoop = eventLoop
        self.limits = limits
    }

    func start(_ expire: @escaping (Phase) -> Void) {
        self.expire = expire
        enter(.idle)
    }

    func stop() {
        check?.cancel()
        check = nil
        expire = nil
    }

    func sawBytes() {
        lastByte = .now()
        if case .idle = phase { enter(.head) }
    }

    func enter(_ phase: Phase) {
        self.phase = phase
        lastByte = .now()
        check?.cancel()
        check = nil
        switch phase {
        case .idle: schedule(limits.idleSecondsMax)
        case .head: schedule(limits.headSecondsMax)
        case .body: schedule(limits.stallSecondsMax)
        case .working: break
        }
    }

    private func schedule(_ seconds: Int) { schedule(at: .now() + .seconds(Int64(seconds))) }

    private func schedule(at deadline: NIODeadline) {
        check = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            self?.look()
        }
    }

    private func look() {
        if case .body = phase {
            let deadline = lastByte + .seconds(Int64(limits.stallSecondsMax))
            // Bytes have come since; look again when they would be too long ago.
            if deadline > .now() { return schedule(at: deadline) }
        }
        let expire = self.expire
        stop()
        expire?(phase)
    }
}

/// Tells the pulse of every byte, before any is parsed.
final class ByteTap: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pulse: ConnectionPulse

    init(_ pulse: ConnectionPulse) { self.pulse = pulse }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pulse.sawBytes()
        context.fireChannelRead(data)
    }
}

/// Sent to every connection when the service stops: what is under way is finished, then the connection closes.
struct StopSignal: Sendable {}
