import Sigma

/// From a match in its place to the firings it causes, up the chain of correlations.
extension Correlator {
    /// Takes a match whose turn it is.
    mutating func take(_ entry: CorrelationEntry, isLate: Bool, into firings: inout [Firing]) {
        closeWindows(before: entry.time, into: &firings)
        spread([entry], isLate: isLate, into: &firings)
    }

    /// Judges the windows that ended before `time` (nil: all), the earliest end first.
    mutating func closeWindows(before time: Int64?, into firings: inout [Firing]) {
        while let timer = timers.first {
            if let time, timer.closesAt >= time { return }
            _ = timers.popFirst()
            let correlation = correlations[timer.correlation]
            guard tables[timer.correlation].turn(at: timer.place) == timer.turn,
                let group = tables[timer.correlation][timer.place]
            else { continue }
            tables[timer.correlation].remove(timer.place)
            guard group.holds(correlation) else { continue }
            let (firing, above) = fired(group, timer.correlation, decided: timer.closesAt)
            firings.append(firing)
            spread(above, isLate: false, into: &firings)
        }
    }

    /// Inserts matches, and the firings that follow as matches of the correlations above.
    private mutating func spread(
        _ entries: [CorrelationEntry], isLate: Bool, into firings: inout [Firing]
    ) {
        // Correlations refer to each other without cycles, so this ends.
        var queue = entries
        var next = 0
        while next < queue.count {
            let entry = queue[next]
            next += 1
            let index = entry.correlation
            let outcome = tables[index].insert(entry, isLate: isLate, limits, &counters)
            guard case .taken(let place, let opened) = outcome else {
                counters.lateDropped += 1
                continue
            }
            keepWithinLimit(index, place)
            if correlations[index].growsOnly {
                guard tables[index].fires(at: place), let group = tables[index][place] else {
                    continue
                }
                let (firing, above) = fired(group, index, decided: group.latest)
                firings.append(firing)
                queue += above
            } else if opened {
                timers.insert(
                    CorrelationTimer(
                        closesAt: tables[index].closesAt(place), opened: windowsOpened,
                        correlation: index,
                        place: place, turn: tables[index].turn(at: place)))
                windowsOpened += 1
            }
        }
    }

    private mutating func keepWithinLimit(_ index: Int, _ place: Int) {
        var held = 0
        for table in tables { held += table.entryCount }
        while held > limits.entriesMax {
            let before = tables[index].entryCount
            tables[index].shrink(keeping: place, &counters)
            held -= before - tables[index].entryCount
            if tables[index].entryCount == before { return }
        }
    }

    /// The firing of a group, and the matches it makes for the correlations above.
    private mutating func fired(
        _ group: CorrelationGroup, _ index: Int, decided: Int64
    ) -> (Firing, [CorrelationEntry]) {
        let correlation = correlations[index]
        let participants = group.participants(correlation)
        var seen: Set<RecordReference> = []
        var records: [RecordReference] = []
        var unlisted = 0
        for entry in participants.reversed() {
            unlisted += entry.unlisted
            let own = entry.records.isEmpty ? [entry.trigger] : entry.records
            for record in own.reversed() where seen.insert(record).inserted {
                if records.count < limits.recordsPerFiring { records.append(record) }
            }
        }
        records.sort { ($0.order, $0.source, $0.record) < ($1.order, $1.source, $1.record) }
        let last = participants.last
        let lastRecordTime = participants.lazy.map(\.lastRecordTime).max() ?? decided
        let trigger =
            last?.trigger ?? RecordReference(source: 0, record: 0, offset: 0, order: 0)
        let firing = Firing(
            correlation: index,
            group: zip(correlation.groupBy, group.key).map { .init(name: $0, value: $1) },
            time: Timestamp(nanoseconds: lastRecordTime),
            decided: Timestamp(nanoseconds: decided), value: group.measure(correlation),
            trigger: trigger, records: records, recordCount: seen.count + unlisted)
        return (firing, entries(above: firing, participants))
    }

    /// A firing as a match: its group's values, and for other fields each value that a record
    /// which took part had. One group of a correlation above gets it once for each value it counts.
    private mutating func entries(
        above firing: Firing, _ participants: [CorrelationEntry]
    ) -> [CorrelationEntry] {
        let targets = plan.targetsOfCorrelation[firing.correlation]
        guard !targets.isEmpty else { return [] }
        var carried: [[String?]] = []
        var known: Set<[String?]> = []
        for entry in participants where known.insert(entry.carried).inserted {
            if carried.count < limits.valuesPerFiring { carried.append(entry.carried) }
        }
        let names = plan.carried[firing.correlation]
        var result: [CorrelationEntry] = []
        for target in targets {
            var given: Set<[String]> = []
            for row in carried {
                let made = entry(
                    for: target, time: firing.decided.nanoseconds,
                    lastRecordTime: firing.time.nanoseconds, trigger: firing.trigger,
                    records: firing.records,
                    unlisted: firing.recordCount - firing.records.count
                ) { name in
                    if let inGroup = firing.group.first(where: { $0.name == name }) {
                        return inGroup.value
                    }
                    return names.firstIndex(of: name).flatMap { $0 < row.count ? row[$0] : nil }
                }
                guard let made, given.insert(made.group + made.values).inserted else { continue }
                result.append(made)
            }
        }
        return result
    }
}
