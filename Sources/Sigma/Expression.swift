/// A rule's condition: a tree over tests of single fields.
package indirect enum Expression: Hashable, Sendable {
    case all([Expression])
    case any([Expression])
    case not(Expression)
    case test(Predicate)

    /// How many tests stand in the tree.
    package var predicateCount: Int {
        switch self {
        case .test: 1
        case .not(let inner): inner.predicateCount
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + $1.predicateCount }
        }
    }
}

/// One question about one field (or about every value, for keywords).
package struct Predicate: Hashable, Sendable {
    /// Nil for a keyword, which asks all values of the event and the raw text of a line.
    package var field: String?
    package var test: Test
    /// The selection this came from, told to the analyst when it matched.
    package var selection: String

    package init(field: String?, test: Test, selection: String) {
        self.field = field
        self.test = test
        self.selection = selection
    }
}

/// What is asked of a value. A field with several values passes when one value passes,
/// except `isNull` and `exists`, which ask about the field.
package enum Test: Hashable, Sendable {
    case text(TextPattern)
    case regex(RegexPattern)
    case cidr(CIDRBlock)
    /// Numeric comparison; a value that is no number (decimal, negative, float or 0x hex) fails.
    case compare(Comparison, Double)
    /// The field is absent, or present with JSON null.
    case isNull
    /// The field is present (true) or absent (false); null counts as present here.
    case exists(Bool)
    case fieldReference(FieldReference)
    /// A part of a timestamp value, e.g. `|hour: 3`, `|day|gte: 5`.
    case timePart(TimePart, Comparison, Int)
}

package enum Comparison: Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

package enum TimePart: Hashable, Sendable { case minute, hour, day, week, month, year }

/// A string value with its wildcards taken apart.
///
/// `pieces` are literal byte strings (UTF-8) and wildcards in order. When `cased` is false,
/// literals are stored folded by ``CaseFolding`` and must be compared with folded input.
package struct TextPattern: Hashable, Sendable {
    package enum Piece: Hashable, Sendable {
        case literal([UInt8])
        /// `*`: any run of bytes, also empty.
        case anyRun
        /// `?`: exactly one Unicode scalar.
        case anyOne
    }
    /// Never two literals or two `anyRun` side by side; empty means the empty string.
    package var pieces: [Piece]
    package var cased: Bool

    package init(pieces: [Piece], cased: Bool) {
        self.pieces = pieces
        self.cased = cased
    }

    /// The common shapes, which have quick matchers; anything else is `glob`.
    package enum Shape: Hashable, Sendable {
        case exact([UInt8]), prefix([UInt8]), suffix([UInt8]), contains([UInt8])
        /// Only `*`: any present, non-null value.
        case anything
        case glob
    }

    package var shape: Shape {
        switch pieces.count {
        case 0: return .exact([])
        case 1:
            if case .literal(let bytes) = pieces[0] { return .exact(bytes) }
            if case .anyRun = pieces[0] { return .anything }
        case 2:
            if case .literal(let bytes) = pieces[0], case .anyRun = pieces[1] {
                return .prefix(bytes)
            }
            if case .anyRun = pieces[0], case .literal(let bytes) = pieces[1] {
                return .suffix(bytes)
            }
        case 3:
            if case .anyRun = pieces[0], case .literal(let bytes) = pieces[1],
                case .anyRun = pieces[2]
            {
                return .contains(bytes)
            }
        default: break
        }
        return .glob
    }
}

/// A regular expression as Sigma has it: searched anywhere in the value, case-sensitive unless
/// `ignoreCase`, `multiline` = `^ $` at line ends, `dotAll` = `.` also matches newline.
package struct RegexPattern: Hashable, Sendable {
    package var pattern: String
    package var ignoreCase: Bool
    package var multiline: Bool
    package var dotAll: Bool

    package init(
        pattern: String, ignoreCase: Bool = false, multiline: Bool = false, dotAll: Bool = false
    ) {
        self.pattern = pattern
        self.ignoreCase = ignoreCase
        self.multiline = multiline
        self.dotAll = dotAll
    }
}

/// An address block. IPv4 is held as IPv4-mapped IPv6, so `::ffff:10.0.0.1` is in `10.0.0.0/8`.
package struct CIDRBlock: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64
    /// 0...128, counted on the mapped form (an IPv4 /8 is 104).
    package var prefixLength: Int
    package var text: String

    package init(high: UInt64, low: UInt64, prefixLength: Int, text: String) {
        self.high = high
        self.low = low
        self.prefixLength = prefixLength
        self.text = text
    }
}

package struct FieldReference: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case equals, startsWith, endsWith, contains }
    package var field: String
    package var kind: Kind
    package var cased: Bool
    /// Turns the answer round. The loader leaves it false and says `neq` with `Expression.not`.
    package var negated: Bool

    package init(field: String, kind: Kind, cased: Bool, negated: Bool) {
        self.field = field
        self.kind = kind
        self.cased = cased
        self.negated = negated
    }
}
