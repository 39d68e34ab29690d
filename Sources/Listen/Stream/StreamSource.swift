/// A protocol without requests: records come one after another over a connection.
///
/// It decides only; ``StreamConversation`` does. The same bytes give the same records however they are cut.
protocol StreamSource {
    /// Tells the sender that it is not forgotten while its records wait; nil where the protocol has no such thing.
    static var keepAlive: [UInt8]? { get }

    /// Bytes that have come and are in no batch yet.
    var waitingBytes: Int { get }

    mutating func add(_ bytes: [UInt8])

    /// What can be handed in now; nil where more must come.
    ///
    /// - Throws: where the stream cannot be read further.
    mutating func batch() throws(StreamFailure) -> StreamBatch?

    /// What is left when the sender has closed; nil where that is nothing.
    mutating func last() -> StreamBatch?
}

enum StreamFailure: Error, Hashable, Sendable { case malformed, tooLarge, damaged }

struct StreamBatch: Sendable {
    var records: [Delivery.Record]
    /// Of the records, how many were cut at the limit.
    var truncated = 0
    /// Written when the records are durable.
    var acknowledgement: [UInt8]?
}

extension StreamFailure {
    var reason: IntakeTally.Reason {
        switch self {
        case .malformed: .malformed
        case .tooLarge: .tooLarge
        case .damaged: .encoding
        }
    }
}

/// Bytes that were received and not read yet.
struct ByteQueue {
    private(set) var bytes: [UInt8] = []
    /// The first byte not read.
    private(set) var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func add(_ more: [UInt8]) {
        // Moved to the front only when most of it was read, so that each byte is moved a bounded number of times.
        if start > 64 << 10, start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    subscript(index: Int) -> UInt8 { bytes[start + index] }

    func number32(at index: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(self[index + $1]) }
    }

    func slice(_ range: Range<Int>) -> [UInt8] {
        Array(bytes[(start + range.lowerBound)..<(start + range.upperBound)])
    }

    mutating func drop(_ count: Int) {
        precondition(count <= self.count, "drops more than there is")
        start += count
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= 64 << 10)
            start = 0
        }
    }
}
