internal import Sigma
internal import Synchronization

/// The rules of a set: all at hand, or in a snapshot and read one by one as they are asked for.
final class RuleShelf: Sendable {
    let count: Int
    private let packed: PackedRules?
    private let whole: Mutex<[Rule]?>
    private let single = Mutex<[Int: Rule]>([:])

    init(_ rules: [Rule]) {
        count = rules.count
        packed = nil
        whole = Mutex(rules)
    }

    init(_ packed: PackedRules) {
        count = packed.count
        self.packed = packed
        whole = Mutex(nil)
    }

    /// Reads all that are still packed.
    var all: [Rule] {
        whole.withLock { whole in
            if let whole { return whole }
            let rules = packed.map { packed in (0..<packed.count).map { packed.rule($0) } } ?? []
            whole = rules
            return rules
        }
    }

    subscript(index: Int) -> Rule {
        if let known = whole.withLock({ $0?[index] }) { return known }
        guard let packed else { preconditionFailure("rules that are not packed are at hand") }
        return single.withLock { single in
            if let known = single[index] { return known }
            let rule = packed.rule(index)
            single[index] = rule
            return rule
        }
    }
}
