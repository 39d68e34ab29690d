package import Engine
package import Tenancy

/// Something about an agent that the server noticed. It goes into the log, so that a replay finds it again.
package struct AgentNotice: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It said goodbye.
        case stopped, uninstalled
        /// It ended without a word: killed, frozen, or cut off.
        case silent
        /// It is there again, and its run before was killed.
        case killed
        /// Its machine's clock stepped, or differs from the server's.
        case clock
        /// Its policy or rules on the disk were changed.
        case tampered
        /// Records of it will never come.
        case gap
        /// Its sensor lost events.
        case drops
        /// Its host acted by itself, as the policy lets it.
        case contained
    }

    package var kind: Kind
    package var agent: LogSourceID
    package var host: String
    /// When it happened, as the server noticed it.
    package var time: Timestamp
    /// For people, at most ``detailBytesMax``.
    package var detail: String

    package static let detailBytesMax = 512

    package init(
        _ kind: Kind, agent: LogSourceID, host: String, time: Timestamp, detail: String
    ) {
        self.kind = kind
        self.agent = agent
        self.host = host
        self.time = time
        self.detail = String(decoding: detail.utf8.prefix(Self.detailBytesMax), as: UTF8.self)
    }

    /// Nil where it cannot be read.
    init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let kind = (try? reader.text()).flatMap(Kind.init(rawValue:)),
            let agent = (try? reader.text()).flatMap(LogSourceID.init),
            let host = try? reader.text(), let time = try? reader.signed(),
            let detail = try? reader.text(), reader.isAtEnd
        else { return nil }
        self.init(
            kind, agent: agent, host: host, time: Timestamp(nanoseconds: time), detail: detail)
    }

    var bytes: [UInt8] {
        var writer = StateWriter()
        writer.add(kind.rawValue)
        writer.add(agent.text)
        writer.add(host)
        writer.add(time.nanoseconds)
        writer.add(detail)
        return writer.bytes
    }
}
