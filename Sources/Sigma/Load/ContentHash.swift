/// FNV-1a over a document's content: comments, quotes and layout leave it as it is.
///
/// - Source: FNV-1a, 64 bit, as Fowler, Noll and Vo give it.
struct ContentHash {
    static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var value: UInt64

    init(basis: UInt64 = offsetBasis) { value = basis }

    mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        // No text holds this byte, so "ab","c" and "a","bc" differ.
        add(byte: 0xFF)
    }

    mutating func add(_ other: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            add(byte: UInt8(truncatingIfNeeded: other >> shift))
        }
    }

    mutating func add(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let scalar):
            add(byte: scalar.value == .text ? 0 : 1)
            add(scalar.text)
        case .sequence(let items):
            add(byte: 2)
            for item in items { add(item) }
            add(byte: 4)
        case .mapping(let pairs):
            add(byte: 3)
            for pair in pairs {
                add(pair.key)
                add(pair.value)
            }
            add(byte: 4)
        }
    }

    /// An id in UUID form (version 8, RFC 9562 §5.8) for a document that has none: the same
    /// content has the same id, wherever the file lies.
    static func identifier(of node: YAMLNode) -> String {
        var first = ContentHash()
        first.add(node)
        var second = ContentHash(basis: first.value)
        second.add(node)
        let high = first.value & ~0xF000 | 0x8000
        let low = second.value & ~(0xC000 << 48) | 0x8000 << 48
        let digits = hex(high) + hex(low)
        var parts: [Substring] = []
        var rest = digits[...]
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts.joined(separator: "-")
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
