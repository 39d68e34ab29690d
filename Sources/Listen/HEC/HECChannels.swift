internal import Synchronization

/// Which acknowledgement ids were given out on which channel.
///
/// An id is given only with an answer, and that only once the records are durable: so every id given is true. A
/// channel that was let go (the one used longest ago, beyond `limit`) answers false, and its sender sends again.
final class HECChannels: Sendable {
    private struct Key: Hashable {
        var binding: SourceBinding
        var channel: String
    }

    private struct Channels {
        var next: [Key: (id: UInt64, use: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    /// Of a channel's name; Splunk asks for a GUID.
    static let nameBytesMax = 128

    private let limit: Int
    private let channels = Mutex(Channels())

    init(limit: Int) { self.limit = limit }

    func acknowledge(_ binding: SourceBinding, _ channel: String) -> UInt64 {
        channels.withLock { channels in
            let key = Key(binding: binding, channel: channel)
            channels.uses += 1
            let id = channels.next[key]?.id ?? 0
            if channels.next[key] == nil, channels.next.count >= limit {
                // Rare, and bounded by the limit.
                if let oldest = channels.next.min(by: { $0.value.use < $1.value.use })?.key {
                    channels.next[oldest] = nil
                }
            }
            channels.next[key] = (id + 1, channels.uses)
            return id
        }
    }

    func isDurable(_ id: UInt64, _ binding: SourceBinding, _ channel: String) -> Bool {
        channels.withLock { channels in
            (channels.next[Key(binding: binding, channel: channel)]?.id ?? 0) > id
        }
    }
}
