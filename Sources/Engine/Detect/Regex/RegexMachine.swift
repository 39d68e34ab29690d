/// All threads of a ``RegexProgram`` at one place in a text, as a set of instructions.
///
/// The set holds `consume` instructions, and assertions that wait for the next symbol. A search
/// starts a new thread at every place, which is what makes it unanchored.
///
/// - Cost: a step visits each instruction at most twice, whatever the text; ``visits`` counts.
/// - Allocation: none after `init`.
@safe
struct RegexMachine: ~Copyable {
    enum Outcome: Equatable { case alive, dead, match }

    let program: RegexProgram
    /// Words of a set; its key has one more, see ``copyKey(into:)``.
    let wordCount: Int
    /// Instructions visited since the machine was made.
    private(set) var visits: UInt64 = 0
    /// No thread can start but at the start of the text.
    private(set) var isAnchored = true

    private var before = RegexBefore.textStart
    private var matched = false
    private var stackCount = 0
    private var startingMatch: [Bool] = []
    private let instructionCount: Int
    private let wordsPerSet: Int

    // Safety of the pointers: all live until `deinit`. `instructions` and `stack` have
    // `instructionCount` entries; every `next` and `other` is below that, as the compiler made them.
    // An instruction is pushed only when its bit in `target` goes from 0 to 1, and the stack is
    // empty before a set is cleared, so it never holds more than `instructionCount`. `members`
    // has a row of `wordsPerSet` words for each set; kinds are below 64 times that. The sets have
    // `wordCount` words, `starting` four times as many; a set bit is an instruction's index.
    private let instructions: UnsafeMutablePointer<RegexProgram.Instruction>
    private let members: UnsafeMutablePointer<UInt64>
    private let stack: UnsafeMutablePointer<UInt16>
    /// The threads now, and those being gathered.
    private var source: UnsafeMutablePointer<UInt64>
    private var target: UnsafeMutablePointer<UInt64>
    /// Which instructions stay in a set: `consume`, `match` and assertions that look ahead.
    private let kept: UnsafeMutablePointer<UInt64>
    /// The assertions among them.
    private let waiting: UnsafeMutablePointer<UInt64>
    private let hasAssertions: Bool
    /// The threads that start after each ``RegexBefore``, one row each.
    private let starting: UnsafeMutablePointer<UInt64>

    init(_ program: RegexProgram) {
        self.program = program
        instructionCount = program.instructions.count
        wordsPerSet = program.wordsPerSet
        wordCount = (instructionCount + 63) / 64
        unsafe instructions = Self.copy(program.instructions)
        unsafe members = Self.copy(program.members)
        unsafe stack = .allocate(capacity: instructionCount)
        unsafe source = Self.copy(Array(repeating: 0, count: wordCount))
        unsafe target = Self.copy(Array(repeating: 0, count: wordCount))
        var kept: [UInt64] = Array(repeating: 0, count: wordCount)
        var waiting = kept
        for (index, instruction) in program.instructions.enumerated() {
            let bit: UInt64 = 1 << UInt64(index & 63)
            if instruction.operation == .assert && instruction.assertion.looksAhead {
                waiting[index >> 6] |= bit
            } else if instruction.operation == .split || instruction.operation == .assert {
                continue
            }
            kept[index >> 6] |= bit
        }
        hasAssertions = waiting.contains { $0 != 0 }
        unsafe self.kept = Self.copy(kept)
        unsafe self.waiting = Self.copy(waiting)
        unsafe starting = Self.copy(Array(repeating: 0, count: wordCount * 4))
        for before in [RegexBefore.other, .word, .newline, .textStart] {
            clearTarget()
            close(from: UInt16(program.start), before: before, next: nil)
            for word in 0..<wordCount {
                let threads = unsafe target[word] & self.kept[word]
                unsafe starting[Int(before.rawValue) * wordCount + word] = threads
                if before != .textStart, threads != 0 { isAnchored = false }
            }
            startingMatch.append(matched)
        }
    }

    deinit {
        unsafe instructions.deallocate()
        unsafe members.deallocate()
        unsafe stack.deallocate()
        unsafe source.deallocate()
        unsafe target.deallocate()
        unsafe kept.deallocate()
        unsafe waiting.deallocate()
        unsafe starting.deallocate()
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        unsafe elements.withUnsafeBufferPointer {
            if let base = $0.baseAddress { unsafe memory.initialize(from: base, count: $0.count) }
        }
        return unsafe memory
    }

    /// Bytes of the buffers a step works with.
    var bytesHeld: Int {
        wordCount * 8 * 8 + program.members.count * 8 + instructionCount * 10 + 256
    }

