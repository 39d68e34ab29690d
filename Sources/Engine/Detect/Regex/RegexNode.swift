/// What a pattern says, as a tree. Groups are gone: they only grouped.
indirect enum RegexNode: Sendable {
    case empty
    /// One symbol out of a set, by its index in ``RegexTree/sets``.
    case set(Int)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case choice([RegexNode])
    /// `max` nil means without end.
    case repeated(RegexNode, min: Int, max: Int?, lazy: Bool)

    /// True when it can only match without consuming anything.
    var isZeroWidth: Bool {
        switch self {
        case .empty, .assertion: true
        case .set: false
        case .sequence(let parts), .choice(let parts): parts.allSatisfy(\.isZeroWidth)
        case .repeated(let body, _, let max, _): max == 0 || body.isZeroWidth
        }
    }

    /// A text with fewer bytes cannot match: each symbol has at least one. At most ``bytesMinMax``.
    var bytesMin: Int {
        switch self {
        case .empty, .assertion: return 0
        case .set: return 1
        case .sequence(let parts):
            return parts.reduce(0) { Swift.min(Self.bytesMinMax, $0 + $1.bytesMin) }
        case .choice(let branches): return branches.lazy.map(\.bytesMin).min() ?? 0
        case .repeated(let body, let min, _, _):
            return Swift.min(Self.bytesMinMax, body.bytesMin * Swift.min(min, Self.bytesMinMax))
        }
    }

    static let bytesMinMax = 1 << 16

    static func joined(_ parts: [RegexNode]) -> RegexNode {
        var flat: [RegexNode] = []
        for part in parts {
            switch part {
            case .empty: break
            case .sequence(let inner): flat += inner
            default: flat.append(part)
            }
        }
        return flat.isEmpty ? .empty : flat.count == 1 ? flat[0] : .sequence(flat)
    }

    /// Repeating what is zero-width once is the same as repeating it often; so every copy written
    /// out later adds at least one instruction, and the limit on those bounds the work.
    static func repeating(_ body: RegexNode, min: Int, max: Int?, lazy: Bool) -> RegexNode {
        if max == 0 { return .empty }
        guard body.isZeroWidth else {
            return min == 1 && max == 1 ? body : .repeated(body, min: min, max: max, lazy: lazy)
        }
        return min == 0 ? .repeated(body, min: 0, max: 1, lazy: lazy) : body
    }
}

/// A test of the place between two symbols.
enum RegexAssertion: UInt8, Sendable {
    /// `\A`, and `^` unless multi-line.
    case textStart
    /// `^` in multi-line mode: at the start and after each line feed.
    case lineStart
    /// `\z`.
    case textEnd
    /// `\Z`, and `$` unless multi-line: at the end, or before a line feed that ends the text.
    case textEndOrFinalNewline
    /// `$` in multi-line mode: at the end and before each line feed.
    case lineEnd
    /// `\b`: between an ASCII word character and something else.
    case wordBoundary
    case notWordBoundary

    /// True when it cannot be judged before the next symbol is known.
    var looksAhead: Bool { self != .textStart && self != .lineStart }
}

/// A parsed pattern.
struct RegexTree: Sendable {
    var root: RegexNode
    var sets: [ScalarSet]
}
