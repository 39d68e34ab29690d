/// The bounds of a connection. Both sides have the same; they are part of version 1 and stand in docs/wire.md.
package enum WireLimits {
    /// Of one frame, head included, before the server has let the agent in.
    package static let greetingFrameBytesMax = 16 << 10
    package static let controlFrameBytesMax = 64 << 10
    package static let telemetryFrameBytesMax = 512 << 10
    package static let bulkFrameBytesMax = (64 << 10) + 64

    /// Of one record.
    package static let recordBytesMax = 256 << 10
    /// Of one frame of records.
    package static let recordsMax = 1_000
    /// Of one piece of an object.
    package static let pieceBytesMax = 64 << 10
    /// Of one object.
    package static let objectBytesMax = 64 << 20

    /// What may be on its way and not yet consumed. A frame counts its bytes and ``frameCharge``, so that many small ones have a bound too.
    package static let telemetryWindow = 2 << 20
    package static let bulkWindow = 1 << 20
    package static let frameCharge = 256

    /// Control frames that came and were not consumed yet; a peer that sends more is let go.
    package static let controlWaitingMax = 256
    package static let controlWaitingBytesMax = 1 << 20
    /// Control frames that wait to be written.
    package static let controlQueuedMax = 1_024

    /// From the connection to the welcome.
    package static let helloSeconds: Int64 = 10
    /// Without a byte from the peer: a ping is sent. The agent's come first and are enough for both, so that an idle agent costs little.
    package static let agentPingSeconds: Int64 = 8
    package static let serverPingSeconds: Int64 = 10
    /// Without a byte from the peer: it is dead. With a second for closing, dead peers are known within 15 s.
    package static let silenceSeconds: Int64 = 13

    package static let version: UInt32 = 1
}

/// A moment of a clock that only goes forward; of use only within one run.
package struct WireMoment: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    package func adding(seconds: Int64) -> WireMoment {
        WireMoment(nanoseconds: nanoseconds + seconds * 1_000_000_000)
    }
}
