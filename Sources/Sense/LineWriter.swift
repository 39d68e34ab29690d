/// Writes JSON objects, one a line, without a tree in between. Nothing is allocated once its memory has grown.
///
/// - Output: UTF-8. Bytes that are not UTF-8 become U+FFFD, one for each byte, so that a line is always valid; control
///   characters, and U+007F, are escaped: nothing in a line acts on a terminal.
package struct LineWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() { bytes.reserveCapacity(65_536) }

    package mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func begin() {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    package mutating func end() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    package mutating func endLine() {
        end()
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    package mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        put(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func object(_ name: StaticString) {
        key(name)
        begin()
    }

    package mutating func array(_ name: StaticString) {
        key(name)
        bytes.append(UInt8(ascii: "["))
    }

    package mutating func element() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    package mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    package mutating func number(_ name: StaticString, _ value: UInt64) {
        key(name)
        digits(value)
        needsComma = true
    }

    package mutating func number(_ name: StaticString, _ value: Int64) {
        key(name)
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(value.magnitude)
        needsComma = true
    }

    package mutating func number(_ name: StaticString, _ value: UInt32) {
        number(name, UInt64(value))
    }

    package mutating func truth(_ name: StaticString, _ value: Bool) {
        key(name)
        put(value ? "true" : "false")
        needsComma = true
    }

    package mutating func word(_ name: StaticString, _ value: StaticString) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        put(value)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func text(_ name: StaticString, _ value: Span<UInt8>) {
        key(name)
        quoted(value)
    }

    package mutating func text(_ name: StaticString, _ value: [UInt8]) {
        text(name, value.span)
    }

    package mutating func text(_ name: StaticString, _ value: String) {
        text(name, Array(value.utf8).span)
    }

    /// A key that is no word of ours.
    package mutating func member(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        quoted(value)
    }

    /// Lower-case hexadecimal digits.
    package mutating func hex(_ name: StaticString, _ value: UInt64) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        var shift = 60
        var started = false
        while shift >= 0 {
            let digit = Int(value >> UInt64(shift) & 15)
            if digit != 0 || started || shift == 0 {
                bytes.append(hexDigits[digit])
                started = true
            }
            shift -= 4
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Mode of a file as people write it: four octal digits.
    package mutating func mode(_ value: Int64) {
        key("mode")
        bytes.append(UInt8(ascii: "\""))
        for shift in [9, 6, 3, 0] as [Int64] {
            bytes.append(UInt8(ascii: "0") + UInt8(value >> shift & 7))
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func quoted(_ value: Span<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var index = 0
        while index < value.count {
            let byte = value[index]
            if byte >= 0x20, byte < 0x7f {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    bytes.append(UInt8(ascii: "\\"))
                }
                bytes.append(byte)
                index += 1
            } else if byte < 0x80 {
                escape(byte)
                index += 1
            } else {
                let count = value.scalarCount(at: index)
                if count == 0 {
                    bytes += [0xef, 0xbf, 0xbd]
                    index += 1
                } else {
                    for offset in index..<index + count { bytes.append(value[offset]) }
                    index += count
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): put("\\n")
        case UInt8(ascii: "\t"): put("\\t")
        case UInt8(ascii: "\r"): put("\\r")
        default:
            put("\\u00")
            bytes.append(hexDigits[Int(byte >> 4)])
            bytes.append(hexDigits[Int(byte & 15)])
        }
    }

    package mutating func digits(_ value: UInt64) {
        if value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// Exactly `width` digits, with zeros in front.
    package mutating func digits(_ value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    package mutating func raw(_ text: [UInt8]) { bytes += text }
    package mutating func raw(_ byte: UInt8) { bytes.append(byte) }
    package mutating func endValue() { needsComma = true }

    private mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }
}

private let hexDigits: [UInt8] = Array("0123456789abcdef".utf8)

extension Span<UInt8> {
    /// How many bytes the UTF-8 scalar at `index` has; 0 where it is not well formed (Unicode 15, table 3-7).
    func scalarCount(at index: Int) -> Int {
        let first = self[index]
        let (count, low, high): (Int, UInt8, UInt8) =
            switch first {
            case 0xc2...0xdf: (2, 0x80, 0xbf)
            case 0xe0: (3, 0xa0, 0xbf)
            case 0xed: (3, 0x80, 0x9f)
            case 0xe1...0xef: (3, 0x80, 0xbf)
            case 0xf0: (4, 0x90, 0xbf)
            case 0xf1...0xf3: (4, 0x80, 0xbf)
            case 0xf4: (4, 0x80, 0x8f)
            default: (0, 0, 0)
            }
        guard count > 0, index + count <= self.count else { return 0 }
        guard self[index + 1] >= low, self[index + 1] <= high else { return 0 }
        for offset in 2..<max(2, count) where self[index + offset] & 0xc0 != 0x80 { return 0 }
        return count
    }
}
