import Sigma

/// Reads a pattern in PCRE's notation into a ``RegexTree``.
///
/// - Bounds: ``RegexLimits``; recursion is bounded by `nestingMax`.
/// - Throws: ``RegexFailure`` at the first thing that is wrong or not supported.
struct RegexParser {
    struct Flags {
        var ignoreCase: Bool
        var multiline: Bool
        var dotAll: Bool
        var extended = false
    }

    let scalars: [Unicode.Scalar]
    var index = 0
    var flags: Flags
    private var depth = 0
    private var quoting = false
    private var sets: [ScalarSet] = []
    private var numbers: [ScalarSet: Int] = [:]

    static func parse(_ pattern: RegexPattern) throws(RegexFailure) -> RegexTree {
        guard pattern.pattern.utf8.count <= RegexLimits.patternBytesMax else {
            throw RegexFailure(offset: RegexLimits.patternBytesMax, reason: .patternTooLong)
        }
        var parser = RegexParser(pattern)
        let root = try parser.alternation()
        guard parser.index == parser.scalars.count else { throw parser.failure(.unopenedGroup) }
        return RegexTree(root: root, sets: parser.sets)
    }

    private init(_ pattern: RegexPattern) {
        scalars = Array(pattern.pattern.unicodeScalars)
        flags = Flags(
            ignoreCase: pattern.ignoreCase, multiline: pattern.multiline, dotAll: pattern.dotAll)
    }

    // MARK: reading

