extension RetainedEvent {
    func write(to state: inout StateWriter) {
        reference.write(to: &state)
        state.add(time?.nanoseconds) { $0.add($1) }
        state.add(list: fields) { state, field in
            state.add(field.name)
            state.add(UInt64(field.kind.rawValue))
            state.add(slice(of: field))
        }
        state.add(raw)
        state.add(source.rawValue)
        state.add(activity.rawValue)
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        let reference = try RecordReference(from: &state)
        let nanoseconds = try state.optional { state throws(StateReader.Failure) in
            try state.signed()
        }
        var fields: [Field] = []
        var bytes: [UInt8] = []
        for _ in 0..<(try state.count()) {
            let name = try state.text()
            guard let kind = ValueKind(rawValue: UInt8(clamping: try state.number())) else {
                throw state.failure("a field is of no known kind")
            }
            let value = try state.blob()
            fields.append(
                Field(
                    name: name, start: UInt32(bytes.count), count: UInt32(value.count), kind: kind))
            bytes += value
        }
        self.init(
            reference: reference, time: nanoseconds.map { Timestamp(nanoseconds: $0) },
            fields: fields, bytes: bytes, raw: try state.blob())
        guard let source = SourceKind(rawValue: try state.text()),
            let activity = Activity(rawValue: try state.text())
        else { throw state.failure("an event is of no known kind") }
        self.source = source
        self.activity = activity
    }
}
