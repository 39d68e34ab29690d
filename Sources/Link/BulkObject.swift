internal import Crypto
internal import FoundationEssentials
package import Wire

/// An object that goes in pieces.
package struct BulkObject: Hashable, Sendable {
    package let kind: String
    package let name: String
    package let bytes: [UInt8]

    package init(kind: String, name: String, bytes: [UInt8]) {
        self.kind = kind
        self.name = name
        self.bytes = bytes
    }

    /// Its messages, in order.
    ///
    /// - Precondition: 1 to ``WireLimits/objectBytesMax`` bytes.
    package func messages(stream: UInt32) -> [WireMessage] {
        precondition((1...WireLimits.objectBytesMax).contains(bytes.count), "an object has a size")
        var begin = WireBulkBegin()
        begin.stream = stream
        begin.kind = kind
        begin.name = name
        begin.size = UInt64(bytes.count)
        begin.sha256 = Data(SHA256.hash(data: bytes))
        var messages: [WireMessage] = [.bulkBegin(begin)]
        for start in stride(from: 0, to: bytes.count, by: WireLimits.pieceBytesMax) {
            var piece = WireBulkPiece()
            piece.stream = stream
            piece.offset = UInt64(start)
            piece.content = Data(bytes[start..<min(start + WireLimits.pieceBytesMax, bytes.count)])
            messages.append(.bulkPiece(piece))
        }
        return messages
    }
}

/// Puts one object at a time together again.
package struct BulkAssembly: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        /// Larger than is taken here, or of a kind that is not.
        case unwanted
        /// Pieces that do not follow one another.
        case order
        /// The whole is not what was announced.
        case digest
    }

    /// Largest size by kind; other kinds are not taken.
    private let bytesMax: [String: Int]
    private var begun: WireBulkBegin?
    private var bytes: [UInt8] = []

    package init(bytesMax: [String: Int]) { self.bytesMax = bytesMax }

    package mutating func take(_ begin: WireBulkBegin) throws(Failure) {
        guard let most = bytesMax[begin.kind], (1...UInt64(most)).contains(begin.size) else {
            throw .unwanted
        }
        begun = begin
        bytes = []
    }

    /// - Returns: the object with its last piece; nil before.
    package mutating func take(_ piece: WireBulkPiece) throws(Failure) -> BulkObject? {
        guard let begun, piece.stream == begun.stream, piece.offset == UInt64(bytes.count),
            UInt64(bytes.count + piece.content.count) <= begun.size
        else { throw .order }
        bytes += piece.content
        guard UInt64(bytes.count) == begun.size else { return nil }
        self.begun = nil
        defer { bytes = [] }
        guard SHA256.hash(data: bytes) == begun.sha256 else { throw .digest }
        return BulkObject(kind: begun.kind, name: begun.name, bytes: bytes)
    }
}
