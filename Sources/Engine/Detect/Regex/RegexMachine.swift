/// All threads of a ``RegexProgram`` at one place in a text, as a set of instructions.
///
/// The set holds `consume` instructions, and assertions that wait for the next symbol. A search
/// starts a new thread at every place, which is what makes it unanchored.
///
/// - Cost: a step visits each instruction at most twice, whatever the text; ``visits`` counts.
/// - Allocation: none after `init`.
struct RegexMachine {
    enum Outcome: Equatable { case alive, dead, match }

    let program: RegexProgram
    /// Words of a set; its key has one more, see ``copyKey(into:)``.
    let wordCount: Int
    /// Instructions visited since the machine was made.
    private(set) var visits: UInt64 = 0

    /// The threads now.
    private var source: [UInt64]
    private var before = RegexBefore.textStart
    private var target: [UInt64]
    private var stack: [UInt16] = []
    private var matched = false
    /// Which instructions stay in a set: `consume`, `match` and assertions that look ahead.
    private var kept: [UInt64]
    /// The assertions among them.
    private var waiting: [UInt64]
    /// The threads that start after each ``RegexBefore``, one row each, and whether one matches.
    private var starting: [UInt64]
    private var startingMatch: [Bool]
    /// No thread can start but at the start of the text.
    private(set) var isAnchored = true

    init(_ program: RegexProgram) {
        self.program = program
        let count = program.instructions.count
        wordCount = (count + 63) / 64
        let empty: [UInt64] = Array(repeating: 0, count: wordCount)
        source = empty
        target = empty
        kept = empty
        waiting = empty
        starting = []
        startingMatch = []
        stack.reserveCapacity(count)
        for (index, instruction) in program.instructions.enumerated() {
            let bit: UInt64 = 1 << UInt64(index & 63)
            if instruction.operation == .assert && instruction.assertion.looksAhead {
                waiting[index >> 6] |= bit
            } else if instruction.operation == .split || instruction.operation == .assert {
                continue
            }
            kept[index >> 6] |= bit
        }
        for before in [RegexBefore.other, .word, .newline, .textStart] {
            clearTarget()
            close(from: program.start, before: before, next: nil)
            for word in 0..<wordCount { starting.append(target[word] & kept[word]) }
            startingMatch.append(matched)
            if before != .textStart, target.indices.contains(where: { target[$0] & kept[$0] != 0 })
            {
                isAnchored = false
            }
        }
    }

    /// Bytes of the buffers a step works with.
    var bytesHeld: Int { (wordCount * 9 + 8) * 8 + program.instructions.count * 2 }

    /// Puts the machine at the start of a text.
    mutating func begin() -> Outcome {
        before = .textStart
        let row = Int(before.rawValue) * wordCount
        for word in 0..<wordCount { source[word] = starting[row + word] }
        return startingMatch[Int(before.rawValue)] ? .match : outcome
    }

    /// Reads one symbol (or the end) of this kind.
    mutating func step(_ kind: Int) -> Outcome {
        matched = false
        settle(next: kind)
        if matched { return .match }
        if kind == program.alphabet.end { return .dead }
        let after = program.before(kind)
        clearTarget()
        for word in 0..<wordCount {
            var bits = source[word]
            while bits != 0 {
                let index = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                visits += 1
                let instruction = program.instructions[index]
                if instruction.operation == .consume, program.consumes(instruction, kind: kind) {
                    close(from: Int(instruction.next), before: after, next: nil)
                }
            }
        }
        let row = Int(after.rawValue) * wordCount
        for word in 0..<wordCount {
            target[word] = (target[word] & kept[word]) | starting[row + word]
        }
        swap(&source, &target)
        before = after
        return matched || startingMatch[Int(after.rawValue)] ? .match : outcome
    }

    private var outcome: Outcome {
        isAnchored && !source.contains(where: { $0 != 0 }) ? .dead : .alive
    }

    /// Lets the waiting assertions pass that hold now that the next symbol is known.
    private mutating func settle(next: Int) {
        guard hasWaiting else { return }
        for word in 0..<wordCount { target[word] = source[word] }
        for word in 0..<wordCount {
            var bits = source[word] & waiting[word]
            while bits != 0 {
                let instruction = program.instructions[word << 6 + bits.trailingZeroBitCount]
                bits &= bits - 1
                visits += 1
                if program.holds(instruction.assertion, before: before, next: next) {
                    close(from: Int(instruction.next), before: before, next: next)
                }
            }
        }
        swap(&source, &target)
    }

    private var hasWaiting: Bool {
        for word in 0..<wordCount where source[word] & waiting[word] != 0 { return true }
        return false
    }

    private mutating func clearTarget() {
        matched = false
        for word in 0..<wordCount { target[word] = 0 }
    }

    /// Adds to `target` what can be reached from an instruction without reading a symbol.
    private mutating func close(from start: Int, before: RegexBefore, next: Int?) {
        push(UInt16(start))
        while let index = stack.popLast() {
            visits += 1
            let instruction = program.instructions[Int(index)]
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
        guard target[word] & bit == 0 else { return }
        target[word] |= bit
        stack.append(index)
    }

    // MARK: keys

    var keyWordCount: Int { wordCount + 1 }

    /// Writes what decides the future: the threads, and what stood before where one asks for it.
    func copyKey(into key: inout [UInt64]) {
        for word in 0..<wordCount { key[word] = source[word] }
        key[wordCount] = hasWaiting ? UInt64(before.rawValue) : 0
    }

    /// Goes back to the threads of a key that lies at `place` in `keys`.
    mutating func load(_ keys: [UInt64], at place: Int) {
        for word in 0..<wordCount { source[word] = keys[place + word] }
        before = RegexBefore(rawValue: UInt8(truncatingIfNeeded: keys[place + wordCount])) ?? .other
    }
}
