import Engine
import Report
import Sigma

extension RunStatistics {
    /// Takes what the run itself counted.
    mutating func fill(_ result: RunResult, _ collection: RuleCollection, _ rules: RuleSet) {
        records = result.records
        bytes = result.bytes
        alerts = UInt64(result.alerts.count)
        incidents = UInt64(result.incidents.count)
        rulesLoaded = collection.rules.count + collection.correlations.count
        for problem in collection.problems where problem.severity == .refused {
            rulesSkippedByReason[problem.reason.rawValue, default: 0] += 1
        }
        rulesWithoutSource = rules.rules.count - rules.rulesReached.count
        unparsedByReason = result.unparsedByReason
    }
}
