internal import CSIMD

/// A 128-bit hash that is the same on every machine and in every version: what ids are made of.
///
/// - Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", with 2 and 4 rounds, 128
///   bits of output and a fixed key; each piece is prefixed with its length.
package struct StableHash {
    private var v0: UInt64 = 0x736f_6d65_7073_6575 ^ 0x6b61_6761_7269_2d31
    private var v1: UInt64 = 0x646f_7261_6e64_6f6d ^ 0x7761_7463_682d_6669 ^ 0xee
    private var v2: UInt64 = 0x6c79_6765_6e65_7261 ^ 0x6b61_6761_7269_2d31
    private var v3: UInt64 = 0x7465_6462_7974_6573 ^ 0x7761_7463_682d_6669
    private var total: UInt64 = 0

    package init() {}

    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }

    package mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
        total &+= 8
    }

    package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        add(UInt64(bytes.count))
        guard let base = bytes.baseAddress else { return }
        var at = 0
        while at + 8 <= bytes.count {
            unsafe add(kagari_load64(base + at))
            at += 8
        }
        if at < bytes.count { unsafe add(kagari_load_upto8(base + at, bytes.count - at)) }
    }

    package mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { unsafe add($0) }
    }

    package mutating func add(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe add($0) }
    }

    package consuming func finish() -> (high: UInt64, low: UInt64) {
        add(total)
        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let high = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return (high, v0 ^ v1 ^ v2 ^ v3)
    }

    /// 32 lower-case hex digits.
    package consuming func text() -> String {
        let (high, low) = finish()
        return unsafe String(unsafeUninitializedCapacity: 32) { digits in
            for place in 0..<32 {
                let word = place < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - place % 16 * 4)) & 15
                unsafe digits[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 32
        }
    }
}
