internal import CSIMD
internal import Sigma

/// Which rules of a class program hold for an event. One worker's state; ≤ 1.4 µs an event.
///
/// Answers are kept for one event under its epoch, so that nothing has to be cleared.
///
/// Unsafe: table indexes come from the builder and stay within the tables; `states` and `stamps`
/// are grown to the program's atoms and rules before it runs.
@safe
struct Matcher: ~Copyable {
    /// Answer of an atom: epoch × 2 + 1 when it holds, epoch × 2 when it is known not to.
    private var states: UnsafeMutablePointer<UInt32>
    private var stateCapacity = 4096
    /// Epoch in which a rule was last made a candidate.
    private var stamps: UnsafeMutablePointer<UInt32>
    private var candidates: UnsafeMutablePointer<UInt32>
    /// Places of one value that deserve a look; ``hitsMax`` of them.
    private let hits: UnsafeMutablePointer<UInt32>
    private static let hitsMax = 4096
    private var ruleCapacity = 4096
    private var candidateCount = 0
    private var epoch: UInt32 = 0
    var folded = FoldedValues()
    var regexes: RegexPool
    /// Local numbers of the rules that fired, ascending after ``match``.
    private(set) var fired: [UInt32] = []

    init(_ catalogue: RegexCatalogue) {
        regexes = RegexPool(catalogue.shelf)
        unsafe states = .allocate(capacity: stateCapacity)
        unsafe states.initialize(repeating: 0, count: stateCapacity)
        unsafe stamps = .allocate(capacity: ruleCapacity)
        unsafe stamps.initialize(repeating: 0, count: ruleCapacity)
        unsafe candidates = .allocate(capacity: ruleCapacity)
        unsafe hits = .allocate(capacity: Self.hitsMax)
        fired.reserveCapacity(256)
    }

    deinit {
        unsafe states.deallocate()
        unsafe stamps.deallocate()
        unsafe candidates.deallocate()
        unsafe hits.deallocate()
    }

    /// Fills ``fired``.
    mutating func match(_ event: borrowing EventBuffer, _ program: borrowing ReadyProgram) {
        prepare(program)
        folded.begin()
        fired.removeAll(keepingCapacity: true)
        let tables = unsafe program.tables
        for number in 0..<Int(program.searchCount) {
            let search = unsafe tables.searches[number]
            guard let first = event.first(FieldID(rawValue: search.field)) else { continue }
            let row = unsafe tables.plans + Int(search.plan)
            var index = Optional(first)
            while let current = index {
                let field = event.field(at: current)
                if field.kind != .null {
                    let value = unsafe folded.value(at: current, of: event)
                    unsafe scan(value, row, tables)
                }
                index = field.next == EventBuffer.none ? nil : Int(field.next)
            }
        }
        if program.keywordCount > 0 { scanKeywords(event, program) }
        for number in 0..<Int(program.alwaysCount) {
            unsafe candidate(tables.always[number])
        }
        for number in 0..<candidateCount {
            let rule = unsafe candidates[number]
            if unsafe holds(tables.rules[Int(rule)].entry, event, program) { fired.append(rule) }
        }
        if fired.count > 1 { fired.sort() }
    }

    private mutating func prepare(_ program: borrowing ReadyProgram) {
        candidateCount = 0
        epoch &+= 1
        if epoch >= 1 << 30 {
            epoch = 1
            unsafe states.update(repeating: 0, count: stateCapacity)
            unsafe stamps.update(repeating: 0, count: ruleCapacity)
        }
        if Int(program.atomCount) > stateCapacity {
            unsafe states.deallocate()
            stateCapacity = Int(program.atomCount) * 2
            unsafe states = .allocate(capacity: stateCapacity)
            unsafe states.initialize(repeating: 0, count: stateCapacity)
        }
        if Int(program.ruleCount) > ruleCapacity {
            unsafe stamps.deallocate()
            unsafe candidates.deallocate()
            ruleCapacity = Int(program.ruleCount) * 2
            unsafe stamps = .allocate(capacity: ruleCapacity)
            unsafe stamps.initialize(repeating: 0, count: ruleCapacity)
            unsafe candidates = .allocate(capacity: ruleCapacity)
        }
    }

    // MARK: finding

