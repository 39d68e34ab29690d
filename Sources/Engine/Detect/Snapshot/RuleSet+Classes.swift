internal import Sigma

extension RuleSet {
    /// Compiles ahead of time what mappings and rules name, at most as many classes as a snapshot
    /// holds. Events of other classes still have their program compiled when they come.
    ///
    /// - Returns: how many classes are compiled now.
    package func compileNamedClasses() -> Int {
        var keys: [ClassKey] = []
        var seen: Set<ClassKey> = []
        for source in sources.indices {
            for key in namedClasses(source) where seen.insert(key).inserted { keys.append(key) }
        }
        for key in keys.prefix(StoredPrograms.classesMax) { _ = program(for: key) }
        return compiledClasses
    }

    /// For each log source of a mapping the class values it names; where it names none, those that
    /// rules for the log source ask about, and "any other".
    private func namedClasses(_ source: Int) -> [ClassKey] {
        let plan = sources[source]
        var keys = [
            ClassKey(
                source: source, values: plan.classFields.map { _ in .other }, isSeveral: false)
        ]
        for entry in plan.entries {
            var asked = plan.classFields.map { _ in Set<[UInt8]>() }
            if entry.when.contains(where: { $0 == nil }) {
                for rule in rules where rule.logsource.accepts(entry.logsource) {
                    gather(rule.condition, plan, entry, &asked)
                }
            }
            var rows: [[ClassKey.Value]] = [[]]
            for (position, accepted) in entry.when.enumerated() {
                let known = (accepted ?? asked[position]).sorted {
                    $0.lexicographicallyPrecedes($1)
                }
                var choices = known.map { ClassKey.Value.known($0) }
                if accepted == nil { choices.append(.other) }
                rows = rows.flatMap { row in choices.map { row + [$0] } }
            }
            keys += rows.map { ClassKey(source: source, values: $0, isSeveral: false) }
        }
        return keys
    }

    private func gather(
        _ expression: Expression, _ plan: SourcePlan, _ entry: SourcePlan.Entry,
        _ asked: inout [Set<[UInt8]>]
    ) {
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { gather(part, plan, entry, &asked) }
        case .not(let part): gather(part, plan, entry, &asked)
        case .test(let predicate):
            guard let name = predicate.field, let field = entry.fields[name] ?? names.find(name),
                let position = plan.classFields.firstIndex(of: field),
                case .text(let pattern) = predicate.test, !pattern.cased,
                case .exact(let literal) = pattern.shape,
                plan.knownValues[position].contains(literal)
            else { return }
            asked[position].insert(literal)
        }
    }
}
