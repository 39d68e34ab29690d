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
            let offset = part.count >= 4 ? model.rarestQuads(in: part) : 0
            let keyword = KeywordRow(
                atom: UInt32(atom), start: UInt32(fragment.lowerBound), count: UInt32(part.count),
                offset: UInt32(offset), head: 0)
            keywords.append((keyword, Array(part[offset...].prefix(4))))
        }
        // Neighbours in order share first bytes, so that buckets stay selective.
        keywords.sort {
            ($0.head[0], $0.head[1], $0.row.atom) < ($1.head[0], $1.head[1], $1.row.atom)
        }
        var sweep = kagari_teddy_tables()
        sweep.mask = keywords.allSatisfy { $0.head.count == 4 } ? .max : 0xFF_FFFF
        var bits: UInt32 = 1
        while bits < 16 && 1 << Int(bits) < keywords.count * 2 { bits += 1 }
        sweep.shift = 32 - bits
        var nibbles = [UInt8](repeating: 0, count: 256)
        for index in keywords.indices {
            let head = keywords[index].head
            var word: UInt32 = 0
            for byte in head.reversed() { word = word << 8 | UInt32(byte) }
            keywords[index].row.head = (word | 0x2020_2020) & sweep.mask
            Self.mark(head, index * 8 / keywords.count, &nibbles)
        }
        lay(keywords.map(\.row), nibbles, &sweep)
        let buckets = Dictionary(grouping: keywords.map(\.row)) {
            Int(kagari_teddy_hash($0.head) >> sweep.shift)
        }
        for bucket in 0..<1 << Int(bits) {
            tables.keywordBuckets.append(UInt32(tables.keywords.count))
            tables.keywords += buckets[bucket] ?? []
        }
        tables.keywordBuckets.append(UInt32(tables.keywords.count))
        tables.sweep = [sweep]
    }

    private func lay(
        _ keywords: [KeywordRow], _ nibbles: [UInt8], _ sweep: inout kagari_teddy_tables
    ) {
        unsafe withUnsafeMutableBytes(of: &sweep.low) {
            unsafe $0.copyBytes(from: nibbles[..<128])
        }
        unsafe withUnsafeMutableBytes(of: &sweep.high) {
            unsafe $0.copyBytes(from: nibbles[128...])
        }
        unsafe withUnsafeMutableBytes(of: &sweep.filter) { filter in
            for keyword in keywords {
                let bit = kagari_teddy_hash(keyword.head) >> UInt32(32 - KAGARI_TEDDY_FILTER_BITS)
                unsafe filter[Int(bit >> 3)] |= 1 << UInt8(bit & 7)
            }
        }
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
