/// Turns the `detection` section of a rule, or the `filter` section of a filter, into one
/// expression. Reads all selections before it gives up, so every problem is told at once.
struct DetectionReader {
    struct Selection {
        var expression: Expression
        var predicateCount: Int
        var mark: YAMLMark
    }

    let placeholders: Placeholders
    let validateRegex: (@Sendable (RegexPattern) -> String?)?
    var problems: ProblemList
    /// Selections that a condition names or a pattern covers.
    private(set) var usedSelections: Set<String> = []
    private var selections: [(name: String, selection: Selection)] = []
    private var byName: [String: Int] = [:]
    private var byteCount = 0
    private var predicateCount = 0
    /// The rule asked for too much, which was told once; the rest of it is not read.
    private var isExhausted = false

    init(
        placeholders: Placeholders, validateRegex: (@Sendable (RegexPattern) -> String?)?,
        problems: ProblemList
    ) {
        self.placeholders = placeholders
        self.validateRegex = validateRegex
        self.problems = problems
    }

    /// - Parameter reserved: keys of the section that are no selections.
    /// - Returns: nil where anything was refused.
    mutating func read(_ section: YAMLNode, reserved: Set<String>) -> Expression? {
        guard let pairs = section.pairs else {
            problems.refuse(
                .wrongType, at: section.mark,
                "this must be a map of selections, not \(section.typeName)")
            return nil
        }
        guard pairs.count <= SigmaLimits.selectionsMax else {
            problems.refuse(
                .limit, at: section.mark,
                "there are more than \(SigmaLimits.selectionsMax) selections")
            return nil
        }
        var names: Set<String> = []
        for pair in pairs where !reserved.contains(pair.key) {
            guard isShort(pair.key, pair.keyMark) else { continue }
            names.insert(pair.key)
            let before = predicateCount
            if let expression = selection(pair.value, named: pair.key) {
                byName[pair.key] = selections.count
                selections.append(
                    (
                        pair.key,
                        Selection(
                            expression: expression, predicateCount: predicateCount - before,
                            mark: pair.keyMark)
                    ))
            }
        }
        guard let condition = section["condition"] else {
            problems.refuse(
                .missingField, at: section.mark,
                "`condition` is missing; say which selections must match")
            return nil
        }
        return conditions(condition, declared: names)
    }

    var unusedSelections: [(name: String, mark: YAMLMark)] {
        selections.filter { !usedSelections.contains($0.name) && !$0.name.hasPrefix("_") }
            .map { ($0.name, $0.selection.mark) }
    }

    private mutating func isShort(_ name: String, _ mark: YAMLMark) -> Bool {
        guard name.utf8.count > SigmaLimits.nameBytesMax else { return true }
        problems.refuse(
            .limit, at: mark, "a name has at most \(SigmaLimits.nameBytesMax) bytes")
        return false
    }

    // MARK: selections

    private mutating func selection(_ node: YAMLNode, named name: String) -> Expression? {
        switch node.content {
        case .mapping(let pairs):
            guard !pairs.isEmpty else { return emptySelection(name, node.mark) }
            var parts: [Expression] = []
            for pair in pairs {
                if let part = item(pair, in: name) { parts.append(part) }
            }
            guard parts.count == pairs.count else { return nil }
            return parts.count == 1 ? parts[0] : .all(parts)
        case .sequence(let items):
            guard !items.isEmpty else { return emptySelection(name, node.mark) }
            var parts: [Expression] = []
            for item in items {
                if let part = selection(item, named: name) { parts.append(part) }
            }
            guard parts.count == items.count else { return nil }
            return parts.count == 1 ? parts[0] : .any(flattened(parts))
        case .scalar:
            if node.isNull {
                problems.refuse(
                    .wrongType, at: node.mark,
                    "the selection `\(name)` has an empty entry; give it a field or a keyword")
                return nil
            }
            let pair = YAMLPair(key: "", keyMark: node.mark, keyIsQuoted: false, value: node)
            return item(pair, in: name)
        }
    }

    /// Keywords in a list are read one by one; they read better, and match faster, as one `any`.
    private func flattened(_ parts: [Expression]) -> [Expression] {
        parts.flatMap { part -> [Expression] in
            if case .any(let inner) = part { return inner }
            return [part]
        }
    }

    private mutating func emptySelection(_ name: String, _ mark: YAMLMark) -> Expression? {
        problems.refuse(
            .wrongType, at: mark, "the selection `\(name)` is empty; give it a field or a keyword")
        return nil
    }

