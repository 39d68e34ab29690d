import Sigma

/// Why a correlation does not run.
package struct CorrelationRefusal: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case noRules
        case unknownRule(String)
        /// It refers to itself, directly or through others.
        case cycle
        case noCondition
        case noField
        case timespan
        /// The condition needs more matches in one group than are held.
        case threshold
        case percentile
        /// `temporal_ordered` with an extended condition has no defined meaning.
        case orderedCondition
        /// A condition names a rule that is not among `rules`.
        case conditionRule(String)
    }

    package var correlation: Int
    package var reason: Reason

    package init(correlation: Int, reason: Reason) {
        self.correlation = correlation
        self.reason = reason
    }
}

/// Where the matches of one rule (or the firings of one correlation) go.
struct CorrelationTarget: Sendable {
    var correlation: Int
    /// Position in the correlation's `rules`.
    var slot: Int
    /// The fields that hold the group, resolved for this rule.
    var group: [String]
    var values: [String]
    var carried: [String]
}

/// The correlations, resolved: who feeds whom, with which fields.
struct CorrelationPlan: Sendable {
    /// By rule index.
    var targetsOfRule: [[CorrelationTarget]]
    /// By correlation index.
    var targetsOfCorrelation: [[CorrelationTarget]]
    /// By correlation index: fields outside its groups that correlations above it ask for.
    var carried: [[String]]
    var refusals: [CorrelationRefusal] = []
    /// How long after a record something may still fire that it takes part in.
    private(set) var reachNanoseconds: Int64 = 0

    init(_ correlations: [Correlation], ruleIDs: [String], limits: CorrelationLimits) {
        targetsOfRule = Array(repeating: [], count: ruleIDs.count)
        targetsOfCorrelation = Array(repeating: [], count: correlations.count)
        carried = targetsOfCorrelation.map { _ in [] }
        var rules: [String: [Int]] = [:]
        for (index, id) in ruleIDs.enumerated() { rules[id, default: []].append(index) }
        var known: [String: Int] = [:]
        for (index, correlation) in correlations.enumerated() {
            known[correlation.metadata.id] = index
        }
        var running: [Bool] = []
        for (index, correlation) in correlations.enumerated() {
            let reason = Self.mistake(in: correlation, limits: limits)
            if let reason {
                refusals.append(CorrelationRefusal(correlation: index, reason: reason))
            }
            running.append(reason == nil)
        }
        let order = resolve(correlations, rules: rules, known: known, running: &running)
        refusals.sort { $0.correlation < $1.correlation }
        // From the top down: what is wanted of a correlation is known before its own rules are asked.
        for index in order.reversed() {
            let correlation = correlations[index]
            for (slot, id) in correlation.rules.enumerated() {
                let target = CorrelationTarget(
                    correlation: index, slot: slot,
                    group: correlation.groupBy.map { correlation.field($0, of: id) },
                    values: correlation.fields.map { correlation.field($0, of: id) },
                    carried: carried[index].map { correlation.field($0, of: id) })
                if let lower = known[id] {
                    targetsOfCorrelation[lower].append(target)
                    for name in target.group + target.values + target.carried
                    where !correlations[lower].groupBy.contains(name)
                        && !carried[lower].contains(name)
                    {
                        carried[lower].append(name)
                    }
                }
                for rule in rules[id] ?? [] { targetsOfRule[rule].append(target) }
            }
        }
        for rule in targetsOfRule.indices {
            targetsOfRule[rule].sort { ($0.correlation, -$0.slot) < ($1.correlation, -$1.slot) }
        }
        for lower in targetsOfCorrelation.indices {
            targetsOfCorrelation[lower].sort {
                ($0.correlation, -$0.slot) < ($1.correlation, -$1.slot)
            }
        }
        reachNanoseconds = Self.reach(of: correlations, targetsOfCorrelation)
    }

    /// The correlations that can run, each after those it refers to.
    private mutating func resolve(
        _ correlations: [Correlation], rules: [String: [Int]], known: [String: Int],
        running: inout [Bool]
    ) -> [Int] {
        var order: [Int] = []
        var placed = Array(repeating: false, count: correlations.count)
        var waiting = correlations.indices.filter { running[$0] }
        while !waiting.isEmpty {
            var later: [Int] = []
            for index in waiting {
                let unknown = correlations[index].rules.first { id in
                    rules[id] == nil && known[id].map { running[$0] } != true
                }
                if let unknown {
                    running[index] = false
                    refusals.append(
                        CorrelationRefusal(correlation: index, reason: .unknownRule(unknown)))
                } else if correlations[index].rules.allSatisfy({ id in
                    known[id].map { placed[$0] } ?? true
                }) {
                    placed[index] = true
                    order.append(index)
                } else {
                    later.append(index)
                }
            }
            if later.count == waiting.count {
                for index in later {
                    running[index] = false
                    refusals.append(CorrelationRefusal(correlation: index, reason: .cycle))
                }
                break
            }
            waiting = later
        }
        return order
    }

    private static func mistake(
        in correlation: Correlation, limits: CorrelationLimits
    ) -> CorrelationRefusal.Reason? {
        if correlation.rules.isEmpty { return .noRules }
        if correlation.timespanSeconds <= 0 { return .timespan }
        if let percentile = correlation.percentile, !(0...100 ~= percentile) { return .percentile }
        if let condition = correlation.ruleCondition {
            if correlation.kind == .temporalOrdered { return .orderedCondition }
            for name in condition.names where !correlation.rules.contains(name) {
                return .conditionRule(name)
            }
        }
        switch correlation.kind {
        case .temporal, .temporalOrdered: return nil
        case .eventCount: break
        default: if correlation.fields.isEmpty { return .noField }
        }
        if correlation.conditions.isEmpty { return .noCondition }
        guard correlation.kind == .eventCount || correlation.kind == .valueCount else { return nil }
        let isOutOfReach = correlation.conditions.contains {
            switch $0.comparison {
            case .greater: $0.value >= Double(limits.entriesPerGroup)
            case .greaterOrEqual, .equal: $0.value > Double(limits.entriesPerGroup)
            default: false
            }
        }
        return isOutOfReach ? .threshold : nil
    }
}

extension Correlation {
    /// The field that an alias (or plain field name) means in the matches of one rule.
    fileprivate func field(_ name: String, of rule: String) -> String {
        aliases[name]?[rule] ?? name
    }

    /// True when further matches can only help the condition, so that it may be judged at once.
    /// Otherwise it is judged when its window is complete.
    var growsOnly: Bool {
        switch kind {
        case .valueAverage, .valuePercentile, .valueMedian: return false
        case .eventCount, .valueCount, .valueSum, .temporal, .temporalOrdered: break
        }
        if let ruleCondition, ruleCondition.hasNot { return false }
        return conditions.allSatisfy {
            $0.comparison == .greater || $0.comparison == .greaterOrEqual
        }
    }
}

extension RuleCondition {
    var hasNot: Bool {
        switch self {
        case .rule: false
        case .all(let parts), .any(let parts): parts.contains(where: \.hasNot)
        case .not: true
        }
    }

    var names: [String] {
        switch self {
        case .rule(let name): [name]
        case .all(let parts), .any(let parts): parts.flatMap(\.names)
        case .not(let part): part.names
        }
    }

    func holds(_ isSeen: (String) -> Bool) -> Bool {
        switch self {
        case .rule(let name): isSeen(name)
        case .all(let parts): parts.allSatisfy { $0.holds(isSeen) }
        case .any(let parts): parts.contains { $0.holds(isSeen) }
        case .not(let part): !part.holds(isSeen)
        }
    }
}