    @inline(__always)
    private mutating func found(_ atom: UInt32, _ tables: ProgramImage.Pointers) {
        let holds = epoch << 1 | 1
        if unsafe states[Int(atom)] == holds { return }
        unsafe states[Int(atom)] = holds
        let row = unsafe tables.atoms + Int(atom)
        let start = unsafe Int(row.pointee.triggerStart)
        for index in unsafe start..<start + Int(row.pointee.triggerCount) {
            unsafe candidate(tables.triggers[index])
        }
    }

    @inline(__always)
    private mutating func candidate(_ rule: UInt32) {
        if unsafe stamps[Int(rule)] == epoch { return }
        unsafe stamps[Int(rule)] = epoch
        unsafe candidates[candidateCount] = rule
        candidateCount += 1
    }

    private mutating func scan(
        _ value: UnsafeBufferPointer<UInt8>, _ plan: UnsafePointer<FieldPlanRow>,
        _ tables: ProgramImage.Pointers
    ) {
        if unsafe plan.pointee.scansAnchors { unsafe scanAnchors(value, plan, tables) }
        if unsafe plan.pointee.hasQuads, value.count >= 4 { unsafe scanQuads(value, plan, tables) }
        if unsafe plan.pointee.hasPairs, value.count >= 2 { unsafe scanPairs(value, plan, tables) }
    }

    private mutating func scanAnchors(
        _ value: UnsafeBufferPointer<UInt8>, _ plan: UnsafePointer<FieldPlanRow>,
        _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        let count = value.count
        let slots = unsafe (tables.base + Int(plan.pointee.anchorsAt)).assumingMemoryBound(
            to: PatternSlot.self)
        let mask = unsafe plan.pointee.anchorMask
        let first = unsafe kagari_load_upto8(base, count)
        let last = unsafe count >= 8 ? kagari_load64(base + count - 8) : first
        if unsafe plan.pointee.hasExact {
            let hash = PatternHash.anchor(.exact, bin: count, first, last)
            unsafe probe(hash, slots, mask, value, tables)
        }
        // Only widths that the value has, so that the shifts below stay within a word.
        let fitting: UInt16 = count >= 16 ? .max : count >= 8 ? 0x1FF : (2 << UInt16(count)) - 1
        var lengths = unsafe plan.pointee.prefixLengths & fitting
        while lengths != 0 {
            let bin = lengths.trailingZeroBitCount
            lengths &= lengths &- 1
            let low = bin < 8 ? first & ((1 << UInt64(bin * 8)) &- 1) : first
            let high = unsafe bin == PatternHash.wideBin ? kagari_load64(base + 8) : 0
            unsafe probe(
                PatternHash.anchor(.prefix, bin: bin, low, high), slots, mask, value, tables)
        }
        lengths = unsafe plan.pointee.suffixLengths & fitting
        guard lengths != 0 else { return }
        let end = count >= 8 ? last : first << UInt64(64 - count * 8)
        while lengths != 0 {
            let bin = lengths.trailingZeroBitCount
            lengths &= lengths &- 1
            var low = bin < 8 ? end >> UInt64(64 - bin * 8) : end
            var high: UInt64 = 0
            if bin == PatternHash.wideBin {
                high = low
                low = unsafe kagari_load64(base + count - 16)
            }
            unsafe probe(
                PatternHash.anchor(.suffix, bin: bin, low, high), slots, mask, value, tables)
        }
    }

    @inline(__always)
    private mutating func probe(
        _ hash: UInt64, _ slots: UnsafePointer<PatternSlot>, _ mask: UInt32,
        _ value: UnsafeBufferPointer<UInt8>, _ tables: ProgramImage.Pointers
    ) {
        var slot = PatternHash.slot(hash) & mask
        let tag = PatternHash.tag(hash)
        while true {
            let row = unsafe slots + Int(slot)
            if unsafe row.pointee.count == 0 { return }
            if unsafe row.pointee.tag == tag {
                unsafe verifyAnchors(row.pointee, value, tables)
            }
            slot = (slot &+ 1) & mask
        }
    }

    private mutating func verifyAnchors(
        _ slot: PatternSlot, _ value: UnsafeBufferPointer<UInt8>, _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        for index in Int(slot.start)..<Int(slot.start + slot.count) {
            let atom = unsafe tables.entries[index].atom
            let row = unsafe tables.atoms + Int(atom)
            let kind = unsafe row.pointee.kind
            let length = unsafe Int(row.pointee.literalCount)
            guard length <= value.count, kind != .exact || length == value.count else { continue }
            let from = kind == .suffix ? value.count - length : 0
            if unsafe kagari_equal(
                base + from, tables.literals + Int(row.pointee.literalStart), length)
            {
                unsafe found(atom, tables)
            }
        }
    }

