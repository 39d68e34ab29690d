internal import Sigma

/// Looks through an image from outside, once, before the matcher walks it without looking.
///
/// Whatever the bytes are, afterwards every index, offset and jump in them stays within the tables,
/// every jump leads to its end, every probe of a hash table meets an empty slot, and every column
/// of few values holds one of them. Linear in the image's size.
struct ImageCheck {
    /// What the rows may refer to outside the image.
    struct Limits: Sendable {
        var ruleCount: Int
        var nameCount: Int
        var regexCount: Int
    }

    let header: ImageHeader
    let bytes: [UInt8]
    let limits: Limits

    private typealias Place = RowPlaces

    func run() throws(PackedFailure) {
        try checkStarts()
        try checkPlans()
        try checkRules()
        try checkAtoms()
        try checkEntries()
        try checkKeywords()
        try checkTests()
    }

    // MARK: reading

    private func range(_ table: ImageTable) -> Range<Int> {
        header.range(table, byteCount: bytes.count)
    }

    private func capacity(_ table: ImageTable) -> Int { range(table).count / table.stride }

    private func row(_ table: ImageTable, _ index: Int) -> Int {
        Int(header.starts[table.rawValue]) + index * table.stride
    }

    private func word(_ at: Int) -> Int {
        Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16
            | Int(bytes[at + 3]) << 24
    }

    private func half(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }

    private func require(_ holds: Bool) throws(PackedFailure) {
        guard holds else { throw .invalid }
    }

    // MARK: tables

    private func checkStarts() throws(PackedFailure) {
        try require(header.starts.count == ImageTable.allCases.count)
        var last: UInt32 = 0
        for start in header.starts {
            try require(start >= last && start % 64 == 0 && Int(start) <= bytes.count)
            last = start
        }
        try require(Int(header.planCount) <= min(capacity(.plans), Int(AtomRow.keywordPlan)))
        try require(Int(header.searchCount) <= capacity(.searches))
        try require(Int(header.ruleCount) <= capacity(.rules))
        try require(Int(header.atomCount) <= capacity(.atoms))
        try require(Int(header.alwaysCount) <= capacity(.always))
        try require(Int(header.keywordCount) <= capacity(.keywords))
        try require(header.atomCount < JumpOp.scannedBit)
    }

    private func checkPlans() throws(PackedFailure) {
        // Real tables do not overlap, so together they are no larger than their room; that bounds
        // the work here too.
        var room = Int(header.starts[0])
        for index in 0..<Int(header.planCount) {
            let at = row(.plans, index)
            try require(word(at + Place.planField) < limits.nameCount)
            let prefixes = half(at + Place.planPrefixes)
            let suffixes = half(at + Place.planSuffixes)
            try require(prefixes < 1 << 10 && suffixes < 1 << 10)
            for flag in [Place.planHasExact, Place.planHasQuads, Place.planHasPairs] {
                try require(bytes[at + flag] <= 1)
            }
            if bytes[at + Place.planHasExact] == 1 || prefixes != 0 || suffixes != 0 {
                try checkSlots(
                    word(at + Place.planAnchorsAt), mask: word(at + Place.planAnchorMask), &room)
            }
            if bytes[at + Place.planHasQuads] == 1 {
                let shift = word(at + Place.planBitmapShift)
                try require((4...29).contains(shift))
                let step = word(at + Place.planQuadStep)
                try require((1...PatternLayout.quadStepMax).contains(step))
                let size = 1 << (32 - shift - 3)
                try require(word(at + Place.planBitmapAt) + size <= Int(header.starts[0]))
                try checkSlots(
                    word(at + Place.planQuadsAt), mask: word(at + Place.planQuadMask), &room)
            }
            if bytes[at + Place.planHasPairs] == 1 {
                try require(word(at + Place.planPairBitmapAt) + 8192 <= Int(header.starts[0]))
                try checkSlots(
                    word(at + Place.planPairsAt), mask: word(at + Place.planPairMask), &room)
            }
        }
        // What a search reads of its plan was looked at above, whichever of its parts there are.
        for index in 0..<Int(header.searchCount) {
            let at = row(.searches, index)
            try require(word(at + Place.searchField) < limits.nameCount)
            try require(word(at + Place.searchPlan) < Int(header.planCount))
        }
    }

    private func checkSlots(
        _ start: Int, mask: Int, _ room: inout Int
    ) throws(PackedFailure) {
        let stride = MemoryLayout<PatternSlot>.stride
        let size = (mask + 1) * stride
        try require((mask + 1) & mask == 0 && start % MemoryLayout<PatternSlot>.alignment == 0)
        try require(start + size <= Int(header.starts[0]) && size <= room)
        room -= size
        let entries = capacity(.entries)
        var hasEmpty = false
        for slot in Swift.stride(from: start, to: start + size, by: stride) {
            let count = word(slot + Place.slotCount)
            if count == 0 { hasEmpty = true }
            try require(count == 0 || word(slot + Place.slotStart) + count <= entries)
        }
        try require(hasEmpty)
    }

