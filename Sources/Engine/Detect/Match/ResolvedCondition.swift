internal import CSIMD
internal import Sigma

/// A rule's condition as the events of one class are asked it: names looked up, patterns told apart
/// by shape, all in two flat arrays, so that walking it hashes nothing.
struct ResolvedCondition {
    enum Kind { case all, any, not, question }

    /// A part; its own parts follow it, up to `end`.
    struct Node {
        var kind: Kind
        var end: Int
        /// Index into ``questions`` for `question`.
        var question = 0
    }

    struct Question {
        var predicate: Predicate
        /// Nil for a keyword.
        var field: FieldID?
        /// What a field reference names.
        var other: FieldID?
        /// A text test's anchor and literal; nil for a glob and for other tests.
        var plain: (anchor: Anchor, literal: [UInt8])?
        /// A glob's code, see ``Glob``.
        var glob: [UInt8] = []
        var isAnything = false
        var cased = false
        var regex: Int?
    }

    private(set) var nodes: [Node] = []
    private(set) var questions: [Question] = []

    /// - Parameter renames: the rule's field → the event's field, for this event class.
    init(
        _ condition: Expression, renames: [String: FieldID], names: FieldNames,
        regexes: RegexCatalogue
    ) {
        add(condition, renames, names, regexes)
    }

    private mutating func add(
        _ expression: Expression, _ renames: [String: FieldID], _ names: FieldNames,
        _ regexes: RegexCatalogue
    ) {
        let place = nodes.count
        switch expression {
        case .all(let parts):
            nodes.append(Node(kind: .all, end: 0))
            for part in parts { add(part, renames, names, regexes) }
        case .any(let parts):
            nodes.append(Node(kind: .any, end: 0))
            for part in parts { add(part, renames, names, regexes) }
        case .not(let part):
            nodes.append(Node(kind: .not, end: 0))
            add(part, renames, names, regexes)
        case .test(let predicate):
            nodes.append(Node(kind: .question, end: 0, question: questions.count))
            questions.append(Self.question(predicate, renames, names, regexes))
        }
        nodes[place].end = nodes.count
    }

    private static func question(
        _ predicate: Predicate, _ renames: [String: FieldID], _ names: FieldNames,
        _ regexes: RegexCatalogue
    ) -> Question {
        var question = Question(predicate: predicate)
        question.field = predicate.field.map {
            renames[$0] ?? names.find($0) ?? FieldNames.overflow
        }
        switch predicate.test {
        case .text(let pattern):
            question.cased = pattern.cased
            switch pattern.shape {
            case .anything: question.isAnything = true
            case .exact(let bytes): question.plain = (.exact, bytes)
            case .prefix(let bytes): question.plain = (.prefix, bytes)
            case .suffix(let bytes): question.plain = (.suffix, bytes)
            case .contains(let bytes): question.plain = (.contains, bytes)
            case .glob: question.glob = Glob.encode(pattern)
            }
        case .regex(let pattern): question.regex = regexes[pattern]
        case .fieldReference(let reference):
            question.other = renames[reference.field] ?? names.find(reference.field)
        default: break
        }
        return question
    }
}

extension ResolvedCondition.Question {
    /// Whether a text test holds for a value, folded unless it is cased.
    func holds(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        if isAnything { return true }
        guard let (anchor, literal) = plain else {
            return unsafe glob.withUnsafeBufferPointer { unsafe Glob.matches($0, value) }
        }
        let count = literal.count
        guard count <= value.count, anchor != .exact || count == value.count else { return false }
        guard let base = value.baseAddress, count > 0 else { return count == 0 }
        switch anchor {
        case .exact, .prefix: return unsafe kagari_equal(base, literal, count)
        case .suffix: return unsafe kagari_equal(base + value.count - count, literal, count)
        case .contains: return unsafe kagari_find(base, value.count, literal, count) >= 0
        }
    }
}
