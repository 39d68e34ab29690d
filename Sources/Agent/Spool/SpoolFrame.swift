package import Engine

/// What one frame of a spool says.
///
///     u32 length of the body │ u32 CRC-32C of the body │ body
///     body of a record: 1 │ u8 value │ u64 sequence │ i64 time │ u8 length of the format │ format │ content
///     body of a gap:    2 │ u8 reason │ u64 first │ u64 last
///
/// Numbers are little-endian.
enum SpoolFrame: Hashable, Sendable {
    case record(UInt64, SpoolRecord)
    case gap(SpoolGap)

    static let headBytes = 8
    static let recordHeadBytes = 19
    static let bodyBytesMax =
        recordHeadBytes + SpoolRecord.formatBytesMax + SpoolLimits.recordBytesMax

    var first: UInt64 {
        switch self {
        case .record(let sequence, _): sequence
        case .gap(let gap): gap.first
        }
    }

    var last: UInt64 {
        switch self {
        case .record(let sequence, _): sequence
        case .gap(let gap): gap.last
        }
    }

    func write(to bytes: inout [UInt8]) {
        var body: [UInt8] = []
        switch self {
        case .record(let sequence, let record):
            body.reserveCapacity(
                Self.recordHeadBytes + record.format.utf8.count + record.content.count)
            body.append(1)
            body.append(record.value.rawValue)
            body.append(number: sequence, bytes: 8)
            body.append(number: UInt64(bitPattern: record.time.nanoseconds), bytes: 8)
            body.append(UInt8(record.format.utf8.count))
            body += record.format.utf8
            body += record.content
        case .gap(let gap):
            body.append(2)
            body.append(gap.reason.rawValue)
            body.append(number: gap.first, bytes: 8)
            body.append(number: gap.last, bytes: 8)
        }
        bytes.append(number: UInt64(body.count), bytes: 4)
        bytes.append(number: UInt64(CRC32C.of(body)), bytes: 4)
        bytes += body
    }

    /// The frame at a place; nil where there is no whole, undamaged one.
    static func read(_ bytes: [UInt8], at start: Int) -> (frame: SpoolFrame, byteCount: Int)? {
        guard bytes.count - start >= headBytes else { return nil }
        let length = Int(bytes.number(at: start, bytes: 4))
        guard (18...bodyBytesMax).contains(length), bytes.count - start - headBytes >= length else {
            return nil
        }
        let body = bytes[(start + headBytes)..<(start + headBytes + length)]
        guard UInt64(CRC32C.of(body)) == bytes.number(at: start + 4, bytes: 4),
            let frame = frame(Array(body))
        else { return nil }
        return (frame, headBytes + length)
    }

    private static func frame(_ body: [UInt8]) -> SpoolFrame? {
        switch body[0] {
        case 1:
            guard body.count >= recordHeadBytes, let value = RecordValue(rawValue: body[1]),
                body.count > recordHeadBytes + Int(body[18])
            else { return nil }
            let start = recordHeadBytes + Int(body[18])
            return .record(
                body.number(at: 2, bytes: 8),
                SpoolRecord(
                    content: Array(body[start...]),
                    format: String(decoding: body[recordHeadBytes..<start], as: UTF8.self),
                    time: Timestamp(
                        nanoseconds: Int64(bitPattern: body.number(at: 10, bytes: 8))),
                    value: value))
        case 2:
            guard body.count == 18, let reason = SpoolGap.Reason(rawValue: body[1]) else {
                return nil
            }
            let (first, last) = (body.number(at: 2, bytes: 8), body.number(at: 10, bytes: 8))
            return first <= last ? .gap(SpoolGap(first: first, last: last, reason: reason)) : nil
        default: return nil
        }
    }
}

/// One record that waits to be sent.
package struct SpoolRecord: Hashable, Sendable {
    package static let formatBytesMax = 32

    /// 1 to ``SpoolLimits/recordBytesMax`` bytes.
    package var content: [UInt8]
    /// Name of a `RecordFormat`; empty is `json`.
    package var format: String
    package var time: Timestamp
    package var value: RecordValue

    package init(
        content: [UInt8], format: String = "", time: Timestamp, value: RecordValue = .normal
    ) {
        self.content = content
        self.format = format
        self.time = time
        self.value = value
    }
}

/// What goes first when the spool is full.
package enum RecordValue: UInt8, Hashable, Sendable, CaseIterable {
    /// One of very many: a file that was written.
    case low = 0
    case normal = 1
    /// What must be the last to go: alerts of the host, records that tell of losses.
    case high = 2
}

/// Sequences that will never be sent.
package struct SpoolGap: Hashable, Sendable {
    package enum Reason: UInt8, Hashable, Sendable {
        case full = 1
        case damaged = 2
    }

    package var first: UInt64
    package var last: UInt64
    package var reason: Reason

    package init(first: UInt64, last: UInt64, reason: Reason) {
        self.first = first
        self.last = last
        self.reason = reason
    }
}

package enum SpoolLimits {
    package static let recordBytesMax = 256 << 10
    /// Of all segments, where the policy says nothing else.
    package static let bytesMax = 256 << 20
    package static let bytesMin = 1 << 20
    /// A segment that has so much is closed and the next begun.
    package static let segmentBytesMax = 4 << 20
    /// Records written at once.
    package static let groupRecordsMax = 10_000
}

extension [UInt8] {
    mutating func append(number: UInt64, bytes count: Int) {
        for shift in 0..<count {
            append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift)))
        }
    }

    func number(at start: Int, bytes count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(self[start + $1]) << UInt64(8 * $1) }
    }
}
