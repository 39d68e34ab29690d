import Sigma

/// The matches of one group that lie within a correlation's timespan, and what follows from them.
///
/// Two ways to judge, see ``Correlation/growsOnly``: *sliding*, after each match over the timespan
/// that ends with it; and *complete*, once, over the timespan that starts with the first match.
struct CorrelationGroup: Sendable {
    let key: [String]
    /// Matches of a complete window that were let go because of a limit.
    var lost = 0
    /// When a complete window ends, inclusive.
    var closesAt = Int64.max

    var entries: [CorrelationEntry] = []
    var head = 0
    var seenBySlot: [Int]
    /// By slot: the latest start of a sequence that has come as far as this slot.
    var sequenceStart: [Int64?]
    var distinct: [[String]: Int] = [:]
    var sum = 0.0
    /// Whether `sum` is free of rounding, so that a value may be taken out of it again.
    var isExact = true
    /// The condition held after the last match; the time of the last firing.
    var isHolding = false
    var firedAt: Int64?

    init(key: [String], slots: Int) {
        self.key = key
        seenBySlot = Array(repeating: 0, count: slots)
        sequenceStart = Array(repeating: nil, count: slots)
    }

    var count: Int { entries.count - head }
    var latest: Int64 { entries.last?.time ?? .min }
    /// The matches held, earliest first.
    var held: ArraySlice<CorrelationEntry> { entries[head...] }

    // MARK: matches

    /// Takes a match in; false when its window is gone.
    mutating func insert(_ entry: CorrelationEntry, for correlation: Correlation) -> Bool {
        let span = correlation.timespanNanoseconds
        if correlation.growsOnly {
            if entry.time < latest.adding(clamped: -span) { return false }
            dropEntries(before: max(entry.time, latest).adding(clamped: -span), correlation)
        } else if entries.isEmpty {
            closesAt = entry.time.adding(clamped: span)
        } else if entry.time < closesAt.adding(clamped: -span) {
            return false
        }
        count(entry, correlation)
        guard let last = entries.last?.turn, entry.turn < last else {
            entries.append(entry)
            advance(entry, span)
            return true
        }
        var low = head
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].turn < entry.turn { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
        for slot in sequenceStart.indices { sequenceStart[slot] = nil }
        for entry in entries[head...] { advance(entry, span) }
        return true
    }

    /// Lets the earliest match go because of a limit.
    mutating func dropFirst(_ correlation: Correlation) {
        guard count > 0 else { return }
        discount(entries[head], correlation)
        head += 1
        lost += 1
        compact()
    }

    private mutating func dropEntries(before time: Int64, _ correlation: Correlation) {
        while head < entries.count, entries[head].time < time {
            discount(entries[head], correlation)
            head += 1
        }
        compact()
    }

    private mutating func compact() {
        guard head > 64, head * 2 > entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }

    private mutating func count(_ entry: CorrelationEntry, _ correlation: Correlation) {
        seenBySlot[entry.slot] += 1
        switch correlation.kind {
        case .valueCount: distinct[entry.values, default: 0] += 1
        case .valueSum:
            sum += entry.number
            isExact = isExact && entry.number.rounded() == entry.number && abs(sum) < 0x1p53
        default: break
        }
    }

    private mutating func discount(_ entry: CorrelationEntry, _ correlation: Correlation) {
        seenBySlot[entry.slot] -= 1
        switch correlation.kind {
        case .valueCount:
            let left = (distinct[entry.values] ?? 1) - 1
            distinct[entry.values] = left == 0 ? nil : left
        case .valueSum:
            if isExact {
                sum -= entry.number
            } else {
                let rest = entries[(head + 1)...]
                sum = rest.reduce(0) { $0 + $1.number }
                isExact = rest.isEmpty
            }
        default: break
        }
    }

    private mutating func advance(_ entry: CorrelationEntry, _ span: Int64) {
        if entry.slot == 0 {
            sequenceStart[0] = entry.time
        } else if let start = sequenceStart[entry.slot - 1],
            start >= entry.time.adding(clamped: -span)
        {
            sequenceStart[entry.slot] = start
        }
    }

    // MARK: judging

    /// Judges a sliding window after `entry` came in. True when the correlation fires: the
    /// condition holds and did not before, or has held for more than a timespan since it fired.
    mutating func fires(_ correlation: Correlation) -> Bool {
        let wasHolding = isHolding
        isHolding = holds(correlation)
        guard isHolding else { return false }
        if wasHolding, let firedAt,
            latest <= firedAt.adding(clamped: correlation.timespanNanoseconds)
        {
            return false
        }
        firedAt = latest
        return true
    }

    func holds(_ correlation: Correlation) -> Bool {
        guard count > 0 else { return false }
        switch correlation.kind {
        case .eventCount, .valueCount, .valueSum, .valueAverage, .valueMedian:
            return correlation.accepts(measure(correlation))
        case .valuePercentile:
            if correlation.percentile != nil { return correlation.accepts(measure(correlation)) }
            return !rareValues(correlation).isEmpty
        case .temporal, .temporalOrdered:
            let number = measure(correlation)
            if let condition = correlation.ruleCondition {
                let seen = { name in
                    correlation.rules.indices.contains {
                        correlation.rules[$0] == name && seenBySlot[$0] > 0
                    }
                }
                return condition.holds(seen) && correlation.accepts(number)
            }
            return correlation.conditions.isEmpty
                ? Int(number) == correlation.rules.count : correlation.accepts(number)
        }
    }

    /// The number that the condition is about.
    func measure(_ correlation: Correlation) -> Double {
        switch correlation.kind {
        case .eventCount: return Double(correlation.growsOnly ? count : count + lost)
        case .valueCount: return Double(distinct.count)
        case .valueSum: return sum
        case .valueAverage: return CorrelationMeasure.average(of: held.map(\.number))
        case .valueMedian: return CorrelationMeasure.percentile(50, of: held.map(\.number))
        case .valuePercentile:
            guard let percentile = correlation.percentile else {
                return rareValues(correlation).values.min() ?? 0
            }
            return CorrelationMeasure.percentile(percentile, of: held.map(\.number))
        case .temporal: return Double(seenBySlot.count { $0 > 0 })
        case .temporalOrdered:
            let earliest = latest.adding(clamped: -correlation.timespanNanoseconds)
            let reached = sequenceStart.lastIndex { $0.map { $0 >= earliest } ?? false }
            return Double(reached.map { $0 + 1 } ?? 0)
        }
    }

    /// The values whose share of all matches, in percent, meets the condition.
    private func rareValues(_ correlation: Correlation) -> [[String]: Double] {
        var counts: [[String]: Int] = [:]
        for entry in held { counts[entry.values, default: 0] += 1 }
        return counts.mapValues { Double($0) * 100 / Double(count) }
            .filter { correlation.accepts($0.value) }
    }

    /// The matches that made the condition hold, earliest first.
    func participants(_ correlation: Correlation) -> [CorrelationEntry] {
        switch correlation.kind {
        case .temporalOrdered:
            var steps: [CorrelationEntry] = []
            var slot = Int(measure(correlation)) - 1
            for entry in held.reversed() where slot >= 0 && entry.slot == slot {
                steps.append(entry)
                slot -= 1
            }
            return steps.reversed()
        case .valuePercentile where correlation.percentile == nil:
            let rare = rareValues(correlation)
            return held.filter { rare[$0.values] != nil }
        default: return Array(held)
        }
    }
}