    /// One `field|modifiers: values` of a map.
    private mutating func item(_ pair: YAMLPair, in selection: String) -> Expression? {
        guard isShort(pair.key, pair.keyMark) else { return nil }
        let key: FieldKey
        do throws(FieldKey.Failure) {
            key = try FieldKey(pair.key)
        } catch {
            switch error {
            case .unknown(let name, let offset):
                problems.refuse(
                    .unknownModifier, at: pair.keyMark(atOffset: offset),
                    "there is no modifier `\(name)` in Sigma 2.1")
            case .tooMany(let offset):
                problems.refuse(
                    .limit, at: pair.keyMark(atOffset: offset),
                    "a field takes at most \(SigmaLimits.modifiersPerFieldMax) modifiers")
            }
            return nil
        }
        var nodes: [YAMLNode] = []
        guard collectValues(pair.value, into: &nodes) else { return nil }
        guard !nodes.isEmpty else {
            problems.refuse(
                .wrongType, at: pair.value.mark,
                "the list of values is empty; write `null` where the field must be absent")
            return nil
        }
        if key.has(.all), nodes.count == 1 {
            problems.warn(.style, at: pair.keyMark, "`all` has no effect on a single value")
        }
        var values: [Expression] = []
        for node in nodes {
            if let value = value(node, key, pair, selection) { values.append(value) }
        }
        guard values.count == nodes.count else { return nil }
        let joined: Expression
        if values.count == 1 {
            joined = values[0]
        } else {
            joined = key.has(.all) ? .all(values) : .any(flattened(values))
        }
        return key.has(.neq) ? .not(joined) : joined
    }

    /// The scalars of a value or list; lists within the list are taken as one list.
    private mutating func collectValues(_ node: YAMLNode, into nodes: inout [YAMLNode]) -> Bool {
        switch node.content {
        case .scalar:
            nodes.append(node)
            return true
        case .sequence(let items):
            return items.allSatisfy { collectValues($0, into: &nodes) }
        case .mapping:
            problems.refuse(
                .wrongType, at: node.mark,
                "a field takes a value or a list of values, not a map; "
                    + "write nested fields with dots (`a.b`)")
            return false
        }
    }

    /// One written value: a test, or several of which any may pass.
    private mutating func value(
        _ node: YAMLNode, _ key: FieldKey, _ pair: YAMLPair, _ selection: String
    ) -> Expression? {
        guard !isExhausted, var values = startValues(node, key) else { return nil }
        var isFirst = true
        for part in key.parts {
            do throws(ModifierMisuse) {
                var next: [ModifiedValue] = []
                for value in values {
                    next += try value.applying(part.modifier, isFirst: isFirst)
                }
                let bytes = next.reduce(0) { $0 + $1.byteCount }
                guard next.count <= SigmaLimits.expansionsPerValueMax,
                    bytes <= SigmaLimits.expandedBytesMax
                else {
                    throw ModifierMisuse(
                        reason: .limit,
                        message: "the modifiers make more than "
                            + "\(SigmaLimits.expansionsPerValueMax) values of this one, or "
                            + "\(SigmaLimits.expandedBytesMax >> 20) MiB of them")
                }
                values = next
            } catch {
                let isAboutValue = error.reason == .cidr
                problems.refuse(
                    error.reason,
                    at: isAboutValue ? node.mark : pair.keyMark(atOffset: part.offset),
                    error.message)
                return nil
            }
            if !part.modifier.isAboutList { isFirst = false }
        }
        guard allowed(values, key, node) else { return nil }
        let tests = values.flatMap { $0.tests(isKeyword: key.field == nil && !isAnchored(key)) }
        predicateCount += tests.count
        for value in values { byteCount += value.byteCount }
        guard predicateCount <= SigmaLimits.predicatesPerRuleMax,
            byteCount <= SigmaLimits.expandedBytesMax
        else {
            isExhausted = true
            problems.refuse(
                .limit, at: node.mark,
                "the rule has more than \(SigmaLimits.predicatesPerRuleMax) values or "
                    + "\(SigmaLimits.expandedBytesMax >> 20) MiB of them")
            return nil
        }
        let predicates = tests.map {
            Expression.test(Predicate(field: key.field, test: $0, selection: selection))
        }
        return predicates.count == 1 ? predicates[0] : .any(predicates)
    }

    private func isAnchored(_ key: FieldKey) -> Bool {
        key.parts.contains {
            $0.modifier == .contains || $0.modifier == .startswith || $0.modifier == .endswith
        }
    }

    /// The value before modifiers. What `re` and `expand` take must be seen before wildcards are.
    private mutating func startValues(_ node: YAMLNode, _ key: FieldKey) -> [ModifiedValue]? {
        guard let scalar = node.scalar else { return nil }
        guard scalar.text.utf8.count <= SigmaLimits.valueBytesMax else {
            problems.refuse(
                .limit, at: node.mark, "a value has at most \(SigmaLimits.valueBytesMax) bytes")
            return nil
        }
        if key.has(.exists), let answer = scalar.boolean { return [.boolean(answer, written: "")] }
        let isText = scalar.value == .text
        let isRegex = key.has(.re) && isText
        do throws(Placeholders.Failure) {
            guard key.has(.expand), isText else {
                if isRegex { return [.regex(RegexPattern(pattern: scalar.text))] }
                return [ModifiedValue(scalar)]
            }
            if isRegex {
                return try placeholders.expandRegex(scalar.text).map {
                    .regex(RegexPattern(pattern: $0))
                }
            }
            return try placeholders.expand(scalar.text).map { .text($0, cased: false) }
        } catch {
            switch error {
            case .noValues(let name):
                problems.refuse(
                    .placeholder, at: node.mark,
                    "the placeholder `%\(name)%` has no values; give it some to use this rule")
            case .tooMany:
                problems.refuse(
                    .limit, at: node.mark,
                    "the placeholders make more than \(SigmaLimits.expansionsPerValueMax) "
                        + "values of this one")
            }
            return nil
        }
    }

