package import Sigma

/// Tells why a rule fired: which selections held, by which field and value. Run only for alerts,
/// over the rule's own condition.
struct Explanation: ~Copyable {
    /// Longer values are cut around the match.
    static let valueBytesMax = 1024
    static let matchesMax = 32
    /// Rules kept ready to be explained; when there are more, all are forgotten.
    static let readyMax = 2048

    /// A rule that fired, ready for the next time it does on an event of the same class.
    struct ReadyRule {
        /// The rule set's index.
        var index: Int
        var emitsAlerts: Bool
        var level: Level
        /// The hash of an alert's id, begun with what is the rule's.
        var identity: StableHash
        /// For each way the rule's fields are renamed.
        fileprivate var conditions: [ResolvedCondition]
        /// For each condition and question what it asks in words, once that was told.
        fileprivate var asked: [[String?]]
    }

    private struct Key: Hashable {
        var program: ObjectIdentifier
        var local: UInt32
    }

    private struct Hit {
        var question: Int
        var field: Int
    }

    private(set) var matches: [Alert.Match] = []
    private let catalogue: RegexCatalogue
    private var hits: [Hit] = []
    private var places: [Key: Int] = [:]
    private var ready: [ReadyRule] = []

    init(_ catalogue: RegexCatalogue) { self.catalogue = catalogue }

    var readyCount: Int { ready.count }

