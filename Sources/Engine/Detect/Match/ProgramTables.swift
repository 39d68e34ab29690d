/// The flat tables of one class program: what the matcher walks. All are plain values in one
/// allocation, so that reading them costs no reference counting and they can be saved as they are.

/// One jump instruction of a rule's condition.
struct JumpOp {
    /// Atom number; the top bit says that the atom is answered by the scan.
    var atom: UInt32
    var ifTrue: UInt32
    var ifFalse: UInt32

    static let scannedBit: UInt32 = 1 << 31
    static let fires: UInt32 = .max
    static let fails: UInt32 = .max - 1
}

/// One atom. Text literals stand in the literal table; other tests in the program's test list.
struct AtomRow {
    enum Kind: UInt8 { case exact, prefix, suffix, contains, test }
    var kind: Kind
    /// `FieldPlanRow` index, or ``keywordPlan``.
    var plan: UInt16
    var literalStart: UInt32
    var literalCount: UInt32
    /// Index into the test list for `test`.
    var test: UInt32
    /// Rules to look at when this atom is found: a run of the trigger table.
    var triggerStart: UInt32
    var triggerCount: UInt32

    static let keywordPlan: UInt16 = .max
}

/// A field that is searched in every event that has it.
struct SearchRow {
    var field: UInt32
    /// `FieldPlanRow` index.
    var plan: UInt32
}

/// How one field is searched.
struct FieldPlanRow {
    var field: UInt32
    /// Lengths for which there are prefixes, by bit: 1...8 whole, 9 = the first 16 bytes.
    var prefixLengths: UInt16 = 0
    var suffixLengths: UInt16 = 0
    var hasExact = false
    /// Anchored patterns by hash: `anchorMask + 1` slots.
    var anchorsAt: UInt32 = 0
    var anchorMask: UInt32 = 0
    /// Literals of four bytes and more by `quadStep` consecutive quads each, of which one stands at
    /// a multiple of it wherever the literal does: bitmap, then table.
    var hasQuads = false
    var quadStep: UInt32 = 1
    var bitmapAt: UInt32 = 0
    var bitmapShift: UInt32 = 0
    var quadsAt: UInt32 = 0
    var quadMask: UInt32 = 0
    /// Literals of two and three bytes by their first pair: `pairBitmap` of 65,536 bits.
    var hasPairs = false
    var pairBitmapAt: UInt32 = 0
    var pairsAt: UInt32 = 0
    var pairMask: UInt32 = 0

    var scansAnchors: Bool { hasExact || prefixLengths != 0 || suffixLengths != 0 }
    var scans: Bool { scansAnchors || hasQuads || hasPairs }
}

/// A hash slot: which patterns to verify. Empty when `count` is 0.
struct PatternSlot {
    var tag: UInt32
    var start: UInt32
    var count: UInt32
}

/// A pattern to verify after its quad or pair was met: it starts `offset` bytes before.
struct PatternEntry {
    var atom: UInt32
    var offset: UInt32
    /// The atom's literal.
    var literalStart: UInt32
    var literalCount: UInt32
}

/// A keyword in the event-wide search: the fragment that must stand around a hit.
struct KeywordRow {
    var atom: UInt32
    /// Where in the keyword's literal the fragment starts, and how long it is.
    var start: UInt32
    var count: UInt32
    /// How far behind the fragment's start the searched bytes are.
    var offset: UInt32
    /// The searched bytes as the sweep's filter knows them.
    var head: UInt32
}

/// One rule of the class.
struct RuleRow {
    /// Index into the rule set.
    var rule: UInt32
    var entry: UInt32
}

/// Hashes shared by the builder and the matcher.
enum PatternHash {
    /// The bin of anchored literals of 16 bytes and more.
    static let wideBin = 9

    @inline(__always)
    static func anchor(_ kind: Anchor, bin: Int, _ low: UInt64, _ high: UInt64) -> UInt64 {
        let salt = UInt64(truncatingIfNeeded: bin << 2 | Int(kind.rawValue))
        let hash = (low &+ salt &* 0x632b_e59b_d9b4_e019) &* 0x9e37_79b9_7f4a_7c15
        return (hash ^ (hash >> 32) ^ high) &* 0xbf58_476d_1ce4_e5b9
    }

    @inline(__always)
    static func slot(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 40) }

    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 8) }

    @inline(__always)
    static func quad(_ quad: UInt32) -> UInt32 { quad &* 0x9e37_79b1 }

    /// The bin of an anchored literal: its length up to 8, 8 up to 15, then 9 (16 bytes).
    static func bin(count: Int) -> Int { count >= 16 ? wideBin : min(count, 8) }
    static func width(bin: Int) -> Int { bin == wideBin ? 16 : bin }
}
