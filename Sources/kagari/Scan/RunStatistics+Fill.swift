import Engine
import Report

extension RunStatistics {
    /// Takes what the run itself counted.
    mutating func fill(_ result: RunResult, _ rules: RuleSet) {
        records = result.records
        bytes = result.bytes
        alerts = UInt64(result.alerts.count)
        incidents = UInt64(result.incidents.count)
        rulesLoaded = rules.metadata.count
        rulesSkippedByReason = rules.refusedByReason.mapValues { UInt64($0) }
        rulesWithoutSource = rules.ruleCount - rules.rulesReached.count
        unparsedByReason = result.unparsedByReason
    }
}
