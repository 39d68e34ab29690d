internal import Crypto
internal import Engine
internal import Tenancy

/// SHA-256 over records with all that is kept of them, whatever frames they stand in.
struct RecordDigest {
    private var hash = SHA256()

    var value: ChainHash {
        ChainHash(Array(hash.finalize())) ?? .start
    }

    mutating func add(_ record: ArchivedRecord) {
        var bytes: [UInt8] = []
        bytes.append(little: record.sequence)
        bytes.append(little: record.received.nanoseconds)
        append(record.source.text, to: &bytes)
        switch record.content {
        case .record(let format): append("record " + format.rawValue, to: &bytes)
        case .control(let kind): append("control " + kind, to: &bytes)
        }
        bytes.append(record.key == nil ? 0 : 1)
        bytes.append(little: record.key?.high ?? 0)
        bytes.append(little: record.key?.low ?? 0)
        bytes.append(record.envelope.time == nil ? 0 : 1)
        bytes.append(little: record.envelope.time?.nanoseconds ?? 0)
        bytes.append(record.envelope.host == nil ? 0 : 1)
        append(record.envelope.host ?? "", to: &bytes)
        if !record.envelope.labels.isEmpty {
            bytes.append(little: UInt32(record.envelope.labels.count))
            bytes += record.envelope.labels
        }
        bytes.append(little: UInt64(record.bytes.count))
        hash.update(data: bytes)
        hash.update(data: record.bytes)
    }

    private func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(little: UInt32(text.utf8.count))
        bytes += text.utf8
    }
}
