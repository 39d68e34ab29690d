/// What an unquoted YAML scalar means.
///
/// - Source: YAML 1.2.2 §10.3.2, core schema. The forms that only YAML 1.1 knows (`yes`, `off`,
///   `0b1`, `1_000`, `1:30`, dates) are text.
enum ScalarValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// `canonical` is the decimal text: no plus sign, no leading zeros, hexadecimal and octal
    /// turned into decimal where they fit in 64 bits, a whole float without its point.
    case number(Double, canonical: String)
    case text

    init(plain text: String) {
        guard let first = text.utf8.first else {
            self = .null
            return
        }
        // Most scalars are words; they need no copy.
        switch first {
        case 0x2B, 0x2D, 0x2E, 0x30...0x39: self = Self.number(Array(text.utf8))
        case UInt8(ascii: "~"): self = text == "~" ? .null : .text
        case UInt8(ascii: "n"), UInt8(ascii: "N"): self = Self.isWord("null", text) ? .null : .text
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            self = Self.isWord("true", text) ? .boolean(true) : .text
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            self = Self.isWord("false", text) ? .boolean(false) : .text
        default: self = .text
        }
    }

    /// The core schema takes a word in lower case, in capitals, and with one capital in front.
    private static func isWord(_ word: String, _ text: String) -> Bool {
        guard text.utf8.count == word.utf8.count else { return false }
        return text == word || text == word.uppercased()
            || text == word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func number(_ bytes: [UInt8]) -> ScalarValue {
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            let rest = String(decoding: bytes[2...], as: UTF8.self)
            let digits = bytes[2...].allSatisfy { isHexDigit($0) }
            if bytes[1] == UInt8(ascii: "x"), digits { return integer(rest, radix: 16, bytes) }
            if bytes[1] == UInt8(ascii: "o"), bytes[2...].allSatisfy({ $0 &- 0x30 < 8 }) {
                return integer(rest, radix: 8, bytes)
            }
        }
        var index = 0
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative || bytes[0] == UInt8(ascii: "+") { index = 1 }
        let digitsStart = index
        while index < bytes.count, bytes[index] &- 0x30 < 10 { index += 1 }
        let wholeDigits = index - digitsStart
        if index == bytes.count {
            guard wholeDigits > 0 else { return .text }
            var digits = bytes[digitsStart...].drop { $0 == UInt8(ascii: "0") }
            if digits.isEmpty { digits = bytes[(bytes.count - 1)...] }
            let magnitude = String(decoding: digits, as: UTF8.self)
            let canonical = isNegative && magnitude != "0" ? "-" + magnitude : magnitude
            return Double(canonical).map { .number($0, canonical: canonical) } ?? .text
        }
        return float(bytes, from: index, wholeDigits: wholeDigits)
    }

    private static func float(_ bytes: [UInt8], from start: Int, wholeDigits: Int) -> ScalarValue {
        var index = start
        var fractionDigits = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            while index < bytes.count, bytes[index] &- 0x30 < 10 {
                index += 1
                fractionDigits += 1
            }
        }
        guard wholeDigits + fractionDigits > 0 else { return .text }
        if index < bytes.count {
            guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return .text }
            index += 1
            if index < bytes.count,
                bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
            {
                index += 1
            }
            guard index < bytes.count, bytes[index...].allSatisfy({ $0 &- 0x30 < 10 }) else {
                return .text
            }
        }
        var written = String(decoding: bytes, as: UTF8.self)
        if written.hasSuffix(".") { written.removeLast() }
        guard let value = Double(written), value.isFinite else { return .text }
        return .number(value, canonical: canonical(value))
    }

    private static func canonical(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? value.description
    }

    private static func integer(_ digits: String, radix: Int, _ written: [UInt8]) -> ScalarValue {
        guard let value = UInt64(digits, radix: radix) else { return .text }
        return .number(Double(value), canonical: String(value))
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }
}
