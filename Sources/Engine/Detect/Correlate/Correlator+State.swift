internal import Sigma

/// What a correlator remembers, and how that survives a restart and a change of rules.
extension Correlator {
    func write(to state: inout StateWriter) {
        state.add(latest)
        state.add(watermark)
        state.add(windowsOpened)
        for count in counters.all { state.add(count) }
        state.add(correlations.count)
        var places = [[Int: Int]](repeating: [:], count: tables.count)
        for index in tables.indices {
            state.add(correlations[index].metadata.id)
            state.add(correlations[index].metadata.revision)
            tables[index].write(to: &state, places: &places[index])
        }
        pending.write(to: &state)
        let open = timers.elements.sorted().filter {
            tables[$0.correlation].turn(at: $0.place) == $0.turn
        }
        state.add(list: open) { state, timer in
            state.add(timer.closesAt)
            state.add(timer.opened)
            state.add(timer.correlation)
            state.add(places[timer.correlation][timer.place] ?? 0)
        }
    }

    /// - Throws: where the state is of other correlations than these.
    mutating func read(from state: inout StateReader) throws(StateReader.Failure) {
        latest = try state.signed()
        watermark = try state.signed()
        windowsOpened = try state.int()
        counters = try CorrelationCounters(from: &state)
        guard try state.int() == correlations.count else {
            throw state.failure("the state is of other correlations")
        }
        for index in tables.indices {
            let known = (try state.text(), try state.number())
            guard known == (correlations[index].metadata.id, correlations[index].metadata.revision)
            else { throw state.failure("the state is of other correlations") }
            tables[index] = try CorrelationTable(correlations[index], from: &state)
        }
        pending = try PendingEntries(from: &state)
        for _ in 0..<(try state.count()) {
            let closesAt = try state.signed()
            let opened = try state.int()
            let (correlation, place) = (try state.int(), try state.int())
            guard tables.indices ~= correlation, 0..<tables[correlation].groupCount ~= place else {
                throw state.failure("a window is of no group")
            }
            timers.insert(
                CorrelationTimer(
                    closesAt: closesAt, opened: opened, correlation: correlation, place: place,
                    turn: tables[correlation].turn(at: place)))
        }
    }

    /// Takes over what `old` remembers of correlations that are the same in both.
    ///
    /// A correlation that was changed begins anew; so does one that is new. Matches that wait for a correlation that is gone are let go.
    mutating func adopt(_ old: Correlator) {
        var place: [Int: Int] = [:]
        var known: [String: Int] = [:]
        for (index, correlation) in correlations.enumerated() {
            known["\(correlation.metadata.id) \(correlation.metadata.revision)"] = index
        }
        for (index, correlation) in old.correlations.enumerated() {
            let name = "\(correlation.metadata.id) \(correlation.metadata.revision)"
            guard let new = known[name] else { continue }
            place[index] = new
            tables[new] = old.tables[index]
            tables[new].renumber(new)
        }
        latest = old.latest
        watermark = old.watermark
        windowsOpened = old.windowsOpened
        counters = old.counters
        for key in old.pending.heap.elements.sorted() {
            guard var entry = old.pending.entries[key.place],
                let correlation = place[entry.correlation]
            else { continue }
            entry.correlation = correlation
            pending.insert(entry)
        }
        for var timer in old.timers.elements.sorted() {
            guard let correlation = place[timer.correlation] else { continue }
            timer.correlation = correlation
            timers.insert(timer)
        }
    }
}

extension CorrelationTable {
    /// The entries as of another place in the list of correlations.
    fileprivate mutating func renumber(_ correlation: Int) {
        for place in groups.indices {
            guard var group = groups[place] else { continue }
            for entry in group.entries.indices { group.entries[entry].correlation = correlation }
            groups[place] = group
        }
    }
}

extension CorrelationCounters {
    fileprivate var all: [Int] {
        [
            late, lateDropped, early, timeless, ungrouped, valueless, cut, evictedGroups,
            evictedEntries,
        ]
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init()
        late = try state.int()
        lateDropped = try state.int()
        early = try state.int()
        timeless = try state.int()
        ungrouped = try state.int()
        valueless = try state.int()
        cut = try state.int()
        evictedGroups = try state.int()
        evictedEntries = try state.int()
    }
}
