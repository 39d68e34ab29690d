internal import NIOCore
package import Wire

/// One connection, as whoever uses it sees it: messages in, messages out.
///
/// What waits in ``events`` is bounded by the windows of the connection, so it is never in the way of pings.
package struct Link: Sendable {
    package enum Event: Sendable {
        /// To be given back by ``consumed(_:)``.
        case message(WireMessage, WireCharge)
        /// More may be sent on telemetry or bulk than before.
        case room
        /// The last event.
        case ended(End)
    }

    package enum End: Equatable, Sendable, CustomStringConvertible {
        case wire(WireEnd)
        /// One of both closed.
        case closed
        /// What TLS or the network said.
        case failed(String)

        package var description: String {
            switch self {
            case .wire(let end): "\(end)"
            case .closed: "the connection was closed"
            case .failed(let cause): cause
            }
        }
    }

    package let events: AsyncStream<Event>
    /// The peer's certificate in DER; nil where it showed none.
    package let peer: [UInt8]?
    package let address: String
    private let conversation: NIOLoopBound<LinkConversation>
    private let channel: any Channel

    init(
        _ conversation: LinkConversation, _ channel: any Channel, peer: [UInt8]?,
        events: AsyncStream<Event>
    ) {
        self.conversation = NIOLoopBound(conversation, eventLoop: channel.eventLoop)
        self.channel = channel
        self.peer = peer
        self.events = events
        address = channel.remoteAddress?.ipAddress ?? ""
    }

    /// See ``WireConnection/send(_:)``.
    @discardableResult
    package func send(_ message: WireMessage) async -> Bool {
        let conversation = conversation
        let sent = try? await channel.eventLoop.submit { conversation.value.send(message) }.get()
        return sent ?? false
    }

    /// False once it was closed.
    package var isOpen: Bool { channel.isActive }

    package func room(on channel: WireChannel) async -> Int {
        let conversation = conversation
        let room = try? await self.channel.eventLoop.submit {
            conversation.value.room(on: channel)
        }.get()
        return room ?? 0
    }

    package func consumed(_ charge: WireCharge) {
        let conversation = conversation
        channel.eventLoop.execute { conversation.value.consumed(charge) }
    }

    /// Tells the peer why, then closes. For servers.
    package func refuse(_ reason: WireRefusalReason, _ detail: String, retrySeconds: UInt32 = 0) {
        let conversation = conversation
        channel.eventLoop.execute {
            conversation.value.refuse(reason, detail, retrySeconds: retrySeconds)
        }
    }

    /// Writes what waits, then closes.
    package func close() async {
        let conversation = conversation
        channel.eventLoop.execute { conversation.value.close() }
        try? await channel.closeFuture.get()
    }
}
