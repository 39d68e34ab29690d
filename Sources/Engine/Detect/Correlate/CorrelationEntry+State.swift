extension RecordReference {
    func write(to state: inout StateWriter) {
        state.add(source)
        state.add(record)
        state.add(offset)
        state.add(order)
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(
            source: try state.int(), record: try state.number(), offset: try state.number(),
            order: try state.number())
    }
}

extension CorrelationEntry {
    func write(to state: inout StateWriter) {
        state.add(correlation)
        state.add(slot)
        state.add(time)
        state.add(list: group) { $0.add($1) }
        state.add(list: values) { $0.add($1) }
        state.add(number)
        state.add(list: carried) { state, text in state.add(text) { $0.add($1) } }
        state.add(lastRecordTime)
        trigger.write(to: &state)
        state.add(list: records) { $1.write(to: &$0) }
        state.add(unlisted)
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(
            correlation: try state.int(), slot: try state.int(), time: try state.signed(),
            group: try state.texts(), values: try state.texts(), number: try state.double(),
            carried: try state.list { state throws(StateReader.Failure) in
                try state.optional { state throws(StateReader.Failure) in try state.text() }
            },
            lastRecordTime: try state.signed(), trigger: try RecordReference(from: &state),
            records: try state.list { state throws(StateReader.Failure) in
                try RecordReference(from: &state)
            },
            unlisted: try state.int())
    }
}

extension StateReader {
    mutating func texts() throws(Failure) -> [String] {
        try list { state throws(Failure) in try state.text() }
    }

    mutating func ints() throws(Failure) -> [Int] {
        try list { state throws(Failure) in try state.int() }
    }
}

extension PendingEntries {
    func write(to state: inout StateWriter) {
        // In their turn, so that the same entries give the same bytes.
        state.add(list: heap.elements.sorted()) { state, key in
            entries[key.place]?.write(to: &state)
        }
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init()
        for _ in 0..<(try state.count()) { insert(try CorrelationEntry(from: &state)) }
    }
}