    /// Puts the machine at the start of a text.
    mutating func begin() -> Outcome {
        before = .textStart
        let row = Int(before.rawValue) * wordCount
        for word in 0..<wordCount { unsafe source[word] = starting[row + word] }
        return startingMatch[Int(before.rawValue)] ? .match : outcome
    }

    /// Reads one symbol (or the end) of this kind, which is below the alphabet's width.
    mutating func step(_ kind: Int) -> Outcome {
        matched = false
        settle(next: kind)
        if matched { return .match }
        if kind == program.alphabet.end { return .dead }
        let after = program.before(kind)
        clearTarget()
        let column = kind >> 6
        let shift = UInt64(kind & 63)
        var consumed: UInt64 = 0
        for word in 0..<wordCount {
            var bits = unsafe source[word]
            while bits != 0 {
                let index = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                consumed += 1
                let instruction = unsafe instructions[index]
                if instruction.operation == .consume,
                    unsafe members[Int(instruction.set) * wordsPerSet + column] >> shift & 1 == 1
                {
                    let next = Int(instruction.next)
                    if unsafe instructions[next].operation == .consume {
                        // By far the most frequent case needs no stack.
                        unsafe target[next >> 6] |= 1 << UInt64(next & 63)
                    } else {
                        close(from: instruction.next, before: after, next: nil)
                    }
                }
            }
        }
        visits += consumed
        let row = Int(after.rawValue) * wordCount
        for word in 0..<wordCount {
            unsafe target[word] = (target[word] & kept[word]) | starting[row + word]
        }
        unsafe swap(&source, &target)
        before = after
        return matched || startingMatch[Int(after.rawValue)] ? .match : outcome
    }

    private var outcome: Outcome {
        guard isAnchored else { return .alive }
        for word in 0..<wordCount where unsafe source[word] != 0 { return .alive }
        return .dead
    }

    /// Lets the waiting assertions pass that hold now that the next symbol is known.
    private mutating func settle(next: Int) {
        guard hasWaiting else { return }
        for word in 0..<wordCount { unsafe target[word] = source[word] }
        for word in 0..<wordCount {
            var bits = unsafe source[word] & waiting[word]
            while bits != 0 {
                let instruction = unsafe instructions[word << 6 + bits.trailingZeroBitCount]
                bits &= bits - 1
                visits += 1
                if program.holds(instruction.assertion, before: before, next: next) {
                    close(from: instruction.next, before: before, next: next)
                }
            }
        }
        unsafe swap(&source, &target)
    }

    private var hasWaiting: Bool {
        guard hasAssertions else { return false }
        for word in 0..<wordCount where unsafe source[word] & waiting[word] != 0 { return true }
        return false
    }

    private mutating func clearTarget() {
        matched = false
        for word in 0..<wordCount { unsafe target[word] = 0 }
    }

    /// Adds to `target` what can be reached from an instruction without reading a symbol.
    private mutating func close(from start: UInt16, before: RegexBefore, next: Int?) {
        push(start)
        while stackCount > 0 {
            stackCount -= 1
            visits += 1
            let instruction = unsafe instructions[Int(stack[stackCount])]
            switch instruction.operation {
            case .match: matched = true
            case .consume: break
            case .split:
                push(instruction.other)
                push(instruction.next)
            case .assert:
                if next == nil, instruction.assertion.looksAhead { break }
                if program.holds(instruction.assertion, before: before, next: next ?? 0) {
                    push(instruction.next)
                }
            }
        }
    }

    private mutating func push(_ index: UInt16) {
        let word = Int(index) >> 6
        let bit: UInt64 = 1 << UInt64(index & 63)
        guard unsafe target[word] & bit == 0 else { return }
        unsafe target[word] |= bit
        unsafe stack[stackCount] = index
        stackCount += 1
    }

    // MARK: keys

    var keyWordCount: Int { wordCount + 1 }

    /// Writes what decides the future: the threads, and what stood before where one asks for it.
    func copyKey(into key: inout [UInt64]) {
        for word in 0..<wordCount { unsafe key[word] = source[word] }
        key[wordCount] = hasWaiting ? UInt64(before.rawValue) : 0
    }

    /// Goes back to the threads of a key that lies at `place` in `keys`.
    mutating func load(_ keys: [UInt64], at place: Int) {
        for word in 0..<wordCount { unsafe source[word] = keys[place + word] }
        before = RegexBefore(rawValue: UInt8(truncatingIfNeeded: keys[place + wordCount])) ?? .other
    }
}
