/// A pattern as a small program for a non-deterministic machine, after Thompson.
///
/// A thread of the machine stands at an instruction. `consume` waits for one symbol; the others
/// are passed through between two symbols.
struct RegexProgram: Sendable {
    enum Operation: UInt8, Sendable {
        case match, consume, split, assert
    }

    struct Instruction: Sendable {
        var operation: Operation
        /// For `assert`.
        var assertion: RegexAssertion = .textStart
        /// For `consume`: index into ``members``' rows.
        var set: UInt16 = 0
        var next: UInt16 = 0
        /// For `split`: the way that is tried second.
        var other: UInt16 = 0
    }

    private(set) var instructions: [Instruction]
    private(set) var start: Int
    let alphabet: RegexAlphabet
    /// One row of bits a set: bit k is 1 when the set holds symbols of kind k.
    let members: [UInt64]
    let wordsPerSet: Int
    /// By kind: whether its symbols are `\w`; meaningful only where the pattern asks.
    let isWord: [Bool]
    /// By kind: whether it is the line feed; meaningful only where the pattern asks.
    let isNewline: [Bool]
    /// True when an assertion asks whether a line feed is the last symbol.
    let asksFinalNewline: Bool

    /// - Throws: `programTooLarge` or `tooManyCharacterClasses`.
    init(_ tree: RegexTree) throws(RegexFailure) {
        var compiler = Compiler()
        start = try compiler.entry(of: tree.root, then: 0)
        instructions = compiler.instructions
        let assertions = Set(
            instructions.filter { $0.operation == .assert }.map(\.assertion))
        var dividing = tree.sets
        if !assertions.isDisjoint(with: [.wordBoundary, .notWordBoundary]) {
            dividing.append(.word)
        }
        if !assertions.isDisjoint(with: [.lineStart, .lineEnd, .textEndOrFinalNewline]) {
            dividing.append(.newline)
        }
        asksFinalNewline = assertions.contains(.textEndOrFinalNewline)
        alphabet = try RegexAlphabet(dividing: dividing)
        let newlineKind = alphabet.kind(of: 0x0A)
        wordsPerSet = (alphabet.width + 63) / 64
        var rows: [UInt64] = []
        for set in tree.sets {
            var row: [UInt64] = Array(repeating: 0, count: wordsPerSet)
            for kind in alphabet.kinds(of: set) { row[kind >> 6] |= 1 << UInt64(kind & 63) }
            if row[newlineKind >> 6] >> UInt64(newlineKind & 63) & 1 == 1 {
                row[alphabet.finalNewline >> 6] |= 1 << UInt64(alphabet.finalNewline & 63)
            }
            rows += row
        }
        members = rows
        var words = Array(repeating: false, count: alphabet.width)
        if dividing.contains(.word) { for kind in alphabet.kinds(of: .word) { words[kind] = true } }
        isWord = words
        var newlines = Array(repeating: false, count: alphabet.width)
        if dividing.contains(.newline) {
            newlines[newlineKind] = true
            newlines[alphabet.finalNewline] = true
        }
        isNewline = newlines
    }

    func consumes(_ instruction: Instruction, kind: Int) -> Bool {
        let row = Int(instruction.set) * wordsPerSet
        return members[row + kind >> 6] >> UInt64(kind & 63) & 1 == 1
    }
}

/// What stands before a place in the text.
enum RegexBefore: UInt8, Sendable {
    case other, word, newline, textStart
}

extension RegexProgram {
    func before(_ kind: Int) -> RegexBefore {
        isNewline[kind] ? .newline : isWord[kind] ? .word : .other
    }

    /// Whether `assertion` holds between `before` and a symbol (or the end) of kind `next`.
    func holds(_ assertion: RegexAssertion, before: RegexBefore, next: Int) -> Bool {
        switch assertion {
        case .textStart: before == .textStart
        case .lineStart: before == .textStart || before == .newline
        case .textEnd: next == alphabet.end
        case .textEndOrFinalNewline: next == alphabet.end || next == alphabet.finalNewline
        case .lineEnd: next == alphabet.end || isNewline[next]
        case .wordBoundary: (before == .word) != isWord[next]
        case .notWordBoundary: (before == .word) == isWord[next]
        }
    }
}

/// Writes instructions from the end of the pattern to its start, so each knows what follows it.
private struct Compiler {
    /// Instruction 0 is the match.
    var instructions = [RegexProgram.Instruction(operation: .match)]

    mutating func entry(of node: RegexNode, then next: Int) throws(RegexFailure) -> Int {
        switch node {
        case .empty: return next
        case .set(let set):
            return try emit(.init(operation: .consume, set: UInt16(set), next: UInt16(next)))
        case .assertion(let assertion):
            return try emit(
                .init(operation: .assert, assertion: assertion, next: UInt16(next)))
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try entry(of: part, then: next) }
            return next
        case .choice(let branches):
            var result: Int?
            for branch in branches.reversed() {
                let way = try entry(of: branch, then: next)
                if let second = result {
                    result = try split(way, second, lazy: false)
                } else {
                    result = way
                }
            }
            return result ?? next
        case .repeated(let body, let least, let most, let lazy):
            return try entry(repeating: body, least, most, lazy: lazy, then: next)
        }
    }

    private mutating func entry(
        repeating body: RegexNode, _ least: Int, _ most: Int?, lazy: Bool, then next: Int
    ) throws(RegexFailure) -> Int {
        var result = next
        var copies = least
        if let most {
            for _ in least..<most {
                let once = try entry(of: body, then: result)
                result = try split(once, next, lazy: lazy)
            }
        } else {
            let loop = try emit(.init(operation: .split))
            let once = try entry(of: body, then: loop)
            instructions[loop].next = UInt16(lazy ? next : once)
            instructions[loop].other = UInt16(lazy ? once : next)
            // `x{n,}` is n - 1 copies before a loop that is entered through its body.
            result = least == 0 ? loop : once
            copies = max(0, least - 1)
        }
        for _ in 0..<copies { result = try entry(of: body, then: result) }
        return result
    }

    private mutating func split(_ first: Int, _ second: Int, lazy: Bool) throws(RegexFailure) -> Int
    {
        try emit(
            .init(
                operation: .split, next: UInt16(lazy ? second : first),
                other: UInt16(lazy ? first : second)))
    }

    private mutating func emit(
        _ instruction: RegexProgram.Instruction
    ) throws(RegexFailure) -> Int {
        guard instructions.count < RegexLimits.instructionsMax else {
            throw RegexFailure(offset: 0, reason: .programTooLarge)
        }
        instructions.append(instruction)
        return instructions.count - 1
    }
}
