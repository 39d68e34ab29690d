/// The Castagnoli checksum, eight bytes a step.
///
/// - Source: RFC 3720 §12.1 and appendix B.4 (polynomial, reflected 0x82F63B78, and test vectors); the method of
///   eight tables is Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation".
package struct CRC32C {
    private static let tables: [UInt32] = makeTables()
    private var state: UInt32 = 0xFFFF_FFFF

    package init() {}

    package var value: UInt32 { ~state }

    package static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
        var sum = CRC32C()
        let contiguous: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe sum.update(Span(_unsafeElements: buffer))
        }
        if contiguous == nil { sum.update(Array(bytes).span) }
        return sum.value
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        let tables = Self.tables.span
        var state = self.state
        var at = 0
        let raw = unsafe bytes.bytes
        while bytes.count - at >= 8 {
            // In bounds: the loop asks for eight bytes.
            let low =
                unsafe UInt32(
                    littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))
                ^ state
            let high = unsafe UInt32(
                littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
            state =
                tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int((low >> 8) & 0xFF)]
                ^ tables[5 * 256 + Int((low >> 16) & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
                ^ tables[3 * 256 + Int(high & 0xFF)] ^ tables[2 * 256 + Int((high >> 8) & 0xFF)]
                ^ tables[256 + Int((high >> 16) & 0xFF)] ^ tables[Int(high >> 24)]
            at += 8
        }
        while at < bytes.count {
            state = (state >> 8) ^ tables[Int((state ^ UInt32(bytes[at])) & 0xFF)]
            at += 1
        }
        self.state = state
    }

    private static func makeTables() -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
            tables[index] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = (before >> 8) ^ tables[Int(before & 0xFF)]
        }
        return tables
    }
}
