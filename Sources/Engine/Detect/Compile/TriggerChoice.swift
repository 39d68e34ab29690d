/// For each rule the cheapest set of atoms of which at least one holds whenever the rule holds.
///
/// Only these atoms are searched for in every event; a rule none of whose triggers was found is
/// never looked at. So the cost of an event grows with what it contains, not with the rules.
struct TriggerChoice {
    let atoms: AtomTable
    let model: GramModel

    /// Above this estimated rate a trigger is worth no more than looking at the rule every time.
    static let uselessRate = 0.9

    struct Triggers {
        var rate: Double
        var atoms: [Int]
    }

    /// Nil when the condition can hold without any findable atom (for instance only negations).
    func triggers(of expression: AtomExpression) -> Triggers? {
        switch expression {
        case .constant, .not: return nil
        case .atom(let atom):
            return rate(of: atom).map { Triggers(rate: $0, atoms: [atom]) }
        case .all(let parts):
            var best: Triggers?
            for part in parts {
                guard let found = triggers(of: part) else { continue }
                if best.map({ found.rate < $0.rate }) ?? true { best = found }
            }
            return best
        case .any(let parts):
            var union = Triggers(rate: 0, atoms: [])
            for part in parts {
                guard let found = triggers(of: part) else { return nil }
                union.rate += found.rate
                union.atoms += found.atoms
            }
            return union
        }
    }

    /// Text that can be searched in every event at next to no cost: hardly any has it.
    func isRare(_ atom: Int) -> Bool {
        guard let (_, literal) = AtomTable.plainLiteral(atoms.keys[atom].test),
            literal.count >= 6, let rate = rate(of: atom)
        else { return false }
        return rate < 0.01
    }

    /// Estimated share of events in which the atom holds, nil when no matcher can find it.
    /// A little is added for what searching costs.
    func rate(of atom: Int) -> Double? {
        let key = atoms.keys[atom]
        guard let (kind, literal) = AtomTable.plainLiteral(key.test) else { return nil }
        if key.field == nil {
            guard kind == .contains else { return nil }
            return KeywordLayout.fragment(of: literal) == nil
                ? nil : model.rate(of: literal) + 0.001
        }
        switch kind {
        case .exact: return literal.isEmpty ? 0.3 : model.rate(of: literal) * 0.5
        case .prefix: return literal.count >= 1 ? model.rate(of: literal) * 0.8 : nil
        case .suffix: return literal.count >= 1 ? model.rate(of: literal) * 0.8 : nil
        case .contains:
            guard literal.count >= 2 else { return nil }
            return model.rate(of: literal) + (literal.count < 4 ? 0.2 : 0.0005)
        }
    }
}
