internal import Sigma

/// Feeds rule matches to the ``Correlator`` and turns what fires into alerts.
///
/// - Bounds: the correlator's own; events are remembered up to ``eventsBytesMax`` so that an alert
///   can show its last record, after that it shows where the record is.
struct CorrelationStage: Sendable {
    static let eventsBytesMax = 32 << 20

    struct Remembered: Sendable {
        var event: RetainedEvent
        var identity: (high: UInt64, low: UInt64)
        var host: String?
        var user: String?
    }

    private let rules: RuleSet
    /// What ids of alerts are made from beside rule and records; empty for a run over files.
    private let salt: String
    var correlator: Correlator
    /// By order of the record.
    var remembered: [UInt64: Remembered] = [:]
    var bytes = 0
    private var fired: [Firing] = []

    /// - Parameter latenessSeconds: nil where nothing is judged before all of it is there, since
    ///   files come in any order of time.
    init?(_ rules: RuleSet, latenessSeconds: Int? = nil, salt: String = "") {
        guard !rules.correlations.isEmpty else { return nil }
        self.rules = rules
        self.salt = salt
        var limits = CorrelationLimits()
        limits.latenessSeconds = latenessSeconds
        correlator = Correlator(
            correlations: rules.correlations,
            ruleIDs: rules.metadata.prefix(rules.ruleCount).map(\.id),
            limits: limits)
    }

    var refusals: [CorrelationRefusal] { correlator.refusals }
    /// Whether matches wait for time to pass.
    var waits: Bool { correlator.pending.count > 0 || correlator.timers.count > 0 }
    var counters: CorrelationCounters { correlator.counters }

    mutating func add(_ occurrence: RuleOccurrence) {
        let order = occurrence.event.reference.order
        if remembered[order] == nil {
            let isRoomy = bytes + occurrence.event.byteCount <= Self.eventsBytesMax
            let event = isRoomy ? occurrence.event : occurrence.event.withoutEvidence
            bytes += event.byteCount
            remembered[order] = Remembered(
                event: event, identity: occurrence.event.identity, host: occurrence.host,
                user: occurrence.user)
        }
        fired += correlator.add(rule: occurrence.rule, event: occurrence.event)
    }

    /// The alerts of all correlations that make some, by record, then correlation.
    mutating func finish() -> [Alert] {
        fired += correlator.finish()
        return takeAlerts()
    }

    /// Says that events up to `time` were seen, and forgets records that no window can hold.
    mutating func advance(to time: Timestamp) {
        fired += correlator.advance(to: time)
        let earliest = correlator.earliestOfInterest
        for (order, known) in remembered where (known.event.time?.nanoseconds ?? .min) < earliest {
            remembered[order] = nil
            bytes -= known.event.byteCount
        }
    }

    /// The alerts of what fired since they were taken last, by record, then correlation.
    mutating func takeAlerts() -> [Alert] {
        guard !fired.isEmpty else { return [] }
        defer { fired.removeAll(keepingCapacity: true) }
        return fired.filter { rules.correlations[$0.correlation].emitsAlerts }.map(alert)
            .sorted {
                ($0.event.reference.order, $0.rule, $0.id)
                    < ($1.event.reference.order, $1.rule, $1.id)
            }
    }

    private func alert(_ firing: Firing) -> Alert {
        let metadata = rules.correlations[firing.correlation].metadata
        var hash = StableHash()
        if !salt.isEmpty { hash.add(salt) }
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
