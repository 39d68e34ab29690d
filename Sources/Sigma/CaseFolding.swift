/// How letters are made equal for Sigma's case-insensitive comparison.
///
/// ASCII letters fold by setting bit 5. Other scalars fold by their simple lower-case mapping where
/// that is one scalar (Unicode `Lowercase_Mapping`), so `Ä` equals `ä` and `К` equals `к`; a mapping
/// to several scalars (only `İ`) stays as it is. Invalid UTF-8 bytes stay as they are.
package enum CaseFolding {
    package static func fold(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var folded = Array(bytes)
        guard folded.contains(where: { $0 >= 0x80 }) else {
            for index in folded.indices where folded[index] &- 0x41 < 26 { folded[index] |= 0x20 }
            return folded
        }
        return unsafe folded.withUnsafeBufferPointer { unsafe foldSlowly($0) }
    }

    package static func fold(_ text: String) -> [UInt8] { fold(text.utf8) }

    /// The simple fold of one scalar.
    package static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.value < 0x80 {
            return scalar.value &- 0x41 < 26 ? Unicode.Scalar(UInt8(scalar.value | 0x20)) : scalar
        }
        let mapping = scalar.properties.lowercaseMapping.unicodeScalars
        return mapping.count == 1 ? mapping.first ?? scalar : scalar
    }

    private static func foldSlowly(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let (scalar, length) = unsafe decode(bytes, at: index) {
                result.append(
                    contentsOf: UTF8.encode(fold(scalar)) ?? UTF8.encodedReplacementCharacter)
                index += length
            } else {
                unsafe result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// Strict UTF-8: no overlong forms, no surrogates. Nil where the byte starts no valid scalar.
    package static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> (Unicode.Scalar, Int)? {
        let first = unsafe UInt32(bytes[index])
        if first < 0x80 { return (Unicode.Scalar(UInt8(first)), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
        guard length > 0, first < 0xF5, index + length <= bytes.count else { return nil }
        var value = first & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let next = unsafe UInt32(bytes[index + offset])
            guard next & 0xC0 == 0x80 else { return nil }
            value = value << 6 | (next & 0x3F)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
        guard value >= least, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }
}
