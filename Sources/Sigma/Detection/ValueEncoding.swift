/// The encodings a value may be looked for in.
///
/// - Source: Sigma modifiers appendix 2.1, "Encoding"; RFC 4648 §4.
enum ValueEncoding {
    /// The literals of `pieces` in UTF-16, wildcards kept; `utf16` puts the byte order mark FF FE
    /// in front. Nil where `modifier` is no UTF-16 encoding.
    static func utf16(
        _ pieces: [TextPattern.Piece], _ modifier: Modifier
    ) -> [TextPattern.Piece]? {
        let isBigEndian = modifier == .utf16be
        var builder = PieceBuilder()
        switch modifier {
        case .utf16: builder.append([0xFF, 0xFE] as [UInt8])
        case .wide, .utf16le, .utf16be: break
        default: return nil
        }
        for piece in pieces {
            guard case .literal(let bytes) = piece else {
                builder.append(piece)
                continue
            }
            for unit in String(decoding: bytes, as: UTF8.self).utf16 {
                let low = UInt8(truncatingIfNeeded: unit)
                let high = UInt8(truncatingIfNeeded: unit >> 8)
                builder.append(isBigEndian ? [high, low] : [low, high])
            }
        }
        return builder.finish()
    }

    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0)
            }
            for offset in 0..<4 {
                let digit = Int(group >> UInt32(18 - 6 * offset)) & 0x3F
                encoded.append(offset <= count ? alphabet[digit] : UInt8(ascii: "="))
            }
            index += count
        }
        return encoded
    }

    /// What the value looks like within longer encoded text, for each of the three places it may
    /// have in a group, without the digits that its neighbours decide.
    static func base64Offsets(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).map { shift in
            let encoded = base64([UInt8](repeating: 0x20, count: shift) + bytes)
            let start = [0, 2, 3][shift]
            let cut = [0, 3, 2][(bytes.count + shift) % 3]
            return start < encoded.count - cut ? Array(encoded[start..<(encoded.count - cut)]) : []
        }
    }
}
