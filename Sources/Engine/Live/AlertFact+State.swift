extension AlertFact {
    func write(to state: inout StateWriter) {
        state.add(time)
        state.add(identity)
        state.add(index)
        state.add(rule)
        state.add(UInt64(level))
        state.add(activity.rawValue)
        state.add(source.rawValue)
        subject.write(to: &state)
        state.add(target)
        state.add(session)
        state.add(isService)
        state.add(UInt64(port))
        state.add(UInt64(logonType))
        state.add(objectKind?.rawValue) { $0.add($1) }
        for text in texts { state.add(text) }
    }

    private var texts: [TextID] {
        [
            host, targetImage, user, origin, destination, workstation, object, detail, principal,
            accessKey, issued, issuedKey,
        ]
    }

    init(from reader: inout FactReader) throws(StateReader.Failure) {
        self.init(time: try reader.state.signed())
        identity = try reader.key()
        index = try reader.state.int()
        rule = try reader.state.int()
        level = UInt8(clamping: try reader.state.number())
        guard let activity = Activity(rawValue: try reader.state.text()),
            let source = SourceKind(rawValue: try reader.state.text())
        else { throw reader.state.failure("an alert tells of nothing known") }
        self.activity = activity
        self.source = source
        subject = try ProcessFact(from: &reader)
        target = try reader.process()
        session = try reader.state.number()
        isService = try reader.state.flag()
        port = try reader.small()
        logonType = try reader.small()
        if try reader.state.flag() {
            guard let kind = Entity.Kind(rawValue: try reader.state.text()) else {
                throw reader.state.failure("an entity is of no known kind")
            }
            objectKind = kind
        }
        host = try reader.text()
        targetImage = try reader.text()
        user = try reader.text()
        origin = try reader.text()
        destination = try reader.text()
        workstation = try reader.text()
        object = try reader.text()
        detail = try reader.text()
        principal = try reader.text()
        accessKey = try reader.text()
        issued = try reader.text()
        issuedKey = try reader.text()
    }
}