    private mutating func scanQuads(
        _ value: UnsafeBufferPointer<UInt8>, _ plan: UnsafePointer<FieldPlanRow>,
        _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        let bitmap = unsafe (tables.base + Int(plan.pointee.bitmapAt)).assumingMemoryBound(
            to: UInt64.self)
        let shift = unsafe plan.pointee.bitmapShift
        let step = unsafe Int(plan.pointee.quadStep)
        var start = 0
        while start + 3 < value.count {
            let places = min(value.count - 3 - start, Self.hitsMax * step)
            let count = unsafe kagari_quads(base + start, places, step, bitmap, shift, hits)
            for index in 0..<count {
                unsafe verifyQuad(start + Int(hits[index]), value, plan, tables)
            }
            start += Self.hitsMax * step
        }
    }

    private mutating func verifyQuad(
        _ at: Int, _ value: UnsafeBufferPointer<UInt8>, _ plan: UnsafePointer<FieldPlanRow>,
        _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        let quad = unsafe kagari_load32(base + at)
        let slots = unsafe (tables.base + Int(plan.pointee.quadsAt)).assumingMemoryBound(
            to: PatternSlot.self)
        unsafe verify(
            quad, PatternHash.quad(quad), slots, plan.pointee.quadMask, at: at, value, tables)
    }

    private mutating func scanPairs(
        _ value: UnsafeBufferPointer<UInt8>, _ plan: UnsafePointer<FieldPlanRow>,
        _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        let bitmap = unsafe (tables.base + Int(plan.pointee.pairBitmapAt)).assumingMemoryBound(
            to: UInt8.self)
        let slots = unsafe (tables.base + Int(plan.pointee.pairsAt)).assumingMemoryBound(
            to: PatternSlot.self)
        for at in 0..<value.count - 1 {
            let pair = unsafe UInt32(base[at]) | UInt32(base[at + 1]) << 8
            if unsafe bitmap[Int(pair >> 3)] & (1 << UInt8(truncatingIfNeeded: pair & 7)) != 0 {
                unsafe verify(
                    pair, PatternHash.quad(pair), slots, plan.pointee.pairMask, at: at, value,
                    tables)
            }
        }
    }

    private mutating func verify(
        _ key: UInt32, _ hash: UInt32, _ slots: UnsafePointer<PatternSlot>, _ mask: UInt32,
        at: Int, _ value: UnsafeBufferPointer<UInt8>, _ tables: ProgramImage.Pointers
    ) {
        guard let base = value.baseAddress else { return }
        var slot = (hash >> 8) & mask
        while unsafe slots[Int(slot)].count != 0 {
            if unsafe slots[Int(slot)].tag == key {
                let found = unsafe slots[Int(slot)]
                for index in Int(found.start)..<Int(found.start + found.count) {
                    let entry = unsafe tables.entries + index
                    let start = unsafe at - Int(entry.pointee.offset)
                    let length = unsafe Int(entry.pointee.literalCount)
                    if start >= 0, start + length <= value.count,
                        unsafe kagari_equal(
                            base + start, tables.literals + Int(entry.pointee.literalStart), length)
                    {
                        unsafe self.found(entry.pointee.atom, tables)
                    }
                }
                return
            }
            slot = (slot &+ 1) & mask
        }
    }

    // MARK: keywords

    /// Sweeps the bytes that hold all values; a value with escapes lies resolved in the arena, and
    /// only a `\u` escape can hide a searched byte in the source.
    private mutating func scanKeywords(
        _ event: borrowing EventBuffer, _ program: borrowing ReadyProgram
    ) {
        unsafe sweep(event.sourceBytes, event, program.tables)
        if event.arenaHidesText { unsafe sweep(event.arenaBytes, event, program.tables) }
    }

    private mutating func sweep(
        _ text: UnsafeBufferPointer<UInt8>, _ event: borrowing EventBuffer,
        _ tables: ProgramImage.Pointers
    ) {
        guard let base = text.baseAddress else { return }
        let nibbles = unsafe tables.keywordNibbles
        let shift = unsafe nibbles.pointee.shift
        var from = 0
        var word: UInt32 = 0
        while true {
            let at = unsafe kagari_teddy_next(base, from, text.count, nibbles, &word)
            if at < 0 { return }
            let bucket = Int(kagari_teddy_hash(word) >> shift)
            let first = unsafe Int(tables.keywordBuckets[bucket])
            for index in unsafe first..<Int(tables.keywordBuckets[bucket + 1]) {
                let keyword = unsafe tables.keywords + index
                if unsafe keyword.pointee.head == word {
                    unsafe look(keyword.pointee, in: text, at: at, event, tables)
                }
            }
            from = at + 1
        }
    }