    /// What only the finished value shows.
    private mutating func allowed(
        _ values: [ModifiedValue], _ key: FieldKey, _ node: YAMLNode
    ) -> Bool {
        for value in values {
            switch value {
            case .regex(let pattern):
                if let refusal = validateRegex?(pattern) {
                    problems.refuse(.regex, at: node.mark, refusal)
                    return false
                }
            case .null, .compare, .exists, .fieldReference, .timePart:
                if key.field == nil {
                    problems.refuse(
                        .modifierMisuse, at: node.mark,
                        "\(value.typeName) needs a field; a keyword is text, a regular expression "
                            + "or an address block")
                    return false
                }
            case .text, .number, .boolean, .cidr: break
            }
        }
        return true
    }

    // MARK: conditions

    private mutating func conditions(_ node: YAMLNode, declared: Set<String>) -> Expression? {
        var parts: [Expression] = []
        var total = 0
        let items = node.items
        guard !items.isEmpty, node.pairs == nil else {
            problems.refuse(.condition, at: node.mark, "the condition is empty; name a selection")
            return nil
        }
        for item in items {
            guard let text = item.scalar?.text else {
                problems.refuse(
                    .wrongType, at: item.mark, "a condition is text, not \(item.typeName)")
                continue
            }
            do throws(ConditionParser.Failure) {
                let tree = try ConditionParser.parse(text)
                parts.append(try resolve(tree, declared: declared, total: &total))
            } catch {
                problems.refuse(
                    error.reason, at: item.mark(atTextOffset: error.offset), error.message)
            }
        }
        guard parts.count == items.count, !problems.isRefused else { return nil }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func resolve(
        _ tree: ConditionTree, declared: Set<String>, total: inout Int
    ) throws(ConditionParser.Failure) -> Expression {
        switch tree {
        case .not(let inner): return .not(try resolve(inner, declared: declared, total: &total))
        case .all(let parts), .any(let parts):
            var expressions: [Expression] = []
            for part in parts {
                expressions.append(try resolve(part, declared: declared, total: &total))
            }
            if case .all = tree { return .all(expressions) }
            return .any(expressions)
        case .name(let name, let offset):
            guard declared.contains(name) else {
                throw ConditionParser.Failure(
                    reason: .unknownSelection,
                    message: "the condition names `\(name)`, which is no selection of this rule",
                    offset: offset)
            }
            return try expression(of: [name], offset: offset, total: &total)[0]
        case .quantified(let isAll, let pattern, let offset):
            let names = declared.filter { Self.covers(pattern, $0) }
            guard !names.isEmpty else {
                throw ConditionParser.Failure(
                    reason: .unknownSelection,
                    message: "no selection of this rule matches `\(pattern)`", offset: offset)
            }
            // In written order, so that the same file always gives the same expression.
            let ordered = selections.map(\.name).filter(names.contains)
            let parts = try expression(of: ordered, offset: offset, total: &total)
            if parts.count == 1 { return parts[0] }
            return isAll ? .all(parts) : .any(parts)
        }
    }

    private mutating func expression(
        of names: [String], offset: Int, total: inout Int
    ) throws(ConditionParser.Failure) -> [Expression] {
        var parts: [Expression] = []
        for name in names {
            usedSelections.insert(name)
            // A selection that was refused has told its problem; the rule is lost either way.
            guard let index = byName[name] else { continue }
            total += selections[index].selection.predicateCount
            guard total <= SigmaLimits.predicatesPerRuleMax else {
                throw ConditionParser.Failure(
                    reason: .limit,
                    message: "the condition asks for more than "
                        + "\(SigmaLimits.predicatesPerRuleMax) values",
                    offset: offset)
            }
            parts.append(selections[index].selection.expression)
        }
        return parts.isEmpty ? [.all([])] : parts
    }

    /// `them` is every selection whose name does not start with an underscore; a pattern covers
    /// such names only when it starts with one itself.
    private static func covers(_ pattern: String, _ name: String) -> Bool {
        if pattern.lowercased() == "them" { return !name.hasPrefix("_") }
        guard pattern.hasPrefix("_") || !name.hasPrefix("_") else { return false }
        let parts = pattern.utf8.split(
            separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        var rest = Array(name.utf8)[...]
        guard parts.count > 1 else { return Array(pattern.utf8) == Array(name.utf8) }
        guard rest.starts(with: parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let start = rest.indices.first(where: { rest[$0...].starts(with: part) }) else {
                return false
            }
            rest = rest[(start + part.count)...]
        }
        guard let last = parts.last, rest.count >= last.count else { return false }
        return rest.suffix(last.count).elementsEqual(last)
    }
}
