/// Bytes put together by hand, little-endian.
package struct ByteWriter {
    package var bytes: [UInt8] = []
    package init() {}
    package mutating func u16(_ value: Int) { number(UInt64(value), count: 2) }
    package mutating func u32(_ value: Int) { number(UInt64(value), count: 4) }
    package mutating func u32(_ value: UInt32) { number(UInt64(value), count: 4) }
    package mutating func u64(_ value: Int) { number(UInt64(value), count: 8) }
    package mutating func add(_ more: [UInt8]) { bytes += more }
    package mutating func add(_ text: String) { bytes += Array(text.utf8) }

    private mutating func number(_ value: UInt64, count: Int) {
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8)))
        }
    }
}
