internal import Sigma

/// Feeds rule matches to the ``Correlator`` and turns what fires into alerts.
///
/// - Bounds: the correlator's own; events are remembered up to ``eventsBytesMax`` so that an alert
///   can show its last record, after that it shows where the record is.
struct CorrelationStage: Sendable {
    static let eventsBytesMax = 32 << 20

    private struct Remembered: Sendable {
        var event: RetainedEvent
        var identity: (high: UInt64, low: UInt64)
        var host: String?
        var user: String?
    }

    private let rules: RuleSet
    private var correlator: Correlator
    private var remembered: [UInt64: Remembered] = [:]
    private var bytes = 0
    private var fired: [Firing] = []

    init?(_ rules: RuleSet) {
        guard !rules.correlations.isEmpty else { return nil }
        self.rules = rules
        var limits = CorrelationLimits()
        // Files come in any order of time, so nothing is judged before all of it is there.
        limits.latenessSeconds = nil
        correlator = Correlator(
            correlations: rules.correlations,
            ruleIDs: rules.metadata.prefix(rules.ruleCount).map(\.id),
            limits: limits)
    }

    var refusals: [CorrelationRefusal] { correlator.refusals }
    var counters: CorrelationCounters { correlator.counters }

    mutating func add(_ occurrence: RuleOccurrence) {
        let order = occurrence.event.reference.order
        if remembered[order] == nil {
            bytes += occurrence.event.byteCount
            let event =
                bytes > Self.eventsBytesMax ? occurrence.event.withoutEvidence : occurrence.event
            remembered[order] = Remembered(
                event: event, identity: occurrence.event.identity, host: occurrence.host,
                user: occurrence.user)
        }
        fired += correlator.add(rule: occurrence.rule, event: occurrence.event)
    }

    /// The alerts of all correlations that make some, by record, then correlation.
    mutating func finish() -> [Alert] {
        fired += correlator.finish()
        return fired.filter { rules.correlations[$0.correlation].emitsAlerts }.map(alert)
            .sorted {
                ($0.event.reference.order, $0.rule, $0.id)
                    < ($1.event.reference.order, $1.rule, $1.id)
            }
    }

    private func alert(_ firing: Firing) -> Alert {
        let metadata = rules.correlations[firing.correlation].metadata
        var hash = StableHash()
        hash.add(metadata.id)
        hash.add(metadata.revision)
        for value in firing.group {
            hash.add(value.name)
            hash.add(value.value)
        }
        for record in firing.records {
            guard let identity = remembered[record.order]?.identity else { continue }
            hash.add(identity.high)
            hash.add(identity.low)
        }
        let last = remembered[firing.trigger.order]
        let event =
            last?.event
            ?? RetainedEvent(
                reference: firing.trigger, time: firing.time, fields: [], bytes: [], raw: [])
        return Alert(
            id: hash.text(), rule: rules.ruleCount + firing.correlation, level: metadata.level,
            time: firing.time, host: last?.host, user: last?.user,
            matched: matches(firing), event: event,
            others: firing.records.filter { $0 != firing.trigger })
    }

    private func matches(_ firing: Firing) -> [Alert.Match] {
        let correlation = rules.correlations[firing.correlation]
        let conditions = correlation.conditions.map { "\($0.comparison) \($0.value)" }
        var matches = [
            Alert.Match(
                selection: correlation.kind.rawValue, field: nil,
                value: "\(firing.value) from \(firing.recordCount) records",
                asked: " \(conditions.joined(separator: ", ")) in \(correlation.timespanSeconds) s")
        ]
        for value in firing.group {
            matches.append(
                Alert.Match(
                    selection: "group-by", field: value.name, value: value.value, asked: ""))
        }
        return matches
    }
}
