/// Bytes of rows and of messages: numbers as LEB128, least significant seven bits first.
enum Bytes {
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    static func append(_ number: Int, to bytes: inout [UInt8]) {
        append(UInt64(number), to: &bytes)
    }

    /// Small numbers of either sign stay small.
    static func append(signed number: Int64, to bytes: inout [UInt8]) {
        append(UInt64(bitPattern: number << 1 ^ number >> 63), to: &bytes)
    }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        append(text.utf8.count, to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    /// What bytes that were written elsewhere do not hold as expected.
    struct Malformed: Error {}

    /// Moves past a number. At most ten bytes are read.
    @inline(__always)
    static func number(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(Malformed) -> UInt64 {
        if position < bytes.count, bytes[position] < 0x80 {
            position += 1
            return UInt64(bytes[position - 1])
        }
        return try long(bytes, &position)
    }

    private static func long(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(Malformed) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        throw Malformed()
    }

    /// A number that must not be above `most`.
    static func count(
        _ bytes: Span<UInt8>, _ position: inout Int, most: Int
    ) throws(Malformed) -> Int {
        let number = try number(bytes, &position)
        guard number <= UInt64(most) else { throw Malformed() }
        return Int(number)
    }

    static func signed(_ bytes: Span<UInt8>, _ position: inout Int) throws(Malformed) -> Int64 {
        let number = try number(bytes, &position)
        return Int64(bitPattern: number >> 1) ^ -Int64(number & 1)
    }

    /// Moves past a length and as many bytes, all of which are there.
    static func range(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(Malformed) -> Range<Int> {
        let count = try count(bytes, &position, most: bytes.count)
        guard count <= bytes.count - position else { throw Malformed() }
        defer { position += count }
        return position..<(position + count)
    }

    static func text(_ bytes: Span<UInt8>, _ position: inout Int) throws(Malformed) -> String {
        text(bytes, try range(bytes, &position))
    }

    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer {
            unsafe String(decoding: $0, as: UTF8.self)
        }
    }
}
