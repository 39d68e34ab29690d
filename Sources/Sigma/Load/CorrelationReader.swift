/// A correlation whose references are still as written.
struct CorrelationDraft {
    var correlation: Correlation
    /// As written, with their places.
    var references: [(text: String, mark: YAMLMark)]
    var aliasReferences: [(alias: String, reference: String, mark: YAMLMark, field: String)]
    /// Over references as written.
    var condition: ConditionTree?
    var conditionNode: YAMLNode?
    /// The rules it refers to also make alerts of their own.
    var generates: Bool
    var path: String
}

/// Reads one correlation document.
///
/// - Source: Sigma correlation rules specification 2.1; `value_median`, `percentile`, conditions in
///   words, and `w`, `M`, `y` in timespans as pySigma has them.
struct CorrelationReader {
    var problems: ProblemList

    mutating func read(_ node: YAMLNode, _ metadata: RuleMetadata) -> CorrelationDraft? {
        guard let section = node["correlation"], section.pairs != nil else {
            problems.refuse(
                .wrongType, at: node["correlation"]?.mark ?? node.mark,
                "`correlation` must be a map")
            return nil
        }
        let kind = kind(section)
        let seconds = timespan(section)
        var references = references(section)
        var tree: ConditionTree?
        var measures: [(comparison: Comparison, value: Double)] = []
        var fields: [String] = []
        var percentile: Double?
        let isTemporal = kind == .temporal || kind == .temporalOrdered
        if let condition = section["condition"] {
            switch condition.content {
            case .mapping(let pairs):
                for pair in pairs { measure(pair, &measures, &fields, &percentile) }
                if measures.isEmpty {
                    problems.refuse(
                        .correlation, at: condition.mark,
                        "the condition compares nothing; give it `gte: 5` or the like")
                }
            case .scalar(let scalar):
                tree = words(condition, scalar.text, isTemporal: isTemporal)
            case .sequence:
                problems.refuse(
                    .wrongType, at: condition.mark, "the condition must be a map or text")
            }
        } else if !isTemporal, kind != nil {
            problems.refuse(
                .missingField, at: section.mark, "`condition` is missing; say how many are enough")
        }
        check(section, kind, fields: fields, percentile: percentile)
        if let tree { complete(&references, from: tree, section) }
        if references.isEmpty, !problems.isRefused {
            problems.refuse(
                .missingField, at: section.mark, "`rules` is missing; name the rules to correlate")
        }
        let aliases = aliases(section)
        let groupBy = names(section, "group-by")
        let generates = generate(node, section)
        guard let kind, let seconds, !problems.isRefused else { return nil }
        return CorrelationDraft(
            correlation: Correlation(
                metadata: metadata, kind: kind, rules: [], groupBy: groupBy, aliases: [:],
                timespanSeconds: seconds, conditions: measures, fields: fields,
                percentile: percentile),
            references: references, aliasReferences: aliases, condition: tree,
            conditionNode: section["condition"], generates: generates, path: problems.path)
    }

    private mutating func kind(_ section: YAMLNode) -> Correlation.Kind? {
        let names = Correlation.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let node = section["type"] else {
            problems.refuse(
                .missingField, at: section.mark, "`type` is missing; it is one of \(names)")
            return nil
        }
        guard let text = node.scalar?.text, let kind = Correlation.Kind(rawValue: text.lowercased())
        else {
            problems.refuse(.correlation, at: node.mark, "the type must be one of \(names)")
            return nil
        }
        return kind
    }

    private mutating func timespan(_ section: YAMLNode) -> Int? {
        guard let node = section["timespan"] else {
            problems.refuse(.missingField, at: section.mark, "`timespan` is missing; write `5m`")
            return nil
        }
        guard let text = node.scalar?.text, let seconds = Self.seconds(text) else {
            problems.refuse(
                .correlation, at: node.mark,
                "a timespan is a whole number above zero and one of s m h d w M y, such as `5m`")
            return nil
        }
        return seconds
    }

