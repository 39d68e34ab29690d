import Sigma

/// Finds literals without which a pattern cannot match, so that a search for many literals at once
/// can say which expressions are worth running.
///
/// All literals are folded by ``CaseFolding``, which folds a text scalar by scalar; so if a text
/// holds a string the pattern demands, the folded text holds the folded string.
struct RequiredLiterals {
    static let alternativesMax = 64
    static let bytesMin = 2
    private static let bytesMax = 64

    /// A set of literals of which one must occur, and how well it sorts out texts.
    private struct Candidate {
        var literals: [[UInt8]]
        var score: Int
    }

    /// What is known of one node.
    private struct Facts {
        /// All the (folded) strings it can match, when they are few.
        var exact: [[UInt8]]?
        var best: Candidate?
    }

    private let sets: [ScalarSet]
    /// Sets of more (folded) scalars than this are not spelled out.
    private let membersMax: Int

    /// A run of strings that would grow beyond this many is ended instead.
    private let runMax: Int

    /// Spelling out sets of scalars makes longer literals, but more of them; several depths are
    /// tried, until one literal of five bytes (or its like) is found, and the best is taken.
    static func best(of tree: RegexTree) -> [[UInt8]]? {
        var best: Candidate?
        for (membersMax, runMax) in [(1, 8), (4, 16), (10, 16), (26, alternativesMax)] {
            let search = RequiredLiterals(
                sets: tree.sets, membersMax: membersMax, runMax: runMax)
            guard let found = search.facts(tree.root).best else { continue }
            if found.score > (best?.score ?? Int.min) { best = found }
            if found.score >= 20 { break }
        }
        return best?.literals
    }

    private func facts(_ node: RegexNode) -> Facts {
        switch node {
        case .empty, .assertion: return Facts(exact: [[]])
        case .set(let set): return Facts(exact: spelled(sets[set]))
        case .sequence(let parts): return sequence(parts)
        case .choice(let branches): return choice(branches)
        case .repeated(let body, let least, let most, _):
            var run = Run(alternativesMax: runMax)
            append(body, least, most, to: &run)
            return run.finish()
        }
    }

    private func spelled(_ set: ScalarSet) -> [[UInt8]]? {
        // Folding at most joins two or three scalars into one.
        guard let scalars = set.scalars(countMax: membersMax * 4) else { return nil }
        var folded: [[UInt8]] = []
        for scalar in scalars {
            let one = CaseFolding.fold(scalar)
            let bytes = one.isASCII ? [UInt8(one.value)] : Array(String(Character(one)).utf8)
            if !folded.contains(bytes) { folded.append(bytes) }
        }
        return folded.count <= membersMax ? folded : nil
    }

    private func sequence(_ parts: [RegexNode]) -> Facts {
        var run = Run(alternativesMax: runMax)
        for part in parts {
            if case .repeated(let body, let least, let most, _) = part {
                append(body, least, most, to: &run)
            } else {
                run.append(facts(part))
            }
        }
        return run.finish()
    }

    private func append(_ body: RegexNode, _ least: Int, _ most: Int?, to run: inout Run) {
        let once = facts(body)
        guard least > 0 else {
            // Spelled out as "nothing, or once" only where that is all there is.
            if most == 1, let exact = once.exact, exact.count < Self.alternativesMax {
                run.append(Facts(exact: exact.contains([]) ? exact : exact + [[]]))
            } else {
                run.interrupt()
            }
            return
        }
        // What cannot be spelled out breaks the run once as well as many times.
        let isSpelled = once.exact.map { $0.count <= runMax } ?? false
        let copies = isSpelled ? min(least, Self.bytesMax) : 1
        for _ in 0..<copies { run.append(once) }
        if copies == most { return }
        // `x{2,}y` starts with xx and ends with xxy: each holds alone.
        run.interrupt()
        for _ in 0..<copies { run.append(once) }
    }

    private func choice(_ branches: [RegexNode]) -> Facts {
        var exact: [[UInt8]]? = []
        var union: [[UInt8]]? = []
        for branch in branches {
            let one = facts(branch)
            exact = Self.joined(exact, one.exact, countMax: Self.alternativesMax)
            // More may be given here, as some of them may hold others.
            union = Self.joined(union, one.best?.literals, countMax: Self.alternativesMax * 4)
            if exact == nil, union == nil { break }
        }
        return Facts(exact: exact, best: union.flatMap { Self.candidate($0, above: nil) })
    }

    private static func joined(
        _ left: [[UInt8]]?, _ right: [[UInt8]]?, countMax: Int
    ) -> [[UInt8]]? {
        guard let left, let right, left.count + right.count <= countMax else { return nil }
        return left + right
    }

    /// The strings as a candidate; nil when they are too short, too many or no better than `best`.
    private static func candidate(_ strings: [[UInt8]], above best: Candidate?) -> Candidate? {
        let shortest = strings.map(\.count).min() ?? 0
        guard shortest >= bytesMin else { return nil }
        // Beyond 24 bytes a literal hardly gets rarer.
        let worth = min(shortest, 24) * 4
        if let best, worth <= best.score { return nil }
        var kept: [[UInt8]] = []
        for string in strings.sorted(by: { ($0.count, $0) < ($1.count, $1) })
        where !kept.contains(where: { holds(string, $0) }) {
            kept.append(string)
        }
        guard kept.count <= alternativesMax else { return nil }
        let bits = Int.bitWidth - (kept.count - 1).leadingZeroBitCount
        // One more byte halves hits several times over; one more literal costs a place in the index.
        let score = worth - 4 * bits
        if let best, score <= best.score { return nil }
        return Candidate(literals: kept, score: score)
    }

    private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains { start in
            text[start..<start + part.count].elementsEqual(part)
        }
    }

    /// Strings that grow along a sequence until something unspellable interrupts them.
    private struct Run {
        private let alternativesMax: Int
        private var strings: [[UInt8]] = [[]]
        private var whole = true
        private var best: Candidate?

        init(alternativesMax: Int) { self.alternativesMax = alternativesMax }

        mutating func append(_ facts: Facts) {
            if let other = facts.best, other.score > (best?.score ?? Int.min) { best = other }
            guard let exact = facts.exact, !exact.isEmpty, exact.count <= alternativesMax else {
                interrupt()
                return
            }
            let longest = strings.lazy.map(\.count).max() ?? 0
            let added = exact.lazy.map(\.count).max() ?? 0
            if strings.count * exact.count > alternativesMax || longest + added > bytesMax {
                interrupt()
            }
            strings = strings.flatMap { head in exact.map { head + $0 } }
        }

        /// Ends the strings here: each match holds one of them, but what follows is unknown.
        mutating func interrupt() {
            if let better = candidate(strings, above: best) { best = better }
            strings = [[]]
            whole = false
        }

        mutating func finish() -> Facts {
            let exact = whole ? strings : nil
            interrupt()
            return Facts(exact: exact, best: best)
        }
    }
}

private func < (left: (Int, [UInt8]), right: (Int, [UInt8])) -> Bool {
    left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
