/// Who may send what, when, and how large.
enum WireRules {
    /// Of a frame that comes to `side`, head included; nil where none of that kind may come now.
    static func bytesMax(
        of kind: WireKind, to side: WireSide, in phase: WireConnection.Phase
    ) -> Int? {
        guard isSent(kind, by: side.peer), isOf(phase, kind, to: side) else { return nil }
        guard phase == .open else { return WireLimits.greetingFrameBytesMax }
        return switch kind.channel {
        case .control: WireLimits.controlFrameBytesMax
        case .telemetry: WireLimits.telemetryFrameBytesMax
        case .bulk: WireLimits.bulkFrameBytesMax
        }
    }

    static func isSent(_ kind: WireKind, by side: WireSide) -> Bool {
        switch kind {
        case .ping, .pong: true
        case .credit, .bulkBegin, .bulkPiece: side == .agent || side == .server
        case .hello, .health, .receipt, .renew, .goodbye, .records, .gap: side == .agent
        case .welcome, .acknowledgement, .order, .receiptTaken, .renewed: side == .server
        case .refusal: side.isServer
        case .enrol: side == .newcomer
        case .enrolled: side == .registrar
        }
    }

    private static func isOf(
        _ phase: WireConnection.Phase, _ kind: WireKind, to side: WireSide
    ) -> Bool {
        switch phase {
        case .greeting: kind == .hello || kind == .enrol || kind == .refusal
        case .judging:
            kind == .welcome || kind == .enrolled || kind == .refusal || kind == .ping
                || kind == .pong
        case .open: kind != .hello && kind != .welcome
        case .ended: false
        }
    }
}

extension WireSide {
    fileprivate var peer: WireSide {
        switch self {
        case .agent: .server
        case .server: .agent
        case .newcomer: .registrar
        case .registrar: .newcomer
        }
    }
}

/// Why a connection ended, as its own side knows it.
package enum WireEnd: Error, Equatable, Sendable, CustomStringConvertible {
    case refused(WireRefusal)
    case violation(WireViolation)
    /// Nothing came for ``WireLimits/silenceSeconds``.
    case silent
    /// No greeting within ``WireLimits/helloSeconds``.
    case late

    package var description: String {
        switch self {
        case .refused(let refusal): "refused: \(refusal.detail)"
        case .violation(let violation): "the peer sent \(violation)"
        case .silent: "the peer is silent"
        case .late: "the peer did not greet in time"
        }
    }
}

/// What a message takes of a window until it is consumed.
package struct WireCharge: Hashable, Sendable {
    package let channel: WireChannel
    package var frames: Int
    package var bytes: Int

    package init(channel: WireChannel, frames: Int, bytes: Int) {
        self.channel = channel
        self.frames = frames
        self.bytes = bytes
    }

    var cost: Int { bytes + frames * WireLimits.frameCharge }
}

/// What may still be sent on each channel.
struct Windows: Hashable, Sendable {
    private var telemetry = WireLimits.telemetryWindow
    private var bulk = WireLimits.bulkWindow

    static func size(of channel: WireChannel) -> Int {
        channel == .telemetry ? WireLimits.telemetryWindow : WireLimits.bulkWindow
    }

    func left(on channel: WireChannel) -> Int { channel == .telemetry ? telemetry : bulk }

    /// False, and nothing taken, where not so much is left.
    mutating func take(_ charge: WireCharge) -> Bool {
        guard charge.cost <= left(on: charge.channel) else { return false }
        give(-charge.cost, on: charge.channel)
        return true
    }

    /// False where there would be more than the window.
    mutating func grant(_ bytes: Int, on channel: WireChannel) -> Bool {
        guard bytes <= Self.size(of: channel) - left(on: channel) else { return false }
        give(bytes, on: channel)
        return true
    }

    mutating func give(_ bytes: Int, on channel: WireChannel) {
        if channel == .telemetry { telemetry += bytes } else { bulk += bytes }
    }
}

/// Frames that wait to be written, first in first out.
struct FrameQueue: Sendable {
    private var frames: [WireFrame?] = []
    private var start = 0

    var count: Int { frames.count - start }
    var firstByteCount: Int? { count > 0 ? frames[start]?.byteCount : nil }

    mutating func add(_ frame: WireFrame) { frames.append(frame) }

    /// Puts a frame in the place of the one of its kind that waits, or at the end.
    mutating func replace(_ kind: WireKind, with frame: WireFrame) {
        if let place = frames[start...].firstIndex(where: { $0?.kind == kind }) {
            frames[place] = frame
        } else {
            add(frame)
        }
    }

    mutating func removeFirst() -> WireFrame? {
        guard count > 0 else { return nil }
        let frame = frames[start]
        frames[start] = nil
        start += 1
        if start == frames.count || start > 1_024 {
            frames.removeFirst(start)
            start = 0
        }
        return frame
    }
}
