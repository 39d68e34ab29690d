/// 128 bits that stand for a text or a tuple: equal content gives equal keys on every machine.
///
/// Not a cryptographic hash: a sender who can choose names freely could make two of them meet, which
/// joins two entities in a story and does no other harm.
package struct ContentKey: Hashable, Comparable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Stands for "no such entity"; a digest is never this value.
    package static let none = ContentKey(high: 0, low: 0)

    package static func < (left: ContentKey, right: ContentKey) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// 32 lower-case hex digits.
    package var hex: String { high.hexDigits + low.hexDigits }
}

/// Makes a ``ContentKey`` from words and bytes, in order. Two multiply-and-fold lanes.
package struct ContentDigest: Sendable {
    private var first: UInt64 = 0x243f_6a88_85a3_08d3
    private var second: UInt64 = 0x1319_8a2e_0370_7344

    package init() {}

    package mutating func mix(_ word: UInt64) {
        first = Self.fold(first ^ word, 0x9e37_79b9_7f4a_7c15) &+ 0xa409_3822_299f_31d0
        second = Self.fold(second &+ word, 0xd6e8_feb8_6659_fd93) ^ (second << 23 | second >> 41)
    }

    package mutating func mix(_ key: ContentKey) {
        mix(key.high)
        mix(key.low)
    }

    /// Mixes the count too, so that ("ab", "c") and ("a", "bc") differ.
    package mutating func mix(_ bytes: Span<UInt8>, folding: Bool = false) {
        let count = bytes.count
        mix(UInt64(count) ^ 0x6c62_272e_07bb_0142)
        var index = 0
        // Each load lies within the span: index + 8 ≤ count.
        while index + 8 <= count {
            let word = unsafe bytes.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            }
            mix(folding ? Self.lowerCased(UInt64(littleEndian: word)) : UInt64(littleEndian: word))
            index += 8
        }
        guard index < count else { return }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        while index < count {
            word |= UInt64(bytes[index]) << shift
            shift += 8
            index += 1
        }
        mix(folding ? Self.lowerCased(word) : word)
    }

    /// ASCII letters of eight bytes at once in lower case.
    private static func lowerCased(_ word: UInt64) -> UInt64 {
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        // The high bit of each byte: set where the byte's low seven bits are at least `A`, past `Z`.
        let fromA = low &+ 0x3f3f_3f3f_3f3f_3f3f
        let pastZ = low &+ 0x2525_2525_2525_2525
        let isUpper = fromA & ~pastZ & ~word & 0x8080_8080_8080_8080
        return word | isUpper >> 2
    }

    package mutating func mix(_ text: String, folding: Bool = false) {
        mix(text.utf8Span.span, folding: folding)
    }

    package var key: ContentKey {
        let high = Self.fold(first ^ (second >> 29), 0xe703_7ed1_a0b4_28db)
        let low = Self.fold(second ^ (first << 31), 0x8ebc_6af0_9c88_c6e3)
        return ContentKey(high: high, low: low | (high == 0 ? 1 : 0))
    }

    private static func fold(_ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}

extension UInt64 {
    fileprivate var hexDigits: String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