    private func checkRules() throws(PackedFailure) {
        let ops = capacity(.code)
        let atoms = Int(header.atomCount)
        for index in 0..<Int(header.ruleCount) {
            let at = row(.rules, index)
            try require(word(at + Place.ruleRule) < limits.ruleCount)
            let entry = word(at + Place.ruleEntry)
            try require(entry < ops || entry >= Int(JumpOp.fails))
        }
        for index in 0..<ops {
            let at = row(.code, index)
            try require(word(at + Place.opAtom) & ~Int(JumpOp.scannedBit) < atoms)
            // Code is laid back to front: a jump always leads to a smaller index, so it ends.
            for place in [Place.opIfTrue, Place.opIfFalse] {
                let target = word(at + place)
                try require(target < index || target >= Int(JumpOp.fails))
            }
        }
        for index in 0..<capacity(.triggers) {
            try require(word(row(.triggers, index)) < Int(header.ruleCount))
        }
        for index in 0..<Int(header.alwaysCount) {
            try require(word(row(.always, index)) < Int(header.ruleCount))
        }
    }

    private func checkAtoms() throws(PackedFailure) {
        let literals = range(.literals).count
        let triggers = capacity(.triggers)
        let tests = capacity(.tests)
        for index in 0..<Int(header.atomCount) {
            let at = row(.atoms, index)
            let kind = bytes[at + Place.atomKind]
            try require(kind <= AtomRow.Kind.test.rawValue)
            let plan = half(at + Place.atomPlan)
            try require(plan < Int(header.planCount) || plan == Int(AtomRow.keywordPlan))
            try require(
                word(at + Place.atomLiteralStart) + word(at + Place.atomLiteralCount) <= literals)
            try require(
                word(at + Place.atomTriggerStart) + word(at + Place.atomTriggerCount) <= triggers)
            try require(
                kind != AtomRow.Kind.test.rawValue || word(at + Place.atomTest) < tests)
        }
    }

    private func checkEntries() throws(PackedFailure) {
        let literals = range(.literals).count
        for index in 0..<capacity(.entries) {
            let at = row(.entries, index)
            try require(word(at + Place.entryAtom) < Int(header.atomCount))
            let start = word(at + Place.entryLiteralStart)
            try require(start + word(at + Place.entryLiteralCount) <= literals)
        }
    }

    private func checkKeywords() throws(PackedFailure) {
        guard header.keywordCount > 0 else { return }
        try require(capacity(.keywordNibbles) >= 1)
        let shift = word(row(.keywordNibbles, 0) + Place.sweepShift)
        try require((16...31).contains(shift))
        let buckets = 1 << (32 - shift)
        try require(capacity(.keywordBuckets) > buckets)
        var last = 0
        for bucket in 0...buckets {
            let start = word(row(.keywordBuckets, bucket))
            try require(start >= last && start <= Int(header.keywordCount))
            last = start
        }
        for index in 0..<Int(header.keywordCount) {
            let at = row(.keywords, index)
            let atom = word(at + Place.keywordAtom)
            try require(atom < Int(header.atomCount))
            let literal = word(row(.atoms, atom) + Place.atomLiteralCount)
            try require(
                word(at + Place.keywordStart) + word(at + Place.keywordCount) <= literal)
        }
    }

    private func checkTests() throws(PackedFailure) {
        let literals = range(.literals)
        for index in 0..<capacity(.tests) {
            let at = row(.tests, index)
            try require(bytes[at + Place.testKind] <= TestRow.Kind.timePart.rawValue)
            try require(bytes[at + Place.testFlag] <= 1 && bytes[at + Place.testCased] <= 1)
            try require(bytes[at + Place.testComparison] < 6 && bytes[at + Place.testPart] < 6)
            try require(bytes[at + Place.testReference] < 4)
            try require(word(at + Place.testField) < limits.nameCount)
            let length = at + Place.testPrefixLength
            try require(word(length) <= 128 && word(length + 4) == 0)
            let start = word(at + Place.testCodeStart)
            let count = word(at + Place.testCodeCount)
            try require(start + count <= literals.count)
            let from = literals.lowerBound + start
            switch bytes[at + Place.testKind] {
            case TestRow.Kind.glob.rawValue: try checkGlob(from..<from + count)
            case TestRow.Kind.regex.rawValue:
                try require(word(at + Place.testRegex) < limits.regexCount)
            default: break
            }
        }
    }

    /// See ``Glob``: pieces one behind the other, each whole.
    private func checkGlob(_ code: Range<Int>) throws(PackedFailure) {
        var at = code.lowerBound
        while at < code.upperBound {
            try require(bytes[at] <= 2)
            if bytes[at] < 2 {
                at += 1
                continue
            }
            try require(code.upperBound - at >= 5)
            let count = word(at + 1)
            try require(count <= code.upperBound - at - 5)
            at += 5 + count
        }
    }
}
