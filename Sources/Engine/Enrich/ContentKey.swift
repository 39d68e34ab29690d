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
        while index < count {
            let end = min(index + 8, count)
            var word: UInt64 = 0
            while index < end {
                var byte = bytes[index]
                if folding, byte >= 0x41, byte <= 0x5a { byte |= 0x20 }
                word = word << 8 | UInt64(byte)
                index += 1
            }
            mix(word)
        }
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
