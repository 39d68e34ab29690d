internal import Crypto
internal import Engine
internal import FoundationEssentials
internal import Listen
internal import Tenancy
internal import Wire

/// Records of an agent, as the log takes them. Each has a key of its own, so that it is one record however often it comes.
struct AgentDelivery {
    private let key: AgentHub.Key
    private let host: String
    private let spool: String

    init(_ key: AgentHub.Key, host: String, spool: String) {
        self.key = key
        self.host = host
        self.spool = spool
    }

    func delivery(of records: WireRecords, dropping count: Int) -> Delivery {
        var sequence = records.first + UInt64(count)
        let list = records.records.dropFirst(count).map { record in
            defer { sequence += 1 }
            return Delivery.Record(
                bytes: Array(record.content),
                format: RecordFormat(rawValue: record.format) ?? .json,
                key: recordKey(sequence),
                time: record.timeNanoseconds > 0
                    ? Timestamp(nanoseconds: record.timeNanoseconds) : nil,
                host: host.utf8.count <= IntakeLimits.hostBytesMax ? host : nil,
                labels: Array("{\"agent\":\"\(key.agent)\",\"agent_sequence\":\(sequence)}".utf8))
        }
        return Delivery(
            binding: SourceBinding(tenant: key.tenant, source: key.agent), records: list)
    }

    private func recordKey(_ sequence: UInt64) -> RecordKey {
        let text = "agent\0\(key.tenant)\0\(key.agent)\0\(spool)\0\(sequence)"
        let digest = Array(SHA256.hash(data: Array(text.utf8)))
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        return RecordKey(high: number(digest[..<8]), low: number(digest[8..<16]))
    }
}
