internal import Engine

/// Syslog over TCP or TLS. The protocol has no acknowledgement: a sender learns nothing, and is slowed by not being read.
struct SyslogSource: StreamSource {
    static let keepAlive: [UInt8]? = nil

    private let limits: IntakeLimits
    private var framer: SyslogFramer

    init(limits: IntakeLimits) {
        self.limits = limits
        framer = SyslogFramer(messageBytesMax: limits.syslogMessageBytesMax)
    }

    var waitingBytes: Int { framer.waitingBytes }

    mutating func add(_ bytes: [UInt8]) { framer.add(bytes) }

    mutating func batch() throws(StreamFailure) -> StreamBatch? {
        var batch = StreamBatch(records: [])
        var bytes = 0
        do throws(StreamFailure) {
            while batch.records.count < limits.batchRecordsMax, bytes < limits.batchBytesMax,
                let message = try framer.next()
            {
                bytes += message.bytes.count
                if message.isCut { batch.truncated += 1 }
                batch.records.append(Self.record(message.bytes))
            }
        } catch {
            // What stood before the failure is good; it is met again with the next call.
            if batch.records.isEmpty { throw error }
        }
        return batch.records.isEmpty ? nil : batch
    }

    mutating func last() -> StreamBatch? {
        guard let message = framer.last() else { return nil }
        return StreamBatch(
            records: [Self.record(message.bytes)], truncated: message.isCut ? 1 : 0)
    }

    static func record(_ bytes: [UInt8]) -> Delivery.Record {
        Delivery.Record(bytes: bytes, format: .syslog)
    }
}
