internal import Sigma

extension CorrelationGroup {
    func write(to state: inout StateWriter) {
        state.add(list: key) { $0.add($1) }
        state.add(lost)
        state.add(closesAt)
        state.add(list: held) { $1.write(to: &$0) }
        state.add(list: seenBySlot) { $0.add($1) }
        state.add(list: sequenceStart) { state, start in state.add(start) { $0.add($1) } }
        let counted = distinct.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        state.add(list: counted) { state, entry in
            state.add(list: entry.key) { $0.add($1) }
            state.add(entry.value)
        }
        state.add(sum)
        state.add(isExact)
        state.add(isHolding)
        state.add(firedAt) { $0.add($1) }
    }

    init(from state: inout StateReader, slots: Int) throws(StateReader.Failure) {
        self.init(key: try state.texts(), slots: slots)
        lost = try state.int()
        closesAt = try state.signed()
        entries = try state.list { state throws(StateReader.Failure) in
            try CorrelationEntry(from: &state)
        }
        seenBySlot = try state.ints()
        sequenceStart = try state.list { state throws(StateReader.Failure) in
            try state.optional { state throws(StateReader.Failure) in try state.signed() }
        }
        for _ in 0..<(try state.count()) {
            let values = try state.texts()
            distinct[values] = try state.int()
        }
        sum = try state.double()
        isExact = try state.flag()
        isHolding = try state.flag()
        firedAt = try state.optional { state throws(StateReader.Failure) in try state.signed() }
        guard seenBySlot.count == slots, sequenceStart.count == slots,
            entries.allSatisfy({ 0..<slots ~= $0.slot })
        else { throw state.failure("a group is of another correlation") }
    }
}

extension CorrelationTable {
    /// Groups from the one touched longest ago; places are given anew when they are read.
    func write(to state: inout StateWriter, places written: inout [Int: Int]) {
        var order: [Int] = []
        var place = oldest
        while place >= 0 {
            written[place] = order.count
            order.append(place)
            place = links[place].newer
        }
        state.add(list: order) { state, place in groups[place]?.write(to: &state) }
    }

    init(
        _ correlation: Correlation, from state: inout StateReader
    ) throws(StateReader.Failure) {
        self.init(correlation)
        for _ in 0..<(try state.count()) {
            let group = try CorrelationGroup(from: &state, slots: correlation.rules.count)
            guard places[group.key] == nil else {
                throw state.failure("a group stands twice in its table")
            }
            entryCount += group.count
            _ = add(group)
        }
    }
}
