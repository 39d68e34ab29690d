/// Reads one JSON value, strictly: UTF-8, integers of 64 bits, no member twice, nothing after it.
///
/// - Limits: `bytesMax` bytes, `depthMax` levels.
/// - Throws: ``ActFailure`` (`refused`, or `limit`) with the byte where reading stopped.
/// - Source: RFC 8259, RFC 7493 (no duplicate members).
package struct JSONReader {
    package static let bytesMax = 4 << 20
    package static let depthMax = 16

    private let bytes: [UInt8]
    private var at = 0

    package static func value(of bytes: [UInt8]) throws(ActFailure) -> JSONValue {
        guard bytes.count <= bytesMax else {
            throw ActFailure(.limit, "JSON of \(bytes.count) bytes; at most \(bytesMax) are read")
        }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw reader.problem("something stands after it") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func problem(_ what: String) -> ActFailure {
        ActFailure(.refused, "not JSON at byte \(at): \(what)")
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(ActFailure) -> JSONValue {
        guard depth < Self.depthMax else {
            throw ActFailure(.limit, "JSON nested deeper than \(Self.depthMax) at byte \(at)")
        }
        skipSpace()
        guard at < bytes.count else { throw problem("it ends early") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try integer()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(ActFailure) -> JSONValue {
        guard bytes[at...].starts(with: text.utf8) else { throw problem("an unknown word") }
        at += text.utf8.count
        return value
    }

    private mutating func integer() throws(ActFailure) -> JSONValue {
        let digits = bytes[at...].prefix {
            ($0 >= 0x30 && $0 <= 0x39) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0)
        }
        let text = String(decoding: digits, as: UTF8.self)
        guard let value = Int64(text), String(value) == text else {
            throw problem("a whole number of 64 bits is expected here")
        }
        at += digits.count
        return .integer(value)
    }

    private mutating func array(depth: Int) throws(ActFailure) -> JSONValue {
        at += 1
        var items: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw problem("`,` or `]` is expected") }
        }
    }

    private mutating func object(depth: Int) throws(ActFailure) -> JSONValue {
        at += 1
        var members: [JSONValue.Member] = []
        var seen: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw problem("a member's name is expected")
            }
            let name = try string()
            guard seen.insert(name).inserted else { throw problem("a member stands twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw problem("`:` is expected") }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw problem("`,` or `}` is expected") }
        }
    }

    private mutating func string() throws(ActFailure) -> String {
        at += 1
        var text: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                guard let whole = String(validating: text, as: UTF8.self) else {
                    throw problem("the text before it is not UTF-8")
                }
                return whole
            case UInt8(ascii: "\\"): try escape(to: &text)
            case 0..<0x20: throw problem("a control character in a text")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw problem("a text does not end")
    }

    private mutating func escape(to text: inout [UInt8]) throws(ActFailure) {
        at += 1
        guard at < bytes.count else { throw problem("it ends early") }
        let short: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D,
            0x74: 0x09,
        ]
        if let plain = short[bytes[at]] {
            text.append(plain)
            at += 1
            return
        }
        var code = try unit()
        if (0xD800..<0xDC00).contains(code) {
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\\") else {
                throw problem("half of a surrogate pair")
            }
            at += 1
            let low = try unit()
            guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw problem("half of a surrogate pair") }
        text.append(contentsOf: String(scalar).utf8)
    }

    private mutating func unit() throws(ActFailure) -> UInt32 {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "u"), at + 5 <= bytes.count,
            let pair = Hex.bytes(String(decoding: bytes[(at + 1)..<(at + 5)], as: UTF8.self))
        else { throw problem("an unknown escape") }
        at += 5
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
}
