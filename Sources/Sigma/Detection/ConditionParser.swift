/// A condition as written, over names of selections (or of rules, in correlations).
indirect enum ConditionTree: Hashable, Sendable {
    case name(String, offset: Int)
    /// `1 of pattern`, `any of pattern`, `all of pattern`, and with `them`.
    case quantified(all: Bool, pattern: String, offset: Int)
    case all([ConditionTree])
    case any([ConditionTree])
    case not(ConditionTree)
}

/// Reads a condition. From loosest to tightest: `or`, `and`, `not`, `1 of`, parentheses.
///
/// Operators are taken in any case. A name is any run of characters without blanks, parentheses and
/// pipes, so `not_me`, `and1` and `of-x` are names.
///
/// - Source: Sigma rules specification 2.1, "Condition".
struct ConditionParser {
    struct Failure: Error, Hashable, Sendable {
        var reason = RuleProblem.Reason.condition
        var message: String
        /// Bytes before the place in the condition.
        var offset: Int
    }

    private enum Token: Equatable { case open, close, word(String), end }

    private let bytes: [UInt8]
    private var position = 0
    private var token = Token.end
    private var tokenOffset = 0
    private var depth = 0

    static func parse(_ text: String) throws(Failure) -> ConditionTree {
        guard text.utf8.count <= SigmaLimits.conditionBytesMax else {
            throw Failure(
                reason: .limit,
                message: "the condition is longer than \(SigmaLimits.conditionBytesMax) bytes",
                offset: 0)
        }
        var parser = ConditionParser(text)
        try parser.advance()
        guard parser.token != .end else {
            throw Failure(message: "the condition is empty; name a selection", offset: 0)
        }
        let tree = try parser.disjunction()
        switch parser.token {
        case .end: return tree
        case .close:
            throw Failure(message: "this `)` closes nothing", offset: parser.tokenOffset)
        case .open, .word:
            throw Failure(
                message: "`and` or `or` is missing before this", offset: parser.tokenOffset)
        }
    }

    private init(_ text: String) { bytes = Array(text.utf8) }

    private mutating func disjunction() throws(Failure) -> ConditionTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= SigmaLimits.conditionNestingMax else {
            throw Failure(
                reason: .limit,
                message: "parentheses and `not` are nested deeper than "
                    + "\(SigmaLimits.conditionNestingMax)",
                offset: tokenOffset)
        }
        var parts = [try conjunction()]
        while isKeyword("or") {
            try advance()
            parts.append(try conjunction())
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(Failure) -> ConditionTree {
        var parts = [try negation()]
        while isKeyword("and") {
            try advance()
            parts.append(try negation())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(Failure) -> ConditionTree {
        var isNegative = false
        // Two negations cancel, so any number of them needs no nesting.
        while isKeyword("not") {
            isNegative.toggle()
            try advance()
        }
        let tree = try primary()
        return isNegative ? .not(tree) : tree
    }

    private mutating func primary() throws(Failure) -> ConditionTree {
        let offset = tokenOffset
        switch token {
        case .open:
            try advance()
            let tree = try disjunction()
            guard token == .close else {
                throw Failure(message: "this `(` is never closed", offset: offset)
            }
            try advance()
            return tree
        case .word(let word):
            if isKeyword("or") || isKeyword("and") || isKeyword("of") {
                throw Failure(
                    message: "a selection name is missing before `\(word)`", offset: offset)
            }
            try advance()
            guard isKeyword("of") else { return .name(word, offset: offset) }
            return try quantified(by: word, offset: offset)
        case .close:
            throw Failure(message: "a selection name is missing before this `)`", offset: offset)
        case .end:
            throw Failure(
                message: "the condition ends where a selection name is missing", offset: offset)
        }
    }

    private mutating func quantified(
        by word: String, offset: Int
    ) throws(Failure) -> ConditionTree {
        let isAll: Bool
        switch word.lowercased() {
        case "1", "any": isAll = false
        case "all": isAll = true
        default:
            throw Failure(
                message: "`\(word) of` is not known; write `1 of`, `any of` or `all of`",
                offset: offset)
        }
        try advance()
        guard case .word(let pattern) = token else {
            throw Failure(
                message: "`of` needs `them` or a pattern such as `selection_*` behind it",
                offset: tokenOffset)
        }
        let patternOffset = tokenOffset
        try advance()
        return .quantified(all: isAll, pattern: pattern, offset: patternOffset)
    }

    private func isKeyword(_ keyword: StaticString) -> Bool {
        guard case .word(let word) = token else { return false }
        return word.utf8.count == keyword.utf8CodeUnitCount
            && word.lowercased() == keyword.description
    }

    private mutating func advance() throws(Failure) {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
        tokenOffset = position
        guard position < bytes.count else {
            token = .end
            return
        }
        switch bytes[position] {
        case UInt8(ascii: "("):
            token = .open
            position += 1
        case UInt8(ascii: ")"):
            token = .close
            position += 1
        case UInt8(ascii: "|"):
            throw Failure(
                reason: .aggregationPipe,
                message: "counting behind `|` is the old form; write a correlation rule instead",
                offset: position)
        default:
            let start = position
            while position < bytes.count, !isBlank(bytes[position]),
                bytes[position] != UInt8(ascii: "("), bytes[position] != UInt8(ascii: ")"),
                bytes[position] != UInt8(ascii: "|")
            { position += 1 }
            token = .word(String(decoding: bytes[start..<position], as: UTF8.self))
        }
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
