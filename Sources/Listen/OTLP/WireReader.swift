/// Reads protocol buffers' wire format, field by field, without a schema.
///
/// - Source: Protocol Buffers Documentation, "Encoding". Groups (wire types 3 and 4) are refused: OTLP has none.
/// - Bounds: it never looks outside of its range, and lengths are checked before use.
struct WireReader {
    enum Failure: Error, Hashable {
        /// The bytes end inside a field; with the offset of the field.
        case truncated(Int)
        case malformed(Int)
    }

    enum Value: Hashable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// Text, bytes or a message: where it lies.
        case bytes(Range<Int>)
    }

    let bytes: [UInt8]
    private var at: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "outside the bytes")
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    /// Nil at the end of the message.
    mutating func next() throws(Failure) -> (field: Int, value: Value)? {
        guard at < end else { return nil }
        let start = at
        let tag = try varint(start)
        let field = Int(truncatingIfNeeded: tag >> 3)
        guard tag >> 3 >= 1, tag >> 3 < 1 << 29 else { throw .malformed(start) }
        switch tag & 7 {
        case 0: return (field, .varint(try varint(start)))
        case 1: return (field, .fixed64(try fixed(8, start)))
        case 2:
            let length = try varint(start)
            guard length <= UInt64(end - at) else { throw .truncated(start) }
            let range = at..<at + Int(length)
            at = range.upperBound
            return (field, .bytes(range))
        case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4, start))))
        default: throw .malformed(start)
        }
    }

    private mutating func varint(_ start: Int) throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            guard at < end else { throw .truncated(start) }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(start)
    }

    private mutating func fixed(_ count: Int, _ start: Int) throws(Failure) -> UInt64 {
        guard end - at >= count else { throw .truncated(start) }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[at + index]) << UInt64(8 * index) }
        at += count
        return value
    }
}
