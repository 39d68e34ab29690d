/// One connection as either side sees it: takes bytes, says what came, and says what to write. It decides; whoever has the socket acts.
///
///     greeting ──hello──▶ judging ──welcome──▶ open ──▶ ended
///         └──────────────────┴── refusal, violation, silence ─▲
///
/// Frames of control are written before telemetry, and telemetry before bulk. Telemetry and bulk are sent within the credit that the receiver
/// grants as it consumes, so what waits on either side has a bound and a busy receiver never stops the pings.
package struct WireConnection: Sendable {
    package enum Phase: Hashable, Sendable { case greeting, judging, open, ended }

    package enum Event: Equatable, Sendable {
        /// To be given back to ``consumed(_:)`` when it was worked on.
        case message(WireMessage, WireCharge)
        /// Nothing comes after it. What ``nextWrite(bytesMax:)`` still has may be written first.
        case ended(WireEnd)
    }

    package let side: WireSide
    package private(set) var phase = Phase.greeting
    private var reader = WireFrameReader()
    private var queues: [WireChannel: FrameQueue] = [:]
    /// What may still be sent, and what the peer may still send.
    private var outward = Windows()
    private var inward = Windows()
    /// Consumed and not granted again yet.
    private var owed: [WireChannel: Int] = [:]
    private var waiting = WireCharge(channel: .control, frames: 0, bytes: 0)
    private let began: WireMoment
    private var lastHeard: WireMoment
    private var lastPing: WireMoment
    private var pings: UInt64 = 0

    package init(_ side: WireSide, now: WireMoment) {
        self.side = side
        began = now
        lastHeard = now
        lastPing = now
    }

    // MARK: receiving

    /// Takes bytes as they came.
    package mutating func received(
        _ bytes: some Collection<UInt8>, now: WireMoment
    ) -> [Event] {
        guard phase != .ended else { return [] }
        lastHeard = max(lastHeard, now)
        reader.add(bytes)
        var events: [Event] = []
        do throws(WireViolation) {
            while phase != .ended, let frame = try next() { try take(frame, &events) }
        } catch {
            refuse(.protocol, "\(error)")
            end(.violation(error), &events)
        }
        return events
    }

    private mutating func next() throws(WireViolation) -> WireFrame? {
        let (side, phase) = (side, phase)
        return try reader.next { WireRules.bytesMax(of: $0, to: side, in: phase) }
    }

    private mutating func take(
        _ frame: WireFrame, _ events: inout [Event]
    ) throws(WireViolation) {
        let charge = WireCharge(channel: frame.kind.channel, frames: 1, bytes: frame.byteCount)
        if frame.kind.channel != .control {
            guard inward.take(charge) else { throw .credit }
        }
        let message = try WireMessage(frame)
        switch message {
        case .ping(let ping):
            // Of many pings the last one's answer answers all.
            var pong = WirePong()
            pong.number = ping.number
            queues[.control, default: FrameQueue()].replace(
                .pong, with: WireMessage.pong(pong).frame)
        case .pong: break
        case .credit(let credit):
            guard let channel = WireChannel(rawValue: credit.channel),
                outward.grant(Int(credit.bytes), on: channel)
            else { throw .credit }
        case .refusal(let refusal): end(.refused(refusal), &events)
        default:
            if frame.kind.channel == .control {
                waiting.frames += 1
                waiting.bytes += frame.byteCount
                guard waiting.frames <= WireLimits.controlWaitingMax,
                    waiting.bytes <= WireLimits.controlWaitingBytesMax
                else { throw .flood }
            }
            step(by: message)
            events.append(.message(message, charge))
        }
    }

    private mutating func step(by message: WireMessage) {
        switch message {
        case .hello, .enrol: phase = .judging
        case .welcome: phase = .open
        default: break
        }
    }

    /// Says that a message was worked on: its sender may send as much again.
    package mutating func consumed(_ charge: WireCharge) {
        guard charge.channel != .control else {
            waiting.frames -= charge.frames
            waiting.bytes -= charge.bytes
            return
        }
        let sum = owed[charge.channel, default: 0] + charge.cost
        owed[charge.channel] = sum
        guard sum >= Windows.size(of: charge.channel) / 4, phase == .open else { return }
        owed[charge.channel] = 0
        inward.give(sum, on: charge.channel)
        var credit = WireCredit()
        credit.channel = charge.channel.rawValue
        credit.bytes = UInt64(sum)
        queue(.credit(credit))
    }

    // MARK: sending

    /// Takes a message to send.
    ///
    /// - Returns: false where it cannot be sent now: telemetry and bulk beyond the credit, control beyond
    ///   ``WireLimits/controlQueuedMax``, and anything once the connection has ended.
    /// - Precondition: the message is one that this side sends, and within the bounds of its kind.
    package mutating func send(_ message: WireMessage) -> Bool {
        guard phase != .ended else { return false }
        let frame = message.frame
        precondition(
            WireRules.isSent(frame.kind, by: side), "`\(frame.kind)` is not for this side to send")
        let channel = frame.kind.channel
        if channel != .control {
            let charge = WireCharge(channel: channel, frames: 1, bytes: frame.byteCount)
            guard phase == .open, outward.take(charge) else { return false }
        } else if queues[.control, default: FrameQueue()].count >= WireLimits.controlQueuedMax {
            return false
        }
        queues[channel, default: FrameQueue()].add(frame)
        switch message {
        case .hello, .enrol: phase = .judging
        case .welcome: phase = .open
        default: break
        }
        return true
    }

    /// How many bytes of frames may be sent on a channel now.
    package func room(on channel: WireChannel) -> Int {
        guard phase == .open else { return 0 }
        return max(0, outward.left(on: channel) - WireLimits.frameCharge)
    }

    /// Tells the peer why, and ends.
    package mutating func refuse(
        _ reason: WireRefusalReason, _ detail: String, retrySeconds: UInt32 = 0
    ) {
        guard phase != .ended, side.isServer else { return }
        var refusal = WireRefusal()
        refusal.reason = reason
        refusal.detail = detail
        refusal.retrySeconds = retrySeconds
        queue(.refusal(refusal))
        phase = .ended
    }

    /// Whole frames to write next, of control first; nil where there is none. More than `bytesMax` only where one frame is.
    package mutating func nextWrite(bytesMax: Int = 64 << 10) -> [UInt8]? {
        var bytes: [UInt8] = []
        for channel in WireChannel.allCases {
            // What is left of data is of no use behind a refusal.
            guard channel == .control || phase != .ended else { break }
            while let size = queues[channel]?.firstByteCount,
                bytes.isEmpty || bytes.count + size <= bytesMax
            {
                bytes += queues[channel]?.removeFirst()?.bytes ?? []
            }
            if queues[channel]?.firstByteCount != nil { break }
        }
        return bytes.isEmpty ? nil : bytes
    }

    private mutating func queue(_ message: WireMessage) {
        queues[.control, default: FrameQueue()].add(message.frame)
    }

    // MARK: time

    private var pingSeconds: Int64 {
        side.isServer ? WireLimits.serverPingSeconds : WireLimits.agentPingSeconds
    }

    /// When ``tick(now:)`` has something to do next, if nothing comes before.
    package var deadline: WireMoment {
        guard phase == .open else { return began.adding(seconds: WireLimits.helloSeconds) }
        let ping = max(lastHeard, lastPing).adding(seconds: pingSeconds)
        return min(ping, lastHeard.adding(seconds: WireLimits.silenceSeconds))
    }

    /// To be called at ``deadline`` or whenever it is of use.
    package mutating func tick(now: WireMoment) -> [Event] {
        var events: [Event] = []
        guard phase != .ended else { return events }
        if phase != .open, began.adding(seconds: WireLimits.helloSeconds) <= now {
            refuse(.protocol, "no greeting within \(WireLimits.helloSeconds) s")
            end(.late, &events)
        } else if lastHeard.adding(seconds: WireLimits.silenceSeconds) <= now {
            end(.silent, &events)
        } else if phase == .open, lastHeard.adding(seconds: pingSeconds) <= now,
            lastPing.adding(seconds: pingSeconds) <= now
        {
            lastPing = now
            pings += 1
            var ping = WirePing()
            ping.number = pings
            queue(.ping(ping))
        }
        return events
    }

    private mutating func end(_ end: WireEnd, _ events: inout [Event]) {
        phase = .ended
        events.append(.ended(end))
    }
}
