internal import CSIMD
package import Sigma

/// Tells why a rule fired: which selections held, by which field and value. Run only for alerts,
/// straight over the rule's own condition.
struct Explanation: ~Copyable {
    /// Longer values are cut around the match.
    static let valueBytesMax = 1024
    static let matchesMax = 32

    private(set) var matches: [Alert.Match] = []
    private let catalogue: RegexCatalogue

    init(_ catalogue: RegexCatalogue) { self.catalogue = catalogue }

    /// - Parameter renames: the rule's field → the event's field, for this event class.
    mutating func explain(
        _ condition: Expression, renames: [String: FieldID], event: borrowing EventBuffer,
        folded: inout FoldedValues, pool: inout RegexPool
    ) -> Bool {
        matches.removeAll(keepingCapacity: true)
        return holds(condition, renames, event, &folded, &pool, collecting: true)
    }

    private mutating func holds(
        _ expression: Expression, _ renames: [String: FieldID], _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool, collecting: Bool
    ) -> Bool {
        switch expression {
        case .all(let parts):
            let mark = matches.count
            for part in parts
            where !holds(part, renames, event, &folded, &pool, collecting: collecting) {
                matches.removeLast(matches.count - mark)
                return false
            }
            return true
        case .any(let parts):
            for part in parts
            where holds(part, renames, event, &folded, &pool, collecting: collecting) {
                return true
            }
            return false
        case .not(let part):
            return !holds(part, renames, event, &folded, &pool, collecting: false)
        case .test(let predicate):
            return test(predicate, renames, event, &folded, &pool, collecting: collecting)
        }
    }

    private mutating func test(
        _ predicate: Predicate, _ renames: [String: FieldID], _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool, collecting: Bool
    ) -> Bool {
        guard let name = predicate.field else {
            for index in 0..<event.fieldCount
            where event.field(at: index).kind != .null
                && passes(predicate.test, index, event, &folded, &pool)
            {
                if collecting { note(predicate, field: nil, index, event) }
                return true
            }
            return false
        }
        let field = renames[name] ?? event.names.find(name) ?? FieldNames.overflow
        let first = event.first(field)
        switch predicate.test {
        case .isNull: return event.isNull(first)
        case .exists(let wanted): return (first != nil) == wanted
        case .fieldReference(let reference) where reference.negated:
            var plain = reference
            plain.negated = false
            return !anyPasses(.fieldReference(plain), first, event, renames, &folded, &pool).passes
        default: break
        }
        let (passes, index) = anyPasses(predicate.test, first, event, renames, &folded, &pool)
        if passes, collecting, let index { note(predicate, field: field, index, event) }
        return passes
    }

    private func anyPasses(
        _ test: Test, _ first: Int?, _ event: borrowing EventBuffer,
        _ renames: [String: FieldID], _ folded: inout FoldedValues, _ pool: inout RegexPool
    ) -> (passes: Bool, index: Int?) {
        var index = first
        while let current = index {
            let field = event.field(at: current)
            if field.kind != .null {
                if case .fieldReference(let reference) = test {
                    let other = renames[reference.field] ?? event.names.find(reference.field)
                    if ValueTests.refers(
                        reference.kind, cased: reference.cased, to: other, current, event, &folded)
                    {
                        return (true, current)
                    }
                } else if passes(test, current, event, &folded, &pool) {
                    return (true, current)
                }
            }
            index = field.next == EventBuffer.none ? nil : Int(field.next)
        }
        return (false, nil)
    }

    private func passes(
        _ test: Test, _ index: Int, _ event: borrowing EventBuffer,
        _ folded: inout FoldedValues, _ pool: inout RegexPool
    ) -> Bool {
        let raw = unsafe event.bytes(of: event.field(at: index))
        switch test {
        case .text(let pattern):
            let value = unsafe pattern.cased ? raw : folded.value(at: index, of: event)
            return unsafe Self.matches(pattern, value)
        case .regex(let pattern):
            return catalogue[pattern].map { unsafe pool.matches($0, raw) } ?? false
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
        case .isNull, .exists, .fieldReference: return false
        }
    }

    private static func matches(
        _ pattern: TextPattern, _ value: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        switch pattern.shape {
        case .anything: return true
        case .exact(let bytes):
            return unsafe bytes.count == value.count && value.elementsEqual(bytes)
        case .prefix(let bytes):
            return unsafe bytes.count <= value.count
                && value.prefix(bytes.count).elementsEqual(bytes)
        case .suffix(let bytes):
            return unsafe bytes.count <= value.count
                && value.suffix(bytes.count).elementsEqual(bytes)
        case .contains(let bytes):
            guard let base = value.baseAddress else { return bytes.isEmpty }
            return unsafe kagari_find(base, value.count, bytes, bytes.count) >= 0
        case .glob: return unsafe Glob.matches(pattern, value)
        }
    }

    private mutating func note(
        _ predicate: Predicate, field: FieldID?, _ index: Int, _ event: borrowing EventBuffer
    ) {
        guard matches.count < Self.matchesMax else { return }
        let bytes = unsafe event.bytes(of: event.field(at: index))
        var text = unsafe String(decoding: bytes.prefix(Self.valueBytesMax), as: UTF8.self)
        if bytes.count > Self.valueBytesMax { text += "…" }
        matches.append(
            Alert.Match(
                selection: predicate.selection, field: field.map(event.names.name), value: text,
                asked: predicate.test.asked))
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
