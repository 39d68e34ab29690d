/// Little-endian numbers at places in a header; every access is checked.
struct ByteFields {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func u16(_ at: Int) -> UInt64? { number(at, count: 2) }
    func u32(_ at: Int) -> UInt64? { number(at, count: 4) }
    func u64(_ at: Int) -> UInt64? { number(at, count: 8) }

    private func number(_ at: Int, count: Int) -> UInt64? {
        guard at >= 0, at <= bytes.count, bytes.count - at >= count else { return nil }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[at + index]) << UInt64(index * 8) }
        return value
    }
}
