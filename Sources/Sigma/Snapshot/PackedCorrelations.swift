extension PackedWriter {
    package mutating func add(_ correlations: [Correlation]) {
        add(count: correlations.count)
        for correlation in correlations {
            add(correlation.metadata)
            add(correlation.kind.rawValue)
            add(correlation.rules)
            add(correlation.groupBy)
            add(count: correlation.aliases.count)
            for (alias, fields) in correlation.aliases.sorted(by: { $0.key < $1.key }) {
                add(alias)
                add(fields)
            }
            add(UInt64(bitPattern: Int64(correlation.timespanSeconds)))
            add(count: correlation.conditions.count)
            for condition in correlation.conditions {
                add(byte: condition.comparison.code)
                add(condition.value.bitPattern)
            }
            add(correlation.ruleCondition != nil)
            if let condition = correlation.ruleCondition { add(condition, depth: 0) }
            add(correlation.fields)
            add(correlation.percentile != nil)
            if let percentile = correlation.percentile { add(percentile.bitPattern) }
            add(correlation.emitsAlerts)
        }
    }

    mutating func add(_ texts: [String: String]) {
        add(count: texts.count)
        for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
            add(key)
            add(value)
        }
    }

    private mutating func add(_ condition: RuleCondition, depth: Int) {
        guard depth < PackedReader.depthMax else { return refuse() }
        switch condition {
        case .rule(let id):
            add(byte: 0)
            add(id)
        case .all(let parts), .any(let parts):
            if case .all = condition { add(byte: 1) } else { add(byte: 2) }
            add(count: parts.count)
            for part in parts { add(part, depth: depth + 1) }
        case .not(let part):
            add(byte: 3)
            add(part, depth: depth + 1)
        }
    }
}

extension PackedReader {
    package mutating func correlations() throws(PackedFailure) -> [Correlation] {
        let count = try count(bytesEach: 32)
        var correlations: [Correlation] = []
        for _ in 0..<count { correlations.append(try correlation()) }
        return correlations
    }

    private mutating func correlation() throws(PackedFailure) -> Correlation {
        let metadata = try metadata()
        guard let kind = Correlation.Kind(rawValue: try text()) else { throw .invalid }
        let rules = try texts()
        let groupBy = try texts()
        var aliases: [String: [String: String]] = [:]
        for _ in 0..<(try count(bytesEach: 8)) {
            let alias = try text()
            aliases[alias] = try textPairs()
        }
        guard let timespan = Int(exactly: Int64(bitPattern: try long())) else { throw .invalid }
        var conditions: [(comparison: Comparison, value: Double)] = []
        for _ in 0..<(try count(bytesEach: 9)) {
            let comparison = try comparison()
            conditions.append((comparison, Double(bitPattern: try long())))
        }
        let ruleCondition = try flag() ? try ruleCondition(depth: 0) : nil
        let fields = try texts()
        let percentile = try flag() ? Double(bitPattern: try long()) : nil
        if let percentile, !(percentile >= 0 && percentile <= 100) { throw .invalid }
        return Correlation(
            metadata: metadata, kind: kind, rules: rules, groupBy: groupBy, aliases: aliases,
            timespanSeconds: timespan, conditions: conditions, ruleCondition: ruleCondition,
            fields: fields, percentile: percentile, emitsAlerts: try flag())
    }

    mutating func textPairs() throws(PackedFailure) -> [String: String] {
        var pairs: [String: String] = [:]
        for _ in 0..<(try count(bytesEach: 8)) {
            let key = try text()
            pairs[key] = try text()
        }
        return pairs
    }

    private mutating func ruleCondition(depth: Int) throws(PackedFailure) -> RuleCondition {
        guard depth < Self.depthMax else { throw .invalid }
        let tag = try byte()
        switch tag {
        case 0: return .rule(try text())
        case 1, 2:
            var parts: [RuleCondition] = []
            for _ in 0..<(try count(bytesEach: 1)) {
                parts.append(try ruleCondition(depth: depth + 1))
            }
            return tag == 1 ? .all(parts) : .any(parts)
        case 3: return .not(try ruleCondition(depth: depth + 1))
        default: throw .invalid
        }
    }
}
