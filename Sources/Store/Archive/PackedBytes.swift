// Numbers as segments hold them: little-endian where their width is fixed, else LEB128.

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        for index in 0..<(Number.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: number >> Number(index * 8)))
        }
    }

    mutating func append(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Small where `number` is near zero, on either side.
    mutating func append(zigzag number: Int64) {
        append(varint: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    func little<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
        var number: Number = 0
        for index in 0..<(Number.bitWidth / 8) {
            number |= Number(truncatingIfNeeded: self[offset + index]) << Number(index * 8)
        }
        return number
    }

    var hexadecimal: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless `text` is pairs of hexadecimal digits.
    init?(hexadecimal text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.digit(digits[index]), let low = Self.digit(digits[index + 1])
            else { return nil }
            append(high << 4 | low)
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

/// Reads packed numbers in order, and never beyond `end`.
struct PackedReader {
    let bytes: [UInt8]
    private(set) var at: Int
    let end: Int

    /// - Precondition: `range` lies within `bytes`.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "reads outside")
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    mutating func byte() throws(FrameDamage) -> UInt8 {
        guard at < end else { throw .records }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func varint() throws(FrameDamage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw .records }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift <= 63 else { throw .records }
        }
    }

    /// A number from 0 to `max`.
    mutating func count(upTo max: Int) throws(FrameDamage) -> Int {
        guard let value = Int(exactly: try varint()), value <= max else { throw .records }
        return value
    }

    mutating func zigzag() throws(FrameDamage) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func take(_ count: Int) throws(FrameDamage) -> Range<Int> {
        guard count >= 0, count <= end - at else { throw .records }
        defer { at += count }
        return at..<(at + count)
    }

    mutating func little<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(FrameDamage) -> Number {
        let range = try take(Number.bitWidth / 8)
        return bytes.little(type, at: range.lowerBound)
    }
}
