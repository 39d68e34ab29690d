internal import CSIMD

/// Puts the scanned patterns of one field into its hash tables.
struct PatternLayout {
    let model: GramModel
    let atoms: AtomTable

    /// Beyond this the quads of a literal cost more room than steps save time.
    static let quadStepMax = 8

    private struct Literal {
        var atom: Int
        /// In the literal table.
        var start: Int
        var bytes: [UInt8]

        func entry(at offset: Int) -> PatternEntry {
            PatternEntry(
                atom: UInt32(atom), offset: UInt32(offset), literalStart: UInt32(start),
                literalCount: UInt32(bytes.count))
        }
    }

    func lay(_ plan: Int, _ tables: inout ProgramBuilder.Tables) {
        var anchors: [(hash: UInt64, atom: UInt32)] = []
        var long: [Literal] = []
        var pairs: [(pair: UInt32, entry: PatternEntry)] = []
        for (number, row) in tables.atoms.enumerated()
        where Int(row.plan) == plan && atoms.scanned.contains(number) {
            let start = Int(row.literalStart)
            let literal = Array(tables.literals[start..<start + Int(row.literalCount)])
            switch row.kind {
            case .test: break
            case .exact:
                tables.plans[plan].hasExact = true
                anchors.append((exactHash(literal), UInt32(number)))
            case .prefix:
                let bin = PatternHash.bin(count: literal.count)
                tables.plans[plan].prefixLengths |= 1 << UInt16(bin)
                anchors.append((edgeHash(.prefix, literal, bin), UInt32(number)))
            case .suffix:
                let bin = PatternHash.bin(count: literal.count)
                tables.plans[plan].suffixLengths |= 1 << UInt16(bin)
                anchors.append((edgeHash(.suffix, literal, bin), UInt32(number)))
            case .contains:
                if literal.count >= 4 {
                    long.append(Literal(atom: number, start: start, bytes: literal))
                } else if literal.count >= 2 {
                    let pair = UInt32(literal[0]) | UInt32(literal[1]) << 8
                    pairs.append(
                        (pair, Literal(atom: number, start: start, bytes: literal).entry(at: 0)))
                }
            }
        }
        if !anchors.isEmpty { layAnchors(anchors, plan, &tables) }
        if !long.isEmpty { layQuads(long, plan, &tables) }
        if !pairs.isEmpty { layPairs(pairs, plan, &tables) }
    }

    private func exactHash(_ literal: [UInt8]) -> UInt64 {
        PatternHash.anchor(
            .exact, bin: literal.count, load(literal, 0, 8), load(literal, literal.count - 8, 8))
    }

    private func edgeHash(_ kind: Anchor, _ literal: [UInt8], _ bin: Int) -> UInt64 {
        let width = PatternHash.width(bin: bin)
        let start = kind == .prefix ? 0 : literal.count - width
        return PatternHash.anchor(
            kind, bin: bin, load(literal, start, min(8, width)),
            width == 16 ? load(literal, start + 8, 8) : 0)
    }

    /// `count` bytes from `start`, little-endian; bytes outside the literal read as nothing.
    private func load(_ literal: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
        let from = max(0, start)
        let to = min(literal.count, from + count)
        guard from < to else { return 0 }
        return unsafe literal.withUnsafeBufferPointer {
            unsafe kagari_load_upto8($0.baseAddress.unsafelyUnwrapped + from, to - from)
        }
    }

