internal import CSIMD
internal import Sigma

/// Lays out the program of one event class: triggers chosen, conditions as jump code, patterns
/// in the tables that the matcher searches.
struct ProgramBuilder {
    struct Tables {
        var blobs: [UInt8] = []
        var plans: [FieldPlanRow] = []
        var rules: [RuleRow] = []
        var atoms: [AtomRow] = []
        var code: [JumpOp] = []
        var triggers: [UInt32] = []
        /// Local numbers of rules that must be looked at for every event of the class.
        var always: [UInt32] = []
        var literals: [UInt8] = []
        var entries: [PatternEntry] = []
        /// Keywords found by the event-wide search, by the hash of what is searched; one start more
        /// than there are buckets.
        var keywords: [KeywordRow] = []
        var keywordBuckets: [UInt32] = []
        /// One, or none where no keyword is searched.
        var sweep: [kagari_teddy_tables] = []
        var tests: [TestRow] = []
        var searches: [SearchRow] = []
    }

    private let rules: [(rule: Int, expression: AtomExpression)]
    private var atoms: AtomTable
    private let model: GramModel
    private let names: FieldNames
    private let regexes: RegexCatalogue

    init(
        rules: [(rule: Int, expression: AtomExpression)], atoms: AtomTable, model: GramModel,
        names: FieldNames, regexes: RegexCatalogue
    ) {
        self.rules = rules
        self.atoms = atoms
        self.model = model
        self.names = names
        self.regexes = regexes
    }

    func build(activity: Activity, renames: [[[String: FieldID]]]) -> ClassProgram {
        var atoms = atoms
        var tables = Tables()
        var rulesOfAtom: [[UInt32]] = Array(repeating: [], count: atoms.keys.count)
        let choice = TriggerChoice(atoms: atoms, model: model)
        for (local, rule) in rules.enumerated() {
            if let found = choice.triggers(of: rule.expression) {
                for atom in Set(found.atoms).sorted() {
                    atoms.scan(atom)
                    rulesOfAtom[atom].append(UInt32(local))
                }
            } else {
                tables.always.append(UInt32(local))
            }
            scanLongLists(rule.expression, &atoms)
        }
        let plans = layPlans(atoms)
        for number in atoms.keys.indices {
            tables.atoms.append(
                row(number, atoms, plans, rulesOfAtom[number], &tables))
        }
        tables.plans = plans.map { FieldPlanRow(field: $0.rawValue) }
        for plan in tables.plans.indices {
            PatternLayout(model: model, atoms: atoms).lay(plan, &tables)
            if tables.plans[plan].scans {
                tables.searches.append(
                    SearchRow(field: tables.plans[plan].field, plan: UInt32(plan)))
            }
        }
        KeywordLayout(model: .record).lay(
            atoms.keys.indices.filter { atoms.keys[$0].field == nil && atoms.scanned.contains($0) },
            &tables)
        let order = EvaluationOrder(atoms: atoms, choice: choice)
        for rule in rules {
            var code = JumpCode(ops: tables.code, atoms: atoms, order: order)
            let entry = code.emit(rule.expression, ifTrue: JumpOp.fires, ifFalse: JumpOp.fails)
            tables.code = code.ops
            tables.rules.append(RuleRow(rule: UInt32(rule.rule), entry: entry))
        }
        return ClassProgram(
            activity: activity, renames: renames, image: ProgramImage(tables))
    }

    /// Lists of many alternatives are cheaper to search all at once than one by one, as long as
    /// what is searched does not stand in every other value.
    private func scanLongLists(_ expression: AtomExpression, _ atoms: inout AtomTable) {
        switch expression {
        case .constant: return
        case .atom(let atom):
            // Anchored patterns cost one hash for all of them together.
            if atoms.keys[atom].field != nil,
                let (kind, literal) = AtomTable.plainLiteral(atoms.keys[atom].test),
                kind != .contains, kind == .exact || !literal.isEmpty
            {
                atoms.scan(atom)
            }
        case .not(let part): scanLongLists(part, &atoms)
        case .all(let parts), .any(let parts):
            if parts.count > ClassCompiler.longList {
                let choice = TriggerChoice(atoms: atoms, model: model)
                for case .atom(let atom) in parts where choice.isRare(atom) { atoms.scan(atom) }
            }
            for part in parts { scanLongLists(part, &atoms) }
        }
    }

    private func layPlans(_ atoms: AtomTable) -> [FieldID] {
        var seen: Set<FieldID> = []
        var plans: [FieldID] = []
        for key in atoms.keys {
            if let field = key.field, seen.insert(field).inserted { plans.append(field) }
        }
        return plans.sorted { $0.rawValue < $1.rawValue }
    }

