package import Sigma

/// A backtracking matcher for the metacharacters that Sigma's modifiers appendix names:
/// `. ^ $ * + ? {n,m} [] [^] | ()`, also `(?:)`, `\d \w \s` and their capitals (ASCII), and a
/// backslash before any other character for itself.
///
/// It reads scalars (a byte that is no valid UTF-8 counts as one), searches anywhere, `.` leaves
/// out `\n` unless `dotAll`, `^` and `$` are the ends of the value, with `multiline` of a line.
package struct PlainRegex {
    private indirect enum Node {
        case empty
        case set([ClosedRange<UInt32>], negated: Bool)
        case any
        case start, end
        case sequence([Node])
        case choice([Node])
        case repeated(Node, least: Int, most: Int)
    }

    private let pattern: RegexPattern
    private let input: [UInt32]
    private var steps = 0
    private var source: [UInt32]
    private var position = 0

    /// Nil where the pattern is beyond what this reads, or a search took more than a million steps.
    package static func search(_ pattern: RegexPattern, _ value: [UInt8]) -> Bool? {
        var matcher = PlainRegex(
            pattern: pattern, input: scalars(value, fold: pattern.ignoreCase),
            source: scalars(Array(pattern.pattern.utf8), fold: false))
        guard let node = matcher.choice(), matcher.position == matcher.source.count else {
            return nil
        }
        for start in 0...matcher.input.count {
            var found = false
            guard
                matcher.match(
                    node, start,
                    { _ in
                        found = true; return true
                    }) != nil
            else {
                return nil
            }
            if found { return true }
        }
        return false
    }

    private init(pattern: RegexPattern, input: [UInt32], source: [UInt32]) {
        self.pattern = pattern
        self.input = input
        self.source = source
    }

    private static func scalars(_ value: [UInt8], fold: Bool) -> [UInt32] {
        var result: [UInt32] = []
        var rest = value[...]
        while let first = rest.first {
            let length = PlainEvaluator.scalarLength(rest)
            let text = String(validating: rest.prefix(length), as: UTF8.self)
            if let scalar = text?.unicodeScalars.first {
                result.append(fold ? CaseFolding.fold(scalar).value : scalar.value)
            } else {
                result.append(0x11_0000 + UInt32(first))
            }
            rest = rest.dropFirst(length)
        }
        return result
    }

    // MARK: reading

    private mutating func choice() -> Node? {
        guard var node = sequence() else { return nil }
        var parts = [node]
        while peek == "|" {
            position += 1
            guard let next = sequence() else { return nil }
            parts.append(next)
        }
        if parts.count > 1 { node = .choice(parts) }
        return node
    }

    private mutating func sequence() -> Node? {
        var parts: [Node] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            guard let atom = atom(), let repeated = quantified(atom) else { return nil }
            parts.append(repeated)
        }
        return parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func atom() -> Node? {
        guard let scalar = peek else { return nil }
        position += 1
        switch scalar {
        case ".": return .any
        case "^": return .start
        case "$": return .end
        case "(":
            if peek == "?" {
                guard position + 1 < source.count, source[position + 1] == 0x3A else { return nil }
                position += 2
            }
            guard let inner = choice(), peek == ")" else { return nil }
            position += 1
            return inner
        case "[": return set()
        case "*", "+", "?", "{", ")": return nil
        case "\\": return escape()
        default: return .set([fold(scalar.value)...fold(scalar.value)], negated: false)
        }
    }

    private mutating func escape() -> Node? {
        guard let scalar = peek else { return nil }
        position += 1
        let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        let word = digits + [0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
        let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]
        switch scalar {
        case "d": return .set(digits, negated: false)
        case "D": return .set(digits, negated: true)
        case "w": return .set(word, negated: false)
        case "W": return .set(word, negated: true)
        case "s": return .set(space, negated: false)
        case "S": return .set(space, negated: true)
        default:
            let isLetter = scalar.isASCII && scalar.properties.isAlphabetic
            return isLetter || scalar.properties.numericType != nil
                ? nil : .set([scalar.value...scalar.value], negated: false)
        }
    }

    private mutating func set() -> Node? {
        var isNegated = false
        if peek == "^" {
            isNegated = true
            position += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = peek, scalar != "]" {
            position += 1
            if scalar == "\\" || scalar == "[" { return nil }
            let low = fold(scalar.value)
            if peek == "-", position + 1 < source.count, source[position + 1] != 0x5D {
                let high = fold(source[position + 1])
                guard low <= high else { return nil }
                ranges.append(low...high)
                position += 2
            } else {
                ranges.append(low...low)
            }
        }
        guard peek == "]", !ranges.isEmpty else { return nil }
        position += 1
        return .set(ranges, negated: isNegated)
    }

    private mutating func quantified(_ node: Node) -> Node? {
        var least = 1
        var most = 1
        switch peek {
        case "*": (least, most) = (0, .max)
        case "+": (least, most) = (1, .max)
        case "?": (least, most) = (0, 1)
        case "{":
            let text = source[(position + 1)...].prefix { $0 != 0x7D }
            let parts = String(decoding: text.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
                .split(separator: ",", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let low = Int(parts[0]) else { return nil }
            least = low
            most = parts.count == 1 ? low : (parts[1].isEmpty ? .max : Int(parts[1]) ?? -1)
            guard most >= least else { return nil }
            position += text.count + 1
        default: return node
        }
        position += 1
        // A lazy or possessive mark changes which match is found, not whether one is.
        if peek == "?" { position += 1 }
        return .repeated(node, least: least, most: most)
    }

    private var peek: Unicode.Scalar? {
        position < source.count ? Unicode.Scalar(source[position]) : nil
    }

    private func fold(_ value: UInt32) -> UInt32 {
        guard pattern.ignoreCase, let scalar = Unicode.Scalar(value) else { return value }
        return CaseFolding.fold(scalar).value
    }

    // MARK: matching

    /// Calls `then` with every end of a match that starts at `index`, until it answers true. Nil
    /// when the steps are used up.
    private mutating func match(
        _ node: Node, _ index: Int, _ then: (Int) -> Bool?
    ) -> Bool? {
        steps += 1
        guard steps <= 1_000_000 else { return nil }
        switch node {
        case .empty: return then(index)
        case .set(let ranges, let isNegated):
            guard index < input.count else { return false }
            return ranges.contains { $0.contains(input[index]) } != isNegated
                ? then(index + 1) : false
        case .any:
            guard index < input.count, pattern.dotAll || input[index] != 0x0A else { return false }
            return then(index + 1)
        case .start:
            let isStart = index == 0 || (pattern.multiline && input[index - 1] == 0x0A)
            return isStart ? then(index) : false
        case .end:
            let isEnd = index == input.count || (pattern.multiline && input[index] == 0x0A)
            return isEnd ? then(index) : false
        case .choice(let parts):
            for part in parts {
                guard let found = match(part, index, then) else { return nil }
                if found { return true }
            }
            return false
        case .sequence(let parts): return matchAll(parts[...], index, then)
        case .repeated(let inner, let least, let most):
            return matchRepeated(inner, least, most, index, then)
        }
    }

    private mutating func matchAll(
        _ parts: ArraySlice<Node>, _ index: Int, _ then: (Int) -> Bool?
    ) -> Bool? {
        guard let first = parts.first else { return then(index) }
        var copy = self
        defer { steps = copy.steps }
        return match(first, index) { end in
            let answer = copy.matchAll(parts.dropFirst(), end, then)
            return answer
        }
    }

    private mutating func matchRepeated(
        _ inner: Node, _ least: Int, _ most: Int, _ index: Int, _ then: (Int) -> Bool?
    ) -> Bool? {
        if most > 0 {
            var copy = self
            let found = match(inner, index) { end in
                // An empty turn gains nothing once enough turns were made.
                if end == index, least == 0 { return false }
                return copy.matchRepeated(
                    inner, max(least - 1, 0), most == .max ? .max : most - 1, end, then)
            }
            steps = max(steps, copy.steps)
            guard let found else { return nil }
            if found { return true }
        }
        return least == 0 ? then(index) : false
    }
}
