internal import Sigma

extension Correlator {
    /// No window reaches back beyond this event time.
    var earliestOfInterest: Int64 {
        watermark.adding(clamped: -plan.reachNanoseconds)
    }
}

extension CorrelationPlan {
    /// From a record to the last firing it may still take part in: the longest chain of timespans,
    /// twice, since a window that is judged when it is complete begins a timespan before it ends.
    static func reach(of correlations: [Correlation], _ targets: [[CorrelationTarget]]) -> Int64 {
        var known = [Int64?](repeating: nil, count: correlations.count)
        func reach(_ index: Int, depth: Int) -> Int64 {
            if let reach = known[index] { return reach }
            // Chains have no cycles; a refused one that does is cut here.
            guard depth < correlations.count else { return 0 }
            var above: Int64 = 0
            for target in targets[index] {
                above = max(above, reach(target.correlation, depth: depth + 1))
            }
            let own = correlations[index].timespanNanoseconds
            let total = own.adding(clamped: own).adding(clamped: above)
            known[index] = total
            return total
        }
        return correlations.indices.map { reach($0, depth: 0) }.max() ?? 0
    }
}

extension CorrelationStage {
    func write(to state: inout StateWriter) {
        correlator.write(to: &state)
        state.add(list: remembered.sorted { $0.key < $1.key }) { state, entry in
            entry.value.event.write(to: &state)
            state.addWord(entry.value.identity.high)
            state.addWord(entry.value.identity.low)
            state.add(entry.value.host) { $0.add($1) }
            state.add(entry.value.user) { $0.add($1) }
        }
    }

    mutating func read(from state: inout StateReader) throws(StateReader.Failure) {
        try correlator.read(from: &state)
        for _ in 0..<(try state.count()) {
            let event = try RetainedEvent(from: &state)
            let known = Remembered(
                event: event, identity: (try state.word(), try state.word()),
                host: try state.optional { state throws(StateReader.Failure) in try state.text() },
                user: try state.optional { state throws(StateReader.Failure) in try state.text() })
            remembered[event.reference.order] = known
            bytes += event.byteCount
        }
    }

    /// Takes over what a stage of other rules remembers, as far as it concerns these.
    mutating func adopt(_ old: CorrelationStage) {
        correlator.adopt(old.correlator)
        remembered = old.remembered
        bytes = old.bytes
    }
}
