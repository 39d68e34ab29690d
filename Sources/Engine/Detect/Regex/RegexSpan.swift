import Sigma

extension LinearRegex {
    /// Where the expression matches first, by byte offsets; among the matches that start there,
    /// the one PCRE's order of preference (greedy, lazy, left alternative first) would find.
    /// Where a loop's body can match nothing, the end may differ from PCRE's.
    ///
    /// For evidence, not for the event path: it allocates, and steps every thread. Linear too.
    package func firstMatch(in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var search = SpanSearch(program)
        return unsafe search.run(text)
    }

    package func firstMatch(in text: [UInt8]) -> Range<Int>? {
        unsafe text.withUnsafeBufferPointer { unsafe firstMatch(in: $0) }
    }
}

/// Pike's simulation: threads in order of preference, each with where it started.
private struct SpanSearch {
    private struct Thread {
        var instruction: UInt16
        var start: Int
    }

    private let program: RegexProgram
    private var threads: [Thread] = []
    private var following: [Thread] = []
    private var stack: [UInt16] = []
    /// The generation in which an instruction was last added to `following`.
    private var added: [Int]
    private var generation = 0

    init(_ program: RegexProgram) {
        self.program = program
        added = Array(repeating: 0, count: program.instructions.count)
    }

    mutating func run(_ text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var found: Range<Int>?
        var before = RegexBefore.textStart
        var index = 0
        var (kind, length) = unsafe symbol(of: text, at: 0)
        generation += 1
        while true {
            // `following` holds the threads at `index`; a new one starts last in preference.
            if found == nil { add(program.start, startedAt: index, before: before, next: kind) }
            swap(&threads, &following)
            following.removeAll(keepingCapacity: true)
            generation += 1
            if threads.isEmpty, found != nil { break }
            let atEnd = kind == program.alphabet.end
            let after = program.before(kind)
            let nextIndex = index + length
            let upcoming = atEnd ? (kind, 0) : unsafe symbol(of: text, at: nextIndex)
            for thread in threads {
                let instruction = program.instructions[Int(thread.instruction)]
                if instruction.operation == .match {
                    // Threads after this one are less preferred.
                    found = thread.start..<index
                    break
                }
                if !atEnd, program.consumes(instruction, kind: kind) {
                    add(
                        Int(instruction.next), startedAt: thread.start, before: after,
                        next: upcoming.0)
                }
            }
            if atEnd { break }
            before = after
            index = nextIndex
            (kind, length) = upcoming
        }
        return found
    }

    private mutating func add(_ first: Int, startedAt: Int, before: RegexBefore, next: Int) {
        stack.append(UInt16(first))
        while let index = stack.popLast() {
            guard added[Int(index)] != generation else { continue }
            added[Int(index)] = generation
            let instruction = program.instructions[Int(index)]
            switch instruction.operation {
            case .match, .consume:
                following.append(Thread(instruction: index, start: startedAt))
            case .split:
                stack.append(instruction.other)
                stack.append(instruction.next)
            case .assert:
                if program.holds(instruction.assertion, before: before, next: next) {
                    stack.append(instruction.next)
                }
            }
        }
    }

    private func symbol(of text: UnsafeBufferPointer<UInt8>, at index: Int) -> (Int, Int) {
        guard index < text.count else { return (program.alphabet.end, 0) }
        let byte = unsafe text[index]
        if byte == 0x0A, program.asksFinalNewline, index == text.count - 1 {
            return (program.alphabet.finalNewline, 1)
        }
        guard let (scalar, length) = unsafe CaseFolding.decode(text, at: index) else {
            return (program.alphabet.kind(of: ScalarSet.invalid), 1)
        }
        return (program.alphabet.kind(of: scalar.value), length)
    }
}
