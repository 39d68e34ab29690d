internal import Sigma

/// The ordered stage: takes what workers found, block by block in order, and joins it into
/// correlations, storyline and incidents.
///
/// With ``Worker`` it is the whole engine: the same records and rules give the same alerts and
/// incidents, byte for byte, with any number of workers and any cut into blocks.
package struct DetectionEngine: Sendable {
    private let rules: RuleSet
    private let limits: EngineLimits
    private var storyline: Storyline
    private var correlations: CorrelationStage?
    private var result = RunResult()
    private var evidenceBytes = 0
    /// Alerts whose evidence was let go to stay within memory; the alerts themselves are kept.
    package private(set) var evidenceLeftOut: UInt64 = 0
    package private(set) var alertsLeftOut: UInt64 = 0
    package private(set) var truncatedFields: UInt64 = 0
    private var recordsOfSource: [Int: (records: UInt64, unparsed: UInt64)] = [:]

    package init(rules: RuleSet, limits: EngineLimits = EngineLimits()) {
        self.rules = rules
        self.limits = limits
        storyline = Storyline(rules: rules.metadata)
        correlations = CorrelationStage(rules)
        result.rules = rules.metadata
    }

    package var alertCount: Int { result.alerts.count }
    package var records: UInt64 { result.records }

    /// - Precondition: outcomes come in the order of their blocks.
    package mutating func absorb(_ outcome: consuming BlockOutcome) {
        result.records += outcome.records
        result.bytes += UInt64(outcome.bytes)
        truncatedFields += outcome.truncatedFields
        var unparsed: UInt64 = 0
        for (reason, count) in outcome.unparsedByReason {
            result.unparsedByReason[reason, default: 0] += count
            unparsed += count
        }
        let room = max(0, limits.unparsedKeptMax - result.unparsed.count)
        result.unparsed += outcome.unparsed.prefix(room)
        recordsOfSource[outcome.source, default: (0, 0)].records += outcome.records
        recordsOfSource[outcome.source, default: (0, 0)].unparsed += unparsed
        for event in outcome.observations { storyline.observe(event) }
        for alert in outcome.alerts { add(alert) }
        for occurrence in outcome.occurrences { correlations?.add(occurrence) }
    }

    /// Correlations that cannot run, and why.
    package var correlationRefusals: [CorrelationRefusal] { correlations?.refusals ?? [] }

    private mutating func add(_ alert: Alert) {
        guard result.alerts.count < limits.alertsMax else {
            alertsLeftOut += 1
            return
        }
        storyline.add(alert, index: result.alerts.count)
        var alert = alert
        evidenceBytes += alert.event.byteCount
        if evidenceBytes > limits.evidenceBytesMax {
            alert.event = alert.event.withoutEvidence
            evidenceLeftOut += 1
        }
        result.alerts.append(alert)
    }

    /// - Parameter sources: what the reader met, in the order that alerts refer to.
    package consuming func finish(sources: [RunResult.Source]) -> RunResult {
        result.sources = sources
        for (index, counts) in recordsOfSource where result.sources.indices.contains(index) {
            result.sources[index].records += counts.records
            result.sources[index].unparsed += counts.unparsed
        }
        for alert in correlations?.finish() ?? [] { add(alert) }
        let (incidents, incidentOfAlert) = storyline.finish()
        result.incidents = incidents
        result.incidentOfAlert = incidentOfAlert
        return result
    }
}

/// What one run holds in memory.
package struct EngineLimits: Sendable {
    package var alertsMax = 1_000_000
    /// Events kept as evidence, over all alerts, about; alerts after that keep their reason only.
    package var evidenceBytesMax = 48 << 20
    package var unparsedKeptMax = 1000

    package init() {}
}