    /// A month is a twelfth of a Gregorian year of 365.2425 days.
    static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = [
            "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952,
        ]
        guard let last = text.last, let unit = units[last] else { return nil }
        let digits = text.dropLast()
        guard digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let count = Int(digits), count > 0 else {
            return nil
        }
        let (seconds, isTooLong) = count.multipliedReportingOverflow(by: unit)
        return isTooLong ? nil : seconds
    }

    private mutating func references(
        _ section: YAMLNode
    ) -> [(text: String, mark: YAMLMark)] {
        guard let node = section["rules"] else { return [] }
        guard node.items.count <= SigmaLimits.correlationRulesMax else {
            problems.refuse(
                .limit, at: node.mark,
                "a correlation has at most \(SigmaLimits.correlationRulesMax) rules")
            return []
        }
        return node.items.compactMap { item in
            guard let text = item.scalar?.text, !text.isEmpty else {
                problems.refuse(.wrongType, at: item.mark, "a rule is named by its id or name")
                return nil
            }
            return (text, item.mark)
        }
    }

    private mutating func measure(
        _ pair: YAMLPair, _ measures: inout [(comparison: Comparison, value: Double)],
        _ fields: inout [String], _ percentile: inout Double?
    ) {
        let comparisons: [String: Comparison] = [
            "eq": .equal, "neq": .notEqual, "lt": .less, "lte": .lessOrEqual, "gt": .greater,
            "gte": .greaterOrEqual,
        ]
        switch pair.key {
        case "field":
            fields = pair.value.items.compactMap { $0.isNull ? nil : $0.scalar?.text }
            if fields.isEmpty || fields.count != pair.value.items.count {
                problems.refuse(
                    .wrongType, at: pair.value.mark, "`field` is a field name or a list of them")
            }
        case "percentile":
            guard let value = number(pair.value), (0...100).contains(value) else {
                problems.refuse(
                    .correlation, at: pair.value.mark, "`percentile` is a number from 0 to 100")
                return
            }
            percentile = value
        default:
            guard let comparison = comparisons[pair.key] else {
                problems.refuse(
                    .correlation, at: pair.keyMark,
                    "`\(pair.key)` is no comparison; write eq, neq, lt, lte, gt or gte")
                return
            }
            guard let value = number(pair.value) else {
                problems.refuse(.correlation, at: pair.value.mark, "`\(pair.key)` takes a number")
                return
            }
            measures.append((comparison, value))
        }
    }

    /// A number, also in quotes.
    private func number(_ node: YAMLNode) -> Double? {
        guard let scalar = node.scalar, case .number(let value, _) = ScalarValue(plain: scalar.text)
        else { return nil }
        return value
    }

    private mutating func words(
        _ node: YAMLNode, _ text: String, isTemporal: Bool
    ) -> ConditionTree? {
        guard isTemporal else {
            problems.refuse(
                .correlation, at: node.mark,
                "a condition in words is for temporal and temporal_ordered; "
                    + "write a map such as `gte: 5`")
            return nil
        }
        do throws(ConditionParser.Failure) {
            return try ConditionParser.parse(text)
        } catch {
            problems.refuse(error.reason, at: node.mark(atTextOffset: error.offset), error.message)
            return nil
        }
    }

    /// Rules may be left out where the condition names them; where both are given they must agree.
    private mutating func complete(
        _ references: inout [(text: String, mark: YAMLMark)], from tree: ConditionTree,
        _ section: YAMLNode
    ) {
        guard let node = section["condition"] else { return }
        var named: [(String, Int)] = []
        guard Self.collectNames(tree, into: &named) else {
            problems.refuse(
                .correlation, at: node.mark,
                "a condition of a correlation names each rule; `of` is for selections")
            return
        }
        let isListed = section["rules"] != nil
        let listed = Set(references.map(\.text))
        var seen: Set<String> = []
        for (name, offset) in named where seen.insert(name).inserted {
            let mark = node.mark(atTextOffset: offset)
            if !isListed {
                references.append((name, mark))
            } else if !listed.contains(name) {
                problems.refuse(.correlation, at: mark, "`\(name)` is not in the list `rules`")
            }
        }
        for reference in references where !seen.contains(reference.text) {
            problems.refuse(
                .correlation, at: reference.mark, "the condition does not use `\(reference.text)`")
        }
    }

    private static func collectNames(
        _ tree: ConditionTree, into names: inout [(String, Int)]
    ) -> Bool {
        switch tree {
        case .name(let name, let offset): names.append((name, offset))
        case .quantified: return false
        case .not(let inner): return collectNames(inner, into: &names)
        case .all(let parts), .any(let parts):
            for part in parts where !collectNames(part, into: &names) { return false }
        }
        return true
    }

    private mutating func check(
        _ section: YAMLNode, _ kind: Correlation.Kind?, fields: [String], percentile: Double?
    ) {
        guard let kind else { return }
        let mark = section["condition"]?.mark ?? section.mark
        switch kind {
        case .valueCount, .valueSum, .valueAverage, .valuePercentile, .valueMedian:
            if fields.isEmpty {
                problems.refuse(
                    .missingField, at: mark, "\(kind.rawValue) needs `field` in its condition")
            } else if fields.count > 1, kind != .valueCount {
                problems.refuse(
                    .correlation, at: mark, "\(kind.rawValue) takes one field, not a list")
            }
        case .eventCount, .temporal, .temporalOrdered: break
        }
        if percentile != nil, kind != .valuePercentile {
            problems.warn(.style, at: mark, "`percentile` has a meaning for value_percentile only")
        }
    }

    private mutating func aliases(
        _ section: YAMLNode
    ) -> [(alias: String, reference: String, mark: YAMLMark, field: String)] {
        guard let node = section["aliases"], !node.isNull else { return [] }
        guard let aliases = node.pairs else {
            problems.refuse(.wrongType, at: node.mark, "`aliases` must be a map")
            return []
        }
        var found: [(alias: String, reference: String, mark: YAMLMark, field: String)] = []
        for alias in aliases {
            guard let targets = alias.value.pairs else {
                problems.refuse(
                    .wrongType, at: alias.value.mark, "an alias is a map from rule to field name")
                continue
            }
            for target in targets {
                guard let field = target.value.scalar?.text, !field.isEmpty else {
                    problems.refuse(.wrongType, at: target.value.mark, "this must be a field name")
                    continue
                }
                found.append((alias.key, target.key, target.keyMark, field))
            }
        }
        return found
    }

    private mutating func names(_ section: YAMLNode, _ key: String) -> [String] {
        guard let node = section[key] else { return [] }
        return node.items.compactMap { item in
            guard let text = item.scalar?.text, !text.isEmpty else {
                problems.refuse(.wrongType, at: item.mark, "`\(key)` is a list of field names")
                return nil
            }
            return text
        }
    }

    /// The specification has `generate` beside `correlation`, pySigma within it.
    private mutating func generate(_ node: YAMLNode, _ section: YAMLNode) -> Bool {
        guard let value = section["generate"] ?? node["generate"], !value.isNull else {
            return false
        }
        if let generates = value.scalar?.boolean { return generates }
        problems.refuse(.wrongType, at: value.mark, "`generate` is true or false")
        return false
    }
}
