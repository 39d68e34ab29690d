internal import Sigma

/// What an event class is known by: its source and the values of the source's class fields.
struct ClassKey: Hashable, Sendable {
    /// A class field's value, as far as rules and mappings can tell values apart.
    enum Value: Hashable, Sendable {
        case absent
        /// Present, but no rule or mapping names this value.
        case other
        /// Folded text.
        case known([UInt8])
    }
    var source: Int
    var values: [Value]
    /// The event has one of the class fields more than once, so that its first value decides the
    /// class but cannot rule anything out.
    var isSeveral: Bool
}

/// Turns the rules that apply to one event class into a program.
///
/// Everything the class already decides (log source, EventID, Channel …) is evaluated here, so a
/// rule for another event vanishes; for Sysmon process creation about 1,400 of 2,850 rules stay.
struct ClassCompiler {
    let rules: [Rule]
    let source: SourcePlan
    let names: FieldNames
    let regexes: RegexCatalogue
    let model: GramModel
    /// Lists longer than this are scanned whole rather than searched one by one per candidate.
    static let longList = 6

    func compile(_ key: ClassKey) -> ClassProgram {
        let entries = source.entries(for: key.values)
        var table = AtomTable()
        var compiled: [(rule: Int, expression: AtomExpression)] = []
        var renamesOfRule: [[[String: FieldID]]] = []
        for index in rules.indices {
            let renames = self.renames(for: rules[index].logsource, in: entries)
            guard !renames.isEmpty else { continue }
            let folding = ConstantFolding(
                key: key, source: source, names: names, regexes: regexes)
            let expression = AtomExpression.anyOf(
                renames.map { folding.fold(rules[index].condition, renames: $0, &table) })
            if expression != .constant(false) {
                compiled.append((index, expression))
                renamesOfRule.append(renames)
            }
        }
        let builder = ProgramBuilder(
            rules: compiled, atoms: table, model: model, names: names,
            regexes: regexes)
        let activity = entries.lazy.compactMap(\.activity).first ?? .other
        return builder.build(activity: activity, renames: renamesOfRule)
    }

    /// The distinct renames under which a rule applies; a native entry makes extra ones needless.
    private func renames(
        for logsource: Logsource, in entries: [SourcePlan.Entry]
    ) -> [[String: FieldID]] {
        let fitting = entries.filter { logsource.accepts($0.logsource) }
        if fitting.isEmpty { return [] }
        let native = fitting.filter { !$0.isExtra }
        var renames: [[String: FieldID]] = []
        for entry in native.isEmpty ? fitting : native where !renames.contains(entry.fields) {
            renames.append(entry.fields)
        }
        return renames
    }
}

/// A rule's condition with what the class decides already decided.
struct ConstantFolding {
    let key: ClassKey
    let source: SourcePlan
    let names: FieldNames
    let regexes: RegexCatalogue

    func fold(
        _ expression: Expression, renames: [String: FieldID], _ table: inout AtomTable
    ) -> AtomExpression {
        switch expression {
        case .all(let parts):
            return .allOf(parts.map { fold($0, renames: renames, &table) })
        case .any(let parts):
            return .anyOf(parts.map { fold($0, renames: renames, &table) })
        case .not(let part):
            return .negation(fold(part, renames: renames, &table))
        case .test(let predicate):
            return fold(predicate, renames: renames, &table)
        }
    }

    private func fold(
        _ predicate: Predicate, renames: [String: FieldID], _ table: inout AtomTable
    ) -> AtomExpression {
        guard let name = predicate.field else {
            return atoms(field: nil, predicate.test, &table)
        }
        // Every name a rule uses is in the catalogue before classes are compiled.
        let field = renames[name] ?? names.find(name) ?? FieldNames.overflow
        if let decided = decided(field, predicate.test) { return .constant(decided) }
        var test = predicate.test
        if case .fieldReference(var reference) = test, let renamed = renames[reference.field] {
            reference.field = names.name(renamed)
            test = .fieldReference(reference)
        }
        return atoms(field: field, test, &table)
    }

    /// What the class's own values say, nil when the event has to be asked.
    private func decided(_ field: FieldID, _ test: Test) -> Bool? {
        guard let position = source.classFields.firstIndex(of: field) else { return nil }
        switch key.values[position] {
        case .other: return nil
        case .absent:
            switch test {
            case .text, .regex, .cidr: return false
            case .isNull: return true
            case .exists(let wanted): return !wanted
            default: return nil
            }
        case .known(let folded):
            switch test {
            case .text(let pattern) where !pattern.cased:
                let holds = Glob.matches(pattern, folded)
                return holds ? true : key.isSeveral ? nil : false
            case .isNull: return nil
            case .exists(let wanted): return wanted
            default: return nil
            }
        }
    }

    /// The atom of a test, joined with quick necessary literals where the test itself is slow.
    private func atoms(
        field: FieldID?, _ test: Test, _ table: inout AtomTable
    ) -> AtomExpression {
        let atom = AtomExpression.atom(table.number(.init(field: field, test: test)))
        let needed = necessaryLiterals(of: test)
        guard !needed.isEmpty else { return atom }
        let quick = needed.map { pattern in
            AtomExpression.atom(table.number(.init(field: field, test: .text(pattern))))
        }
        return .allOf([.anyOf(quick), atom])
    }

    /// Plain patterns of which at least one must match for a slow test to pass.
    private func necessaryLiterals(of test: Test) -> [TextPattern] {
        switch test {
        case .regex(let pattern):
            guard let literals = regexes.regex(pattern)?.requiredLiterals else { return [] }
            return literals.map {
                TextPattern(pieces: [.anyRun, .literal($0), .anyRun], cased: false)
            }
        case .text(let pattern) where pattern.shape == .glob || pattern.cased:
            if pattern.cased, pattern.shape != .glob, pattern.shape != .anything {
                return [Self.folded(pattern)]
            }
            var longest: [UInt8] = []
            for case .literal(let bytes) in pattern.pieces where bytes.count > longest.count {
                longest = bytes
            }
            guard longest.count >= 2 else { return [] }
            return [
                TextPattern(
                    pieces: [.anyRun, .literal(CaseFolding.fold(longest)), .anyRun], cased: false)
            ]
        default: return []
        }
    }

    private static func folded(_ pattern: TextPattern) -> TextPattern {
        TextPattern(
            pieces: pattern.pieces.map {
                if case .literal(let bytes) = $0 { .literal(CaseFolding.fold(bytes)) } else { $0 }
            }, cased: false)
    }
}