    /// Makes a rule of a program ready, if it is not.
    ///
    /// - Returns: where it stands, good until the next call.
    mutating func place(_ local: UInt32, of program: ClassProgram, _ rules: RuleSet) -> Int {
        let key = Key(program: ObjectIdentifier(program), local: local)
        if let known = places[key] { return known }
        if ready.count >= Self.readyMax {
            ready.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
        let index = Int(program.ruleIndex(local))
        let rule = rules.rule(index)
        var hash = StableHash()
        hash.add(rule.metadata.id)
        hash.add(rule.metadata.revision)
        let conditions = program.renames[Int(local)].map {
            ResolvedCondition(rule.condition, renames: $0, names: rules.names, regexes: catalogue)
        }
        places[key] = ready.count
        ready.append(
            ReadyRule(
                index: index, emitsAlerts: rule.emitsAlerts, level: rule.metadata.level,
                identity: hash, conditions: conditions,
                asked: conditions.map { Array(repeating: nil, count: $0.questions.count) }))
        return ready.count - 1
    }

    func rule(at place: Int) -> ReadyRule { ready[place] }

    /// Fills ``matches`` by the first way of renaming under which the rule holds.
    mutating func explain(
        at place: Int, event: borrowing EventBuffer, folded: inout FoldedValues,
        pool: inout RegexPool
    ) -> Bool {
        matches.removeAll(keepingCapacity: true)
        for way in ready[place].conditions.indices {
            let condition = ready[place].conditions[way]
            guard explain(condition, event, &folded, &pool) else { continue }
            for hit in hits {
                let question = condition.questions[hit.question]
                let asked = ready[place].asked[way][hit.question] ?? question.predicate.test.asked
                ready[place].asked[way][hit.question] = asked
                note(question, asked, hit.field, event)
            }
            return true
        }
        return false
    }

    /// - Parameter renames: the rule's field → the event's field, for this event class.
    mutating func explain(
        _ condition: Expression, renames: [String: FieldID], event: borrowing EventBuffer,
        folded: inout FoldedValues, pool: inout RegexPool
    ) -> Bool {
        let resolved = ResolvedCondition(
            condition, renames: renames, names: event.names, regexes: catalogue)
        guard explain(resolved, event, &folded, &pool) else { return false }
        for hit in hits {
            let question = resolved.questions[hit.question]
            note(question, question.predicate.test.asked, hit.field, event)
        }
        return true
    }

    private mutating func explain(
        _ condition: ResolvedCondition, _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool
    ) -> Bool {
        matches.removeAll(keepingCapacity: true)
        hits.removeAll(keepingCapacity: true)
        return holds(0, condition, event, &folded, &pool, collecting: true)
    }

    private mutating func holds(
        _ place: Int, _ condition: borrowing ResolvedCondition, _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool, collecting: Bool
    ) -> Bool {
        let node = condition.nodes[place]
        var part = place + 1
        switch node.kind {
        case .all:
            let mark = hits.count
            while part < node.end {
                guard holds(part, condition, event, &folded, &pool, collecting: collecting) else {
                    hits.removeLast(hits.count - mark)
                    return false
                }
                part = condition.nodes[part].end
            }
            return true
        case .any:
            while part < node.end {
                if holds(part, condition, event, &folded, &pool, collecting: collecting) {
                    return true
                }
                part = condition.nodes[part].end
            }
            return false
        case .not: return !holds(part, condition, event, &folded, &pool, collecting: false)
        case .question:
            return answer(node.question, condition, event, &folded, &pool, collecting: collecting)
        }
    }

    private mutating func answer(
        _ number: Int, _ condition: borrowing ResolvedCondition, _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool, collecting: Bool
    ) -> Bool {
        guard let field = condition.questions[number].field else {
            for index in 0..<event.fieldCount
            where event.field(at: index).kind != .null
                && Self.passes(condition.questions[number], index, event, &folded, &pool)
            {
                if collecting { take(Hit(question: number, field: index)) }
                return true
            }
            return false
        }
        var index = event.first(field)
        switch condition.questions[number].predicate.test {
        case .isNull: return event.isNull(index)
        case .exists(let wanted): return (index != nil) == wanted
        default: break
        }
        let isNegated =
            if case .fieldReference(let reference) = condition.questions[number].predicate.test {
                reference.negated
            } else { false }
        while let current = index {
            let field = event.field(at: current)
            if field.kind != .null,
                Self.passes(condition.questions[number], current, event, &folded, &pool)
            {
                if collecting, !isNegated { take(Hit(question: number, field: current)) }
                return !isNegated
            }
            index = field.next == EventBuffer.none ? nil : Int(field.next)
        }
        return isNegated
    }

    private mutating func take(_ hit: Hit) {
        if hits.count < Self.matchesMax { hits.append(hit) }
    }

    private static func passes(
        _ question: borrowing ResolvedCondition.Question, _ index: Int,
        _ event: borrowing EventBuffer, _ folded: inout FoldedValues, _ pool: inout RegexPool
    ) -> Bool {
        let raw = unsafe event.bytes(of: event.field(at: index))
        switch question.predicate.test {
        case .text:
            let value = unsafe question.cased ? raw : folded.value(at: index, of: event)
            return unsafe question.holds(value)
        case .regex: return question.regex.map { unsafe pool.matches($0, raw) } ?? false
        case .cidr(let block):
            return unsafe AddressText.parse(raw)?.isIn(
                high: block.high, low: block.low, prefixLength: block.prefixLength) ?? false
        case .compare(let comparison, let number):
            return unsafe NumberText.parse(raw).map {
                ValueTests.holds($0, comparison, number)
            } ?? false
        case .timePart(let part, let comparison, let number):
            return unsafe DateDigits.part(part, of: raw).map {
                ValueTests.holds(Double($0), comparison, Double(number))
            } ?? false
        case .fieldReference(let reference):
            // A keyword refers to nothing.
            return question.field != nil
                && ValueTests.refers(
                    reference.kind, cased: reference.cased, to: question.other, index, event,
                    &folded)
        case .isNull, .exists: return false
        }
    }

    private mutating func note(
        _ question: ResolvedCondition.Question, _ asked: String, _ index: Int,
        _ event: borrowing EventBuffer
    ) {
        let bytes = unsafe event.bytes(of: event.field(at: index))
        var text = unsafe String(decoding: bytes.prefix(Self.valueBytesMax), as: UTF8.self)
        if bytes.count > Self.valueBytesMax { text += "…" }
        matches.append(
            Alert.Match(
                selection: question.predicate.selection,
                field: question.field.map(event.names.name), value: text, asked: asked))
    }
}

extension Test {
    /// The rule's own words, in Sigma's notation.
    package var asked: String {
        switch self {
        case .text(let pattern):
            let cased = pattern.cased ? "|cased" : ""
            switch pattern.shape {
            case .exact(let bytes): return "\(cased) \(Self.text(bytes))"
            case .prefix(let bytes): return "|startswith\(cased) \(Self.text(bytes))"
            case .suffix(let bytes): return "|endswith\(cased) \(Self.text(bytes))"
            case .contains(let bytes): return "|contains\(cased) \(Self.text(bytes))"
            case .anything: return " *"
            case .glob:
                return pattern.pieces.reduce("\(cased) ") { text, piece in
                    switch piece {
                    case .anyRun: text + "*"
                    case .anyOne: text + "?"
                    case .literal(let bytes): text + Self.text(bytes)
                    }
                }
            }
        case .regex(let pattern): return "|re \(pattern.pattern)"
        case .cidr(let block): return "|cidr \(block.text)"
        case .compare(let comparison, let number): return "|\(comparison.sigma) \(number)"
        case .isNull: return " null"
        case .exists(let wanted): return "|exists \(wanted)"
        case .fieldReference(let reference): return "|fieldref \(reference.field)"
        case .timePart(let part, let comparison, let number):
            return "|\(part)|\(comparison.sigma) \(number)"
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Comparison {
    fileprivate var sigma: String {
        switch self {
        case .equal: "eq"
        case .notEqual: "neq"
        case .less: "lt"
        case .lessOrEqual: "lte"
        case .greater: "gt"
        case .greaterOrEqual: "gte"
        }
    }
}
