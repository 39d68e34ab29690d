/// What listeners take at most. Beyond a limit the sender is refused or slowed, and that is counted.
package struct IntakeLimits: Sendable {
    // Everything below may be lowered or raised by the operator; docs/intake.md lists it.

    /// Of one record; longer ones are refused (HTTP, Lumberjack).
    package var recordBytesMax = 16 << 20
    /// Of one request's body, after decompression.
    package var bodyBytesMax = 64 << 20
    /// Bytes out for each byte in, of a compressed body; asked once 1 MiB came out.
    package var inflationRatioMax = 200
    /// Of all request bodies and batches held at one time, over all connections.
    package var heldBytesMax = 256 << 20
    /// Of one request.
    package var recordsMax = 200_000
    /// Of all header fields of one request, and of one field; how many fields.
    package var headerBytesMax = 32 << 10
    package var headerFieldBytesMax = 16 << 10
    package var headerFieldsMax = 100

    package var connectionsMax = 12_000
    package var connectionsPerPeerMax = 2_000
    /// From a request's first byte to the end of its header.
    package var headSecondsMax = 10
    /// Without any byte, between requests.
    package var idleSecondsMax = 300
    /// Without any byte, within a body or a frame.
    package var stallSecondsMax = 30

    /// Of a stream (journal upload, syslog over TCP), before it is handed to the desk.
    package var batchBytesMax = 1 << 20
    package var batchRecordsMax = 1_000

    /// Of one syslog message; what is longer is cut there and counted.
    package var syslogMessageBytesMax = 64 << 10
    /// Of the kernel's buffer for datagrams that wait.
    package var datagramBufferBytes = 8 << 20

    /// Of one Lumberjack window.
    package var windowEventsMax = 65_536

    /// Channels for which acknowledgements are counted.
    package var channelsMax = 10_000

    package init() {}

    /// Of ``Delivery/Record/labels``.
    package static let labelBytesMax = 8 << 10
    /// Of a host's name in ``Delivery/Record/host``; a longer one goes to the labels only.
    package static let hostBytesMax = 255
    /// Objects and arrays within one another.
    package static let jsonDepthMax = 64
}
