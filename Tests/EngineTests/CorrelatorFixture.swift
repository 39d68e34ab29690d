import Engine
import Sigma

/// A match as tests write it: seconds, rule index, fields.
struct TestMatch: Sendable {
    var seconds: Double
    var rule: Int
    var fields: [String: String]
    var order: UInt64

    init(_ seconds: Double, _ rule: Int = 0, order: UInt64 = 0, _ fields: [String: String] = [:]) {
        self.seconds = seconds
        self.rule = rule
        self.fields = fields
        self.order = order
    }

    init(_ seconds: Double, _ fields: [String: String]) { self.init(seconds, 0, fields) }

    var time: Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }
    var reference: RecordReference {
        RecordReference(source: 0, record: order + 1, offset: 0, order: order)
    }
}

func correlation(
    _ kind: Correlation.Kind, id: String = "c", rules: [String] = ["r0"], by groupBy: [String] = [],
    aliases: [String: [String: String]] = [:], span: Int = 60,
    _ conditions: [(comparison: Comparison, value: Double)] = [],
    condition: RuleCondition? = nil, fields: [String] = [], percentile: Double? = nil
) -> Correlation {
    Correlation(
        metadata: RuleMetadata(
            id: id, title: id, level: .medium, source: SourceLocation(path: "test.yml")),
        kind: kind, rules: rules, groupBy: groupBy, aliases: aliases, timespanSeconds: span,
        conditions: conditions, ruleCondition: condition, fields: fields, percentile: percentile)
}

let ruleNames = ["r0", "r1", "r2", "r3"]

/// Adds the matches in the order given, numbering those that have no order, and finishes.
func firings(
    of correlations: [Correlation], _ matches: [TestMatch], limits: CorrelationLimits = .init()
) -> (firings: [Firing], correlator: Correlator) {
    var correlator = Correlator(
        correlations: correlations, ruleIDs: ruleNames, limits: limits)
    var result: [Firing] = []
    let isNumbered = matches.contains { $0.order > 0 }
    for (index, match) in matches.enumerated() {
        var match = match
        if !isNumbered { match.order = UInt64(index) }
        result += correlator.add(
            rule: match.rule, time: match.time, reference: match.reference
        ) { match.fields[$0] }
    }
    result += correlator.finish()
    return (result, correlator)
}

extension Firing {
    var seconds: Double { Double(time.nanoseconds) / 1e9 }
}
