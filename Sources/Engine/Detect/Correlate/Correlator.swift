package import Sigma

/// Runs Sigma correlations over the matches of rules, in event time.
///
/// Matches may come in any order within the lateness bound: they wait until nothing earlier can
/// come, then are taken by time and, within one time, by their position in the run. So any order
/// of arrival within the bound gives the same firings in the same order. What holds when, and
/// every limit, is in docs/correlation.md.
///
/// - Source: Sigma correlation rules specification 2.1.
package struct Correlator: Sendable {
    package let correlations: [Correlation]
    package let limits: CorrelationLimits
    /// Correlations that do not run, and why.
    package var refusals: [CorrelationRefusal] { plan.refusals }
    package internal(set) var counters = CorrelationCounters()

    let plan: CorrelationPlan
    var tables: [CorrelationTable]
    var timers = Heap<CorrelationTimer>()
    var pending = PendingEntries()
    /// The latest time of an event so far.
    var latest = Int64.min
    /// Everything before this has been taken.
    var watermark = Int64.min
    var windowsOpened = 0

    /// - Parameter ruleIDs: the id of each rule, by the index that matches are added with.
    package init(
        correlations: [Correlation], ruleIDs: [String],
        limits: CorrelationLimits = CorrelationLimits()
    ) {
        self.correlations = correlations
        self.limits = limits
        plan = CorrelationPlan(correlations, ruleIDs: ruleIDs, limits: limits)
        tables = correlations.map { CorrelationTable($0) }
    }

    // MARK: what is asked of the caller

    /// True when matches of this rule must be added.
    package func wants(rule: Int) -> Bool { !plan.targetsOfRule[rule].isEmpty }

    /// The fields that are looked up in matches of this rule.
    package func fields(ofRule rule: Int) -> [String] {
        var names: [String] = []
        for target in plan.targetsOfRule[rule] {
            for name in target.group + target.values + target.carried where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// Matches that wait or are held in windows.
    package var entriesHeld: Int { pending.count + tables.reduce(0) { $0 + $1.entryCount } }

    // MARK: matches

    /// Adds one match of a rule, and returns what fired by it or by time passing.
    ///
    /// - Parameters:
    ///   - time: of the event; a match without one takes no part and is counted. A time later than
    ///     the receipt of the event should be replaced by that, or it would make all others late.
    ///   - value: the first value of a field of the event; nil when it is absent or null.
    package mutating func add(
        rule: Int, time: Timestamp?, reference: RecordReference, value: (String) -> String?
    ) -> [Firing] {
        guard wants(rule: rule) else { return [] }
        guard let time = time?.nanoseconds else {
            counters.timeless += 1
            return []
        }
        var firings: [Firing] = []
        let isLate = time < watermark
        for target in plan.targetsOfRule[rule] {
            let made = entry(
                for: target, time: time, lastRecordTime: time,
                trigger: reference, records: [], unlisted: 0, value: value)
            guard let made else { continue }
            if isLate {
                counters.late += 1
                take(made, isLate: true, into: &firings)
            } else {
                pending.insert(made)
            }
        }
        latest = max(latest, time)
        release(into: &firings)
        return firings
    }

    package mutating func add(rule: Int, event: RetainedEvent) -> [Firing] {
        add(rule: rule, time: event.time, reference: event.reference) { event[$0] }
    }

    /// Says that events up to `time` have been seen, whether or not they matched anything.
    package mutating func advance(to time: Timestamp) -> [Firing] {
        var firings: [Firing] = []
        latest = max(latest, time.nanoseconds)
        release(into: &firings)
        return firings
    }

    /// Takes all that waits and judges the windows still open; nothing is to be added after it.
    package mutating func finish() -> [Firing] {
        var firings: [Firing] = []
        while let entry = pending.popFirst() { take(entry, isLate: false, into: &firings) }
        watermark = .max
        closeWindows(before: nil, into: &firings)
        return firings
    }

    private mutating func release(into firings: inout [Firing]) {
        if let seconds = limits.latenessSeconds {
            let (bound, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
            watermark = max(watermark, latest.adding(clamped: overflow ? .min : -bound))
        }
        while let time = pending.firstTime {
            if time >= watermark {
                guard pending.count > limits.pendingMax else { break }
                counters.early += 1
                watermark = time
            }
            guard let entry = pending.popFirst() else { break }
            take(entry, isLate: false, into: &firings)
        }
        closeWindows(before: watermark, into: &firings)
    }

    /// What one correlation keeps of a match, or nil when the match lacks what it needs.
    mutating func entry(
        for target: CorrelationTarget, time: Int64, lastRecordTime: Int64,
        trigger: RecordReference, records: [RecordReference], unlisted: Int,
        value: (String) -> String?
    ) -> CorrelationEntry? {
        let correlation = correlations[target.correlation]
        var group: [String] = []
        for name in target.group {
            guard let text = value(name) else {
                counters.ungrouped += 1
                return nil
            }
            group.append(cut(text))
        }
        var values: [String] = []
        var number = 0.0
        switch correlation.kind {
        case .eventCount, .temporal, .temporalOrdered: break
        default:
            for name in target.values {
                guard let text = value(name) else {
                    counters.valueless += 1
                    return nil
                }
                values.append(cut(text))
            }
            if correlation.wantsNumbers {
                guard let first = values.first, let parsed = CorrelationMeasure.number(first) else {
                    counters.valueless += 1
                    return nil
                }
                number = parsed
            }
        }
        return CorrelationEntry(
            correlation: target.correlation, slot: target.slot, time: time,
            group: group, values: values, number: number,
            carried: target.carried.map { value($0).map { cut($0) } },
            lastRecordTime: lastRecordTime, trigger: trigger, records: records, unlisted: unlisted)
    }

    private mutating func cut(_ text: String) -> String {
        guard text.utf8.count > limits.valueBytesMax else { return text }
        counters.cut += 1
        return String(decoding: text.utf8.prefix(limits.valueBytesMax), as: UTF8.self)
    }
}

/// When a complete window is to be judged.
struct CorrelationTimer: Comparable, Sendable {
    var closesAt: Int64
    /// Windows that end together are judged in the order in which they began.
    var opened: Int
    var correlation: Int
    var place: Int
    var turn: Int

    static func < (left: CorrelationTimer, right: CorrelationTimer) -> Bool {
        (left.closesAt, left.opened) < (right.closesAt, right.opened)
    }
}
