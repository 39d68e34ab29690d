import Sigma
import TestKit

/// A random expression that can write itself as a pattern, search by plain backtracking, and make
/// up texts that it probably matches. It shares no code with the engine's parser or machines.
indirect enum RegexOracle {
    case literal(Unicode.Scalar)
    case set([ClosedRange<UInt32>], negated: Bool)
    case dot
    case lineStart, lineEnd, textStart, textEnd, textEndOrNewline, boundary, notBoundary
    case flags(ignoreCase: Bool, RegexOracle)
    case sequence([RegexOracle])
    case choice([RegexOracle])
    case repeated(RegexOracle, min: Int, max: Int?, lazy: Bool)

    struct Flags {
        var ignoreCase = false
        var multiline = false
        var dotAll = false
    }

    /// A text as symbols, an invalid byte being 0x110000, and where each starts.
    struct Text {
        var symbols: [UInt32] = []
        var offsets: [Int] = [0]
        var bytes: [UInt8] = []

        mutating func append(_ scalar: Unicode.Scalar) {
            symbols.append(scalar.value)
            bytes += Array(String(Character(scalar)).utf8)
            offsets.append(bytes.count)
        }

        /// 0xFF is never part of valid UTF-8.
        mutating func appendInvalid() {
            symbols.append(0x11_0000)
            bytes.append(0xFF)
            offsets.append(bytes.count)
        }
    }

    static let letters: [Unicode.Scalar] = [
        "a", "b", "A", "k", "K", "\u{212A}", "é", "É", "_", " ", "\n", "s", "ſ", ".", "😀", "К", "к",
    ]

    // MARK: making

    static func random(depth: Int, _ random: inout SplitMix64) -> RegexOracle {
        switch Int.random(in: 0..<(depth == 0 ? 10 : 18), using: &random) {
        case 0...4: return .literal(letters.randomElement(using: &random) ?? "a")
        case 5, 6:
            let ranges = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let low = letters.randomElement(using: &random)?.value ?? 0x61
                return low...low + UInt32.random(in: 0...2, using: &random)
            }
            return .set(ranges, negated: Int.random(in: 0..<4, using: &random) == 0)
        case 7: return .dot
        case 8, 9:
            let all: [RegexOracle] = [
                .lineStart, .lineEnd, .textStart, .textEnd, .textEndOrNewline, .boundary,
                .notBoundary,
            ]
            return all.randomElement(using: &random) ?? .boundary
        case 10...12:
            return .sequence(
                (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    .random(depth: depth - 1, &random)
                })
        case 13, 14:
            return .choice(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    .random(depth: depth - 1, &random)
                })
        case 15:
            return .flags(ignoreCase: .random(using: &random), .random(depth: depth - 1, &random))
        default:
            let least = Int.random(in: 0...3, using: &random)
            let most =
                Int.random(in: 0...1, using: &random) == 0
                ? nil : least + Int.random(in: 0...2, using: &random)
            return .repeated(
                .random(depth: depth - 1, &random), min: least, max: most,
                lazy: .random(using: &random))
        }
    }

    var pattern: String {
        switch self {
        case .literal(let scalar): return scalar == "." ? "\\." : String(Character(scalar))
        case .set(let ranges, let negated):
            let items = ranges.map {
                "\\x{\(String($0.lowerBound, radix: 16))}-\\x{\(String($0.upperBound, radix: 16))}"
            }
            return "[\(negated ? "^" : "")\(items.joined())]"
        case .dot: return "."
        case .lineStart: return "^"
        case .lineEnd: return "$"
        case .textStart: return "\\A"
        case .textEnd: return "\\z"
        case .textEndOrNewline: return "\\Z"
        case .boundary: return "\\b"
        case .notBoundary: return "\\B"
        case .flags(let ignoreCase, let body): return "(?\(ignoreCase ? "" : "-")i:\(body.pattern))"
        case .sequence(let parts): return "(?:\(parts.map(\.pattern).joined()))"
        case .choice(let branches):
            return "(\(branches.map(\.pattern).joined(separator: "|")))"
        case .repeated(let body, let least, let most, let lazy):
            let count: String
            switch (least, most) {
            case (0, nil): count = "*"
            case (1, nil): count = "+"
            case (0, 1): count = "?"
            case (_, nil): count = "{\(least),}"
            case (_, let most?): count = least == most ? "{\(least)}" : "{\(least),\(most)}"
            }
            return "(?:\(body.pattern))\(count)\(lazy ? "?" : "")"
        }
    }

    /// A text this probably matches: flags are followed, assertions are not.
    func sample(_ flags: Flags, into text: inout Text, _ random: inout SplitMix64) {
        switch self {
        case .literal(let scalar):
            let others = Self.letters.filter { Self.equal($0.value, scalar.value, flags) }
            text.append(others.randomElement(using: &random) ?? scalar)
        case .set(let ranges, let negated):
            if negated {
                text.append("z")
            } else if let range = ranges.randomElement(using: &random) {
                text.append(Unicode.Scalar(.random(in: range, using: &random)) ?? "a")
            }
        case .dot: Bool.random(using: &random) ? text.append("日") : text.appendInvalid()
        case .flags(let ignoreCase, let body):
            var inner = flags
            inner.ignoreCase = ignoreCase
            body.sample(inner, into: &text, &random)
        case .sequence(let parts): for part in parts { part.sample(flags, into: &text, &random) }
        case .choice(let branches):
            branches.randomElement(using: &random)?.sample(flags, into: &text, &random)
        case .repeated(let body, let least, let most, _):
            let count = Int.random(in: least...(most ?? least + 2), using: &random)
            for _ in 0..<count { body.sample(flags, into: &text, &random) }
        default: break
        }
    }

    /// True when a loop's body can match nothing: there engines differ in where a match ends.
    var hasNullableLoop: Bool {
        switch self {
        case .flags(_, let body): body.hasNullableLoop
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.hasNullableLoop)
        case .repeated(let body, _, _, _): body.isNullable || body.hasNullableLoop
        default: false
        }
    }

    private var isNullable: Bool {
        switch self {
        case .literal, .set, .dot: false
        case .flags(_, let body): body.isNullable
        case .sequence(let parts): parts.allSatisfy(\.isNullable)
        case .choice(let branches): branches.contains(where: \.isNullable)
        case .repeated(let body, let least, _, _): least == 0 || body.isNullable
        default: true
        }
    }

    // MARK: searching

    static func equal(_ left: UInt32, _ right: UInt32, _ flags: Flags) -> Bool {
        guard flags.ignoreCase, let left = Unicode.Scalar(left), let right = Unicode.Scalar(right)
        else { return left == right }
        return CaseFolding.fold(left) == CaseFolding.fold(right)
    }

    /// The first match, leftmost and by preference; `.none` when the budget is spent.
    func search(
        _ text: Text, _ flags: Flags, from start: Int? = nil, endingAt wantedEnd: Int? = nil,
        budget: Int = 200_000
    ) -> Answer {
        var search = Search(text: text.symbols, budget: budget)
        for first in start.map({ $0...$0 }) ?? 0...text.symbols.count {
            var end = 0
            let found = search.match(self, first, flags) { place, _ in
                if let wantedEnd, place != wantedEnd { return false }
                end = place
                return true
            }
            if search.budget <= 0 { return .gaveUp }
            if found { return .found(first..<end) }
        }
        return .nothing
    }

    enum Answer: Equatable { case found(Range<Int>), nothing, gaveUp }

    private struct Search {
        let text: [UInt32]
        var budget: Int

        typealias Rest = (Int, inout Search) -> Bool

        mutating func match(
            _ node: RegexOracle, _ at: Int, _ flags: Flags, _ rest: Rest
        ) -> Bool {
            budget -= 1
            guard budget > 0 else { return false }
            switch node {
            case .literal(let scalar):
                guard at < text.count, equal(text[at], scalar.value, flags) else { return false }
                return rest(at + 1, &self)
            case .set(let ranges, let negated):
                guard at < text.count else { return false }
                let member = ranges.contains { $0.contains { equal(text[at], $0, flags) } }
                return member != negated && rest(at + 1, &self)
            case .dot:
                guard at < text.count, flags.dotAll || text[at] != 0x0A else { return false }
                return rest(at + 1, &self)
            case .flags(let ignoreCase, let body):
                var inner = flags
                inner.ignoreCase = ignoreCase
                return match(body, at, inner, rest)
            case .sequence(let parts): return sequence(parts[...], at, flags, rest)
            case .choice(let branches):
                for branch in branches where match(branch, at, flags, rest) { return true }
                return false
            case .repeated(let body, let least, let most, let lazy):
                return loop(body, 0, least, most, lazy, at, flags, rest)
            default: return holds(node, at, flags) && rest(at, &self)
            }
        }

        private mutating func sequence(
            _ parts: ArraySlice<RegexOracle>, _ at: Int, _ flags: Flags, _ rest: Rest
        ) -> Bool {
            guard let first = parts.first else { return rest(at, &self) }
            return match(first, at, flags) { $1.sequence(parts.dropFirst(), $0, flags, rest) }
        }

        private mutating func loop(
            _ body: RegexOracle, _ done: Int, _ least: Int, _ most: Int?, _ lazy: Bool, _ at: Int,
            _ flags: Flags, _ rest: Rest
        ) -> Bool {
            if done >= least, lazy, rest(at, &self) { return true }
            if done < most ?? .max {
                let again = match(body, at, flags) { place, search in
                    // A round beyond those demanded must get somewhere.
                    if done >= least, place == at { return false }
                    return search.loop(body, done + 1, least, most, lazy, place, flags, rest)
                }
                if again { return true }
            }
            return done >= least && !lazy && rest(at, &self)
        }

        private func holds(_ node: RegexOracle, _ at: Int, _ flags: Flags) -> Bool {
            let atEnd = at == text.count
            let beforeLastNewline = at == text.count - 1 && text[at] == 0x0A
            switch node {
            case .textStart: return at == 0
            case .textEnd: return atEnd
            case .textEndOrNewline: return atEnd || beforeLastNewline
            case .lineStart: return at == 0 || flags.multiline && text[at - 1] == 0x0A
            case .lineEnd:
                return atEnd || (flags.multiline ? text[at] == 0x0A : beforeLastNewline)
            case .boundary: return isWord(at - 1) != isWord(at)
            case .notBoundary: return isWord(at - 1) == isWord(at)
            default: return false
            }
        }

        private func isWord(_ at: Int) -> Bool {
            guard text.indices.contains(at), let scalar = Unicode.Scalar(text[at]) else {
                return false
            }
            return scalar == "_"
                || scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        }
    }
}