    private func quad(_ literal: [UInt8], _ offset: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: load(literal, offset, 4))
    }

    // MARK: tables

    private func layAnchors(
        _ anchors: [(hash: UInt64, atom: UInt32)], _ plan: Int,
        _ tables: inout ProgramBuilder.Tables
    ) {
        var groups: [UInt64: [UInt32]] = [:]
        for (hash, atom) in anchors { groups[hash, default: []].append(atom) }
        var slots = emptySlots(for: groups.count)
        let mask = slots.count - 1
        for (hash, members) in groups.sorted(by: { $0.key < $1.key }) {
            var slot = Int(PatternHash.slot(hash)) & mask
            while slots[slot].count != 0 { slot = (slot + 1) & mask }
            slots[slot] = PatternSlot(
                tag: PatternHash.tag(hash), start: UInt32(tables.entries.count),
                count: UInt32(members.count))
            tables.entries += members.map {
                let row = tables.atoms[Int($0)]
                return PatternEntry(
                    atom: $0, offset: 0, literalStart: row.literalStart,
                    literalCount: row.literalCount)
            }
        }
        tables.plans[plan].anchorsAt = append(slots, &tables)
        tables.plans[plan].anchorMask = UInt32(mask)
    }

    private func layQuads(
        _ literals: [Literal], _ plan: Int, _ tables: inout ProgramBuilder.Tables
    ) {
        let shortest = literals.lazy.map(\.bytes.count).min() ?? 4
        let step = min(shortest - 3, Self.quadStepMax)
        var groups: [UInt32: [PatternEntry]] = [:]
        for literal in literals {
            let first = model.rarestQuads(step, in: literal.bytes)
            for offset in first..<first + step {
                groups[quad(literal.bytes, offset), default: []].append(literal.entry(at: offset))
            }
        }
        // 16 bits of bitmap a quad keep false alarms near 6 %, however many there are.
        var bits = 9
        while bits < 22 && 1 << bits < groups.count * 16 { bits += 1 }
        var bitmap = [UInt8](repeating: 0, count: 1 << (bits - 3))
        for quad in groups.keys {
            let bit = Int(PatternHash.quad(quad) >> UInt32(32 - bits))
            bitmap[bit >> 3] |= 1 << UInt8(bit & 7)
        }
        tables.plans[plan].hasQuads = true
        tables.plans[plan].quadStep = UInt32(step)
        tables.plans[plan].bitmapAt = append(bitmap, &tables)
        tables.plans[plan].bitmapShift = UInt32(32 - bits)
        let (slots, mask) = table(groups, &tables)
        tables.plans[plan].quadsAt = append(slots, &tables)
        tables.plans[plan].quadMask = mask
    }

    private func layPairs(
        _ pairs: [(pair: UInt32, entry: PatternEntry)], _ plan: Int,
        _ tables: inout ProgramBuilder.Tables
    ) {
        var groups: [UInt32: [PatternEntry]] = [:]
        for (pair, entry) in pairs { groups[pair, default: []].append(entry) }
        var bitmap = [UInt8](repeating: 0, count: 8192)
        for pair in groups.keys { bitmap[Int(pair) >> 3] |= 1 << UInt8(pair & 7) }
        tables.plans[plan].hasPairs = true
        tables.plans[plan].pairBitmapAt = append(bitmap, &tables)
        let (slots, mask) = table(groups, &tables)
        tables.plans[plan].pairsAt = append(slots, &tables)
        tables.plans[plan].pairMask = mask
    }

    private func table(
        _ groups: [UInt32: [PatternEntry]], _ tables: inout ProgramBuilder.Tables
    ) -> ([PatternSlot], UInt32) {
        var slots = emptySlots(for: groups.count)
        let mask = slots.count - 1
        for (key, members) in groups.sorted(by: { $0.key < $1.key }) {
            var slot = Int(PatternHash.quad(key) >> 8) & mask
            while slots[slot].count != 0 { slot = (slot + 1) & mask }
            slots[slot] = PatternSlot(
                tag: key, start: UInt32(tables.entries.count), count: UInt32(members.count))
            tables.entries += members
        }
        return (slots, UInt32(mask))
    }

    private func emptySlots(for count: Int) -> [PatternSlot] {
        var size = 4
        while size < count * 2 { size *= 2 }
        return Array(repeating: PatternSlot(tag: 0, start: 0, count: 0), count: size)
    }

    private func append<T>(_ table: [T], _ tables: inout ProgramBuilder.Tables) -> UInt32 {
        while tables.blobs.count % 64 != 0 { tables.blobs.append(0) }
        let at = UInt32(tables.blobs.count)
        unsafe table.withUnsafeBytes { unsafe tables.blobs.append(contentsOf: $0) }
        return at
    }
}
