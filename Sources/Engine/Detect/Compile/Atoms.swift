internal import Sigma

/// The distinct questions that the rules of one event class ask, numbered.
///
/// An atom is asked of the event's own field (renames are resolved). Text questions that a field
/// matcher can answer for all patterns at once become `scanned`; the rest are answered only when a
/// candidate rule needs them.
struct AtomTable {
    struct Key: Hashable {
        /// Nil for keywords.
        var field: FieldID?
        var test: Test
    }

    private(set) var keys: [Key] = []
    private var numbers: [Key: Int] = [:]
    /// Atoms answered by the field matchers.
    private(set) var scanned: Set<Int> = []

    mutating func number(_ key: Key) -> Int {
        if let known = numbers[key] { return known }
        let number = keys.count
        keys.append(key)
        numbers[key] = number
        return number
    }

    mutating func scan(_ atom: Int) { scanned.insert(atom) }

    /// The literal by which a text test can be found, when the test says no more than that.
    static func plainLiteral(_ test: Test) -> (kind: Anchor, literal: [UInt8])? {
        guard case .text(let pattern) = test, !pattern.cased else { return nil }
        switch pattern.shape {
        case .exact(let literal): return (.exact, literal)
        case .prefix(let literal): return (.prefix, literal)
        case .suffix(let literal): return (.suffix, literal)
        case .contains(let literal): return (.contains, literal)
        case .anything, .glob: return nil
        }
    }
}

enum Anchor: UInt8 { case exact, prefix, suffix, contains }

/// A condition over atoms, constants already folded away.
indirect enum AtomExpression: Hashable {
    case constant(Bool)
    case all([AtomExpression])
    case any([AtomExpression])
    case not(AtomExpression)
    case atom(Int)

    static func allOf(_ parts: [AtomExpression]) -> AtomExpression {
        var kept: [AtomExpression] = []
        for part in parts {
            if part == .constant(false) { return part }
            if part != .constant(true) { kept.append(part) }
        }
        return kept.isEmpty ? .constant(true) : kept.count == 1 ? kept[0] : .all(kept)
    }

    static func anyOf(_ parts: [AtomExpression]) -> AtomExpression {
        var kept: [AtomExpression] = []
        for part in parts {
            if part == .constant(true) { return part }
            if part != .constant(false) { kept.append(part) }
        }
        return kept.isEmpty ? .constant(false) : kept.count == 1 ? kept[0] : .any(kept)
    }

    static func negation(_ part: AtomExpression) -> AtomExpression {
        switch part {
        case .constant(let value): .constant(!value)
        case .not(let inner): inner
        default: .not(part)
        }
    }
}