    private mutating func look(
        _ keyword: KeywordRow, in text: UnsafeBufferPointer<UInt8>, at place: Int,
        _ event: borrowing EventBuffer, _ tables: ProgramImage.Pointers
    ) {
        let start = place - Int(keyword.offset)
        guard start >= 0, text.count - start >= Int(keyword.count) else { return }
        let row = unsafe tables.atoms[Int(keyword.atom)]
        let fragment = unsafe tables.literals + Int(row.literalStart + keyword.start)
        for index in 0..<Int(keyword.count) {
            let byte = unsafe text[start + index]
            let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
            if unsafe folded != fragment[index] { return }
        }
        if unsafe states[Int(keyword.atom)] >> 1 == epoch { return }
        if unsafe standsAnywhere(row, event, tables) {
            unsafe found(keyword.atom, tables)
        } else {
            unsafe states[Int(keyword.atom)] = epoch << 1
        }
    }

    private mutating func standsAnywhere(
        _ row: AtomRow, _ event: borrowing EventBuffer, _ tables: ProgramImage.Pointers
    ) -> Bool {
        for index in 0..<event.fieldCount where event.field(at: index).kind != .null {
            let value = unsafe folded.value(at: index, of: event)
            if unsafe asks(row, value, tables) { return true }
        }
        return false
    }

    private func contains(
        _ row: AtomRow, _ value: UnsafeBufferPointer<UInt8>, _ tables: ProgramImage.Pointers
    ) -> Bool {
        guard let base = value.baseAddress, value.count >= Int(row.literalCount) else {
            return row.literalCount == 0
        }
        return unsafe kagari_find(
            base, value.count, tables.literals + Int(row.literalStart), Int(row.literalCount)) >= 0
    }

    // MARK: deciding

    private mutating func holds(
        _ entry: UInt32, _ event: borrowing EventBuffer, _ program: borrowing ReadyProgram
    ) -> Bool {
        let tables = unsafe program.tables
        let yes = epoch << 1 | 1
        var next = entry
        while next < JumpOp.fails {
            let op = unsafe tables.code[Int(next)]
            let holds: Bool
            if op.atom & JumpOp.scannedBit != 0 {
                holds = unsafe states[Int(op.atom & ~JumpOp.scannedBit)] == yes
            } else {
                let state = unsafe states[Int(op.atom)]
                if state >> 1 == epoch {
                    holds = state & 1 == 1
                } else {
                    holds = unsafe ask(tables.atoms[Int(op.atom)], event, program)
                    unsafe states[Int(op.atom)] = epoch << 1 | (holds ? 1 : 0)
                }
            }
            next = holds ? op.ifTrue : op.ifFalse
        }
        return next == JumpOp.fires
    }

    /// Answers an atom that no matcher answers.
    private mutating func ask(
        _ row: AtomRow, _ event: borrowing EventBuffer, _ program: borrowing ReadyProgram
    ) -> Bool {
        let tables = unsafe program.tables
        if row.kind == .test {
            return unsafe ValueTests.ask(
                tables.tests[Int(row.test)], row, event, program, &folded, &regexes)
        }
        if row.plan == AtomRow.keywordPlan { return unsafe standsAnywhere(row, event, tables) }
        var index = unsafe event.first(FieldID(rawValue: tables.plans[Int(row.plan)].field))
        while let current = index {
            let field = event.field(at: current)
            if field.kind != .null {
                let value = unsafe folded.value(at: current, of: event)
                if unsafe asks(row, value, tables) { return true }
            }
            index = field.next == EventBuffer.none ? nil : Int(field.next)
        }
        return false
    }

    private func asks(
        _ row: AtomRow, _ value: UnsafeBufferPointer<UInt8>, _ tables: ProgramImage.Pointers
    ) -> Bool {
        let length = Int(row.literalCount)
        if row.kind == .contains { return unsafe contains(row, value, tables) }
        guard length <= value.count, row.kind != .exact || length == value.count else {
            return false
        }
        guard let base = value.baseAddress, length > 0 else { return length == 0 }
        let from = row.kind == .suffix ? value.count - length : 0
        return unsafe kagari_equal(
            base + from, tables.literals + Int(row.literalStart), length)
    }
}