    private func row(
        _ number: Int, _ atoms: AtomTable, _ plans: [FieldID], _ rules: [UInt32],
        _ tables: inout Tables
    ) -> AtomRow {
        let key = atoms.keys[number]
        let plan = key.field.map { field in
            UInt16(plans.binaryIndex { $0.rawValue < field.rawValue })
        }
        var row = AtomRow(
            kind: .test, plan: plan ?? AtomRow.keywordPlan, literalStart: 0, literalCount: 0,
            test: 0, triggerStart: UInt32(tables.triggers.count), triggerCount: UInt32(rules.count))
        tables.triggers += rules
        if let (kind, literal) = AtomTable.plainLiteral(key.test) {
            row.kind = AtomRow.Kind(rawValue: kind.rawValue) ?? .test
            row.literalStart = UInt32(tables.literals.count)
            row.literalCount = UInt32(literal.count)
            tables.literals += literal
        } else {
            row.test = UInt32(tables.tests.count)
            tables.tests.append(
                TestRow(
                    key.test, names: names, literals: &tables.literals, regexes: regexes))
        }
        return row
    }
}

extension Array {
    /// The first index whose element is not before; the array is sorted by `isBefore`.
    fileprivate func binaryIndex(_ isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Which part of a condition to ask first: what is already known, then what is cheap.
struct EvaluationOrder {
    private let cost: [Double]
    private let rate: [Double]

    init(atoms: AtomTable, choice: TriggerChoice) {
        cost = atoms.keys.enumerated().map { number, key in
            if atoms.scanned.contains(number) { return 1 }
            switch key.test {
            case .text(let pattern): return pattern.shape == .glob ? 60 : 20
            case .isNull, .exists, .compare: return 5
            case .cidr, .fieldReference, .timePart: return 40
            case .regex: return 1000
            }
        }
        rate = atoms.keys.indices.map { choice.rate(of: $0) ?? 0.3 }
    }

    /// (expected cost, probability of holding)
    func weight(_ expression: AtomExpression) -> (cost: Double, rate: Double) {
        switch expression {
        case .constant(let value): return (0, value ? 1 : 0)
        case .atom(let atom): return (cost[atom], min(rate[atom], 1))
        case .not(let part):
            let (cost, rate) = weight(part)
            return (cost, 1 - rate)
        case .all(let parts):
            return parts.reduce((0, 1)) { sum, part in
                let (cost, rate) = weight(part)
                return (sum.0 + cost * sum.1, sum.1 * rate)
            }
        case .any(let parts):
            return parts.reduce((0, 0)) { sum, part in
                let (cost, rate) = weight(part)
                return (sum.0 + cost * (1 - sum.1), sum.1 + rate * (1 - sum.1))
            }
        }
    }

    /// Parts of an `all` by cost over the chance to end it; of an `any` likewise.
    func sorted(_ parts: [AtomExpression], endsOn value: Bool) -> [AtomExpression] {
        let keyed = parts.enumerated().map { index, part in
            let (cost, rate) = weight(part)
            return (key: cost / max(value ? rate : 1 - rate, 0.01), index: index, part: part)
        }
        return keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.part)
    }
}

/// A condition as short-circuit jumps: each op asks one atom and says where to go.
struct JumpCode {
    private(set) var ops: [JumpOp]
    let atoms: AtomTable
    let order: EvaluationOrder

    init(ops: [JumpOp], atoms: AtomTable, order: EvaluationOrder) {
        self.ops = ops
        self.atoms = atoms
        self.order = order
    }

    /// - Returns: where to start; code is laid back to front so that targets are known.
    mutating func emit(_ expression: AtomExpression, ifTrue: UInt32, ifFalse: UInt32) -> UInt32 {
        switch expression {
        case .constant(let value): return value ? ifTrue : ifFalse
        case .not(let part): return emit(part, ifTrue: ifFalse, ifFalse: ifTrue)
        case .atom(let atom):
            let scanned = atoms.scanned.contains(atom) ? JumpOp.scannedBit : 0
            ops.append(JumpOp(atom: UInt32(atom) | scanned, ifTrue: ifTrue, ifFalse: ifFalse))
            return UInt32(ops.count - 1)
        case .all(let parts):
            var next = ifTrue
            for part in order.sorted(parts, endsOn: false).reversed() {
                next = emit(part, ifTrue: next, ifFalse: ifFalse)
            }
            return next
        case .any(let parts):
            var next = ifFalse
            for part in order.sorted(parts, endsOn: true).reversed() {
                next = emit(part, ifTrue: ifTrue, ifFalse: next)
            }
            return next
        }
    }
}