    var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        index + distance < scalars.count ? scalars[index + distance] : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        index += 1
        return true
    }

    func failure(_ reason: RegexFailure.Reason, at place: Int? = nil) -> RegexFailure {
        let before = scalars.prefix(place ?? index)
        return RegexFailure(
            offset: before.reduce(0) { $0 + UTF8.width($1) }, reason: reason)
    }

    mutating func node(_ set: ScalarSet) -> RegexNode {
        if let number = numbers[set] { return .set(number) }
        sets.append(set)
        numbers[set] = sets.count - 1
        return .set(sets.count - 1)
    }

    mutating func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        let set = ScalarSet(scalar)
        return node(flags.ignoreCase ? set.closedUnderCase : set)
    }

    // MARK: structure

    private mutating func alternation() throws(RegexFailure) -> RegexNode {
        var branches: [RegexNode] = []
        var items: [RegexNode] = []
        while let scalar = current {
            if !quoting, scalar == "|" {
                index += 1
                branches.append(.joined(items))
                items = []
            } else if !quoting, scalar == ")" {
                break
            } else if let atom = try atom() {
                items.append(try quantified(atom))
            }
        }
        branches.append(.joined(items))
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    /// One thing that can be repeated; nil for what leaves no trace, such as a comment.
    private mutating func atom() throws(RegexFailure) -> RegexNode? {
        let scalar = scalars[index]
        if quoting {
            if skipQuoteEnd() { return nil }
            index += 1
            return literal(scalar)
        }
        switch scalar {
        case "(": return try group()
        case "[":
            index += 1
            return node(try characterClass())
        case ".":
            index += 1
            return node(flags.dotAll ? .any : .notNewline)
        case "^":
            index += 1
            return .assertion(flags.multiline ? .lineStart : .textStart)
        case "$":
            index += 1
            return .assertion(flags.multiline ? .lineEnd : .textEndOrFinalNewline)
        case "\\": return try escapedAtom()
        case "*", "+", "?": throw failure(.nothingToRepeat)
        case "{":
            if try count() != nil { throw failure(.nothingToRepeat) }
        case " ", "\t", "\n", "\r", "\u{0B}", "\u{0C}":
            if flags.extended {
                index += 1
                return nil
            }
        case "#":
            if flags.extended {
                skipComment()
                return nil
            }
        default: break
        }
        index += 1
        return literal(scalar)
    }

    private mutating func escapedAtom() throws(RegexFailure) -> RegexNode? {
        switch try escape(inClass: false) {
        case .scalar(let scalar): return literal(scalar)
        case .set(let set): return node(set)
        case .assertion(let assertion): return .assertion(assertion)
        case .nothing: return nil
        case .quote:
            quoting = true
            return nil
        }
    }

    private mutating func skipQuoteEnd() -> Bool {
        guard quoting, current == "\\", peek(1) == "E" else { return false }
        quoting = false
        index += 2
        return true
    }

    private mutating func skipComment() {
        while let scalar = current, scalar != "\n" {
            _ = scalar
            index += 1
        }
    }

    // MARK: quantifiers

    private mutating func quantified(_ body: RegexNode) throws(RegexFailure) -> RegexNode {
        _ = skipQuoteEnd()
        if quoting { return body }
        skipExtendedSpace()
        guard let (least, most) = try quantifier() else { return body }
        var lazy = false
        if current == "+" { throw failure(.possessiveQuantifier) }
        if take("?") { lazy = true }
        let end = index
        skipExtendedSpace()
        if try quantifier() != nil { throw failure(.nothingToRepeat, at: end) }
        index = end
        return .repeating(body, min: least, max: most, lazy: lazy)
    }

    private mutating func quantifier() throws(RegexFailure) -> (Int, Int?)? {
        switch current {
        case "*":
            index += 1
            return (0, nil)
        case "+":
            index += 1
            return (1, nil)
        case "?":
            index += 1
            return (0, 1)
        case "{":
            guard let (least, most, end) = try count() else { return nil }
            index = end
            return (least, most)
        default: return nil
        }
    }

    /// `{n}`, `{n,}`, `{n,m}` or `{,m}` at the current place, and where it ends; nil when the `{`
    /// is just that. `{,m}` counts from 0 as in PCRE2 10.43; before, PCRE took it literally.
    private func count() throws(RegexFailure) -> (Int, Int?, Int)? {
        var place = index + 1
        let written = number(at: &place)
        var most = written
        if place < scalars.count, scalars[place] == "," {
            place += 1
            most = number(at: &place)
            if written == nil, most == nil { return nil }
        } else if written == nil {
            return nil
        }
        let least = written ?? 0
        guard place < scalars.count, scalars[place] == "}" else { return nil }
        guard max(least, most ?? 0) <= RegexLimits.repeatCountMax else {
            throw failure(.countTooLarge)
        }
        if let most, most < least { throw failure(.countOutOfOrder) }
        return (least, most, place + 1)
    }

    /// A decimal number, cut off just above the greatest count allowed.
    private func number(at place: inout Int) -> Int? {
        var value = 0
        let start = place
        while place < scalars.count, (0x30...0x39).contains(scalars[place].value) {
            value = value * 10 + Int(scalars[place].value - 0x30)
            value = min(value, RegexLimits.repeatCountMax + 1)
            place += 1
        }
        return place == start ? nil : value
    }

    private mutating func skipExtendedSpace() {
        while flags.extended, let scalar = current {
            if scalar == "#" {
                skipComment()
            } else if ScalarSet.space.contains(scalar.value) {
                index += 1
            } else {
                return
            }
        }
    }

    // MARK: groups

    private mutating func group() throws(RegexFailure) -> RegexNode? {
        let start = index
        index += 1
        if current == "*" { throw failure(.controlVerb, at: start) }
        let saved = flags
        if take("?") {
            guard try groupHead(from: start) else { return nil }
        }
        depth += 1
        guard depth <= RegexLimits.nestingMax else { throw failure(.nestedTooDeep, at: start) }
        let body = try alternation()
        guard take(")") else { throw failure(.unclosedGroup, at: start) }
        depth -= 1
        flags = saved
        return body
    }

    /// Reads what stands between `(?` and the group's body. False when there is no body, because
    /// it was a comment, or flags for the rest of the enclosing group.
    private mutating func groupHead(from start: Int) throws(RegexFailure) -> Bool {
        guard let scalar = current else { throw failure(.unclosedGroup, at: start) }
        index += 1
        switch scalar {
        case ":", "|": return true
        case "#":
            while let scalar = current, scalar != ")" {
                _ = scalar
                index += 1
            }
            guard take(")") else { throw failure(.unclosedGroup, at: start) }
            return false
        case "=", "!": throw failure(.lookAround, at: start)
        case ">": throw failure(.atomicGroup, at: start)
        case "(": throw failure(.conditional, at: start)
        case "C": throw failure(.callout, at: start)
        case "&", "R", "+", "0"..."9": throw failure(.recursion, at: start)
        case "<":
            if current == "=" || current == "!" { throw failure(.lookAround, at: start) }
            try name(endingWith: ">", from: start)
            return true
        case "'":
            try name(endingWith: "'", from: start)
            return true
        case "P":
            if current == "=" { throw failure(.backReference, at: start) }
            if current == ">" { throw failure(.recursion, at: start) }
            guard take("<") else { throw failure(.unknownGroup, at: start) }
            try name(endingWith: ">", from: start)
            return true
        default:
            index -= 1
            return try inlineFlags(from: start)
        }
    }

    private mutating func name(
        endingWith end: Unicode.Scalar, from start: Int
    ) throws(RegexFailure) {
        let first = index
        while let scalar = current, ScalarSet.word.contains(scalar.value) || scalar.value >= 0x80 {
            index += 1
        }
        guard index > first, take(end) else { throw failure(.unknownGroup, at: start) }
    }

    private mutating func inlineFlags(from start: Int) throws(RegexFailure) -> Bool {
        var on = true
        if take("^") {
            flags = Flags(ignoreCase: false, multiline: false, dotAll: false)
        }
        while let scalar = current {
            index += 1
            switch scalar {
            case "i": flags.ignoreCase = on
            case "m": flags.multiline = on
            case "s": flags.dotAll = on
            case "x": flags.extended = on
            // `n`: no capturing, which never happens here. `a`: ASCII \d \w \s, as always here.
            case "n", "a": break
            case "-":
                if let next = current, ("0"..."9").contains(next) {
                    throw failure(.recursion, at: start)
                }
                guard on else { throw failure(.unknownGroup, at: start) }
                on = false
            case ":":
                return true
            case ")":
                // Flags alone last to the end of the enclosing group, which restores its own.
                return false
            case "A"..."Z", "a"..."z":
                throw failure(.unsupportedFlag(String(Character(scalar))), at: index - 1)
            default: throw failure(.unknownGroup, at: start)
            }
        }
        throw failure(.unclosedGroup, at: start)
    }
}
