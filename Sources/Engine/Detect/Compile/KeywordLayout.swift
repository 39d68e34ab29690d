internal import CSIMD
internal import Sigma

/// Tables to search a whole record for all keywords of a class in one sweep.
///
/// What is searched is a fragment of each keyword, in the record's own bytes before any folding or
/// unescaping; a hit only says that the keyword deserves a proper look.
struct KeywordLayout {
    let model: GramModel

    /// The longest part of a folded literal that stands in any spelling of it: bytes that JSON
    /// escapes, that are not ASCII, or that another letter folds to (K, by the Kelvin sign) end it.
    static func fragment(of literal: [UInt8]) -> Range<Int>? {
        var best = 0..<0
        var start = 0
        for (index, byte) in literal.enumerated() {
            let plain =
                byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
                && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "/")
                && byte != UInt8(ascii: "k")
            if !plain {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<index + 1
            }
        }
        return best.count >= 3 ? best : nil
    }

    func lay(_ atoms: [Int], _ tables: inout ProgramBuilder.Tables) {
        guard !atoms.isEmpty else { return }
        var keywords: [(row: KeywordRow, head: [UInt8])] = []
        for atom in atoms {
            let row = tables.atoms[atom]
            let start = Int(row.literalStart)
            let literal = Array(tables.literals[start..<start + Int(row.literalCount)])
            guard let fragment = Self.fragment(of: literal) else { continue }
            let part = Array(literal[fragment])
            let offset = part.count >= 4 ? model.rarestQuad(in: part) : 0
            let head = Array(part[offset...].prefix(4))
            var word: UInt32 = 0
            for byte in head.reversed() { word = word << 8 | UInt32(byte | 0x20) }
            let keyword = KeywordRow(
                atom: UInt32(atom), start: UInt32(fragment.lowerBound), count: UInt32(part.count),
                offset: UInt32(offset), head: word,
                mask: head.count == 4 ? .max : 0xFF_FFFF)
            keywords.append((keyword, head))
        }
        // Neighbours in order share first bytes, so that buckets stay selective.
        keywords.sort {
            ($0.head[0], $0.head[1], $0.row.atom) < ($1.head[0], $1.head[1], $1.row.atom)
        }
        var nibbles = [UInt8](repeating: 0, count: 256)
        for bucket in 0..<8 {
            tables.keywordBuckets.append(UInt32(tables.keywords.count))
            let from = keywords.count * bucket / 8
            for keyword in keywords[from..<keywords.count * (bucket + 1) / 8] {
                tables.keywords.append(keyword.row)
                Self.mark(keyword.head, bucket, &nibbles)
            }
        }
        tables.keywordBuckets.append(UInt32(tables.keywords.count))
        tables.keywordNibbles = nibbles
    }

    private static func mark(_ head: [UInt8], _ bucket: Int, _ nibbles: inout [UInt8]) {
        let bit = UInt8(1) << UInt8(bucket)
        for position in 0..<4 {
            for half in [0, 16] {
                let low = position * 32 + half
                let high = 128 + position * 32 + half
                guard position < head.count else {
                    for nibble in 0..<16 {
                        nibbles[low + nibble] |= bit
                        nibbles[high + nibble] |= bit
                    }
                    continue
                }
                let byte = head[position]
                nibbles[low + Int(byte & 15)] |= bit
                nibbles[high + Int(byte >> 4)] |= bit
                if byte &- UInt8(ascii: "a") < 26 { nibbles[high + Int(byte >> 4) - 2] |= bit }
            }
        }
    }
}
