/// How facts are written into an engine's state. Texts are written as their places in the pool, which is written with them.

extension TextPool {
    func write(to state: inout StateWriter) {
        state.add(count)
        for id in 1..<max(1, count + 1) {
            state.add(slice(TextID(rawValue: UInt32(id))))
        }
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init()
        for _ in 0..<(try state.count()) {
            let text = try state.blob()
            let before = count
            guard intern(text[...], bytesMax: Self.bytesMax).rawValue == UInt32(before + 1) else {
                throw state.failure("a text stands twice in the pool")
            }
        }
    }
}

extension StateWriter {
    mutating func add(_ key: ContentKey) {
        addWord(key.high)
        addWord(key.low)
    }

    mutating func add(_ text: TextID) { add(UInt64(text.rawValue)) }

    mutating func add(_ process: ProcessReference) {
        add(process.guid != .none)
        if process.guid != .none { add(process.guid) }
        add(UInt64(process.pid))
    }
}

/// A reader that knows how many texts there are, so that no fact names one beyond.
struct FactReader {
    var state: StateReader
    let textCount: Int

    mutating func key() throws(StateReader.Failure) -> ContentKey {
        ContentKey(high: try state.word(), low: try state.word())
    }

    mutating func text() throws(StateReader.Failure) -> TextID {
        let number = try state.number()
        guard number <= textCount else { throw state.failure("a text is not in the pool") }
        return TextID(rawValue: UInt32(number))
    }

    mutating func small() throws(StateReader.Failure) -> UInt32 {
        guard let number = UInt32(exactly: try state.number()) else {
            throw state.failure("a number is too large")
        }
        return number
    }

    mutating func process() throws(StateReader.Failure) -> ProcessReference {
        let guid = try state.flag() ? try key() : .none
        return ProcessReference(guid: guid, pid: try small())
    }

    mutating func list<Value>(
        _ read: (inout FactReader) throws(StateReader.Failure) -> Value
    ) throws(StateReader.Failure) -> [Value] {
        let count = try state.count()
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}

extension ProcessFact {
    func write(to state: inout StateWriter) {
        state.add(time)
        state.add(identity)
        state.add(process)
        state.add(parent)
        state.add(session)
        for text in [host, image, command, parentImage, parentCommand, user] { state.add(text) }
        state.add(hash)
        state.add(isService)
        state.add(isStart)
        state.add(isPOSIX)
    }

    init(from reader: inout FactReader) throws(StateReader.Failure) {
        self.init(time: try reader.state.signed())
        identity = try reader.key()
        process = try reader.process()
        parent = try reader.process()
        session = try reader.state.number()
        host = try reader.text()
        image = try reader.text()
        command = try reader.text()
        parentImage = try reader.text()
        parentCommand = try reader.text()
        user = try reader.text()
        hash = try reader.key()
        isService = try reader.state.flag()
        isStart = try reader.state.flag()
        isPOSIX = try reader.state.flag()
    }
}

extension LinkFact {
    func write(to state: inout StateWriter) {
        state.add(time)
        state.add(identity)
        state.add(UInt64(kind.rawValue))
        state.add(process)
        state.add(other)
        state.add(session)
        state.add(key)
        for text in [host, a, b, c] { state.add(text) }
        state.add(UInt64(number))
    }

    init(from reader: inout FactReader) throws(StateReader.Failure) {
        let time = try reader.state.signed()
        let identity = try reader.key()
        guard let kind = Kind(rawValue: UInt8(clamping: try reader.state.number())) else {
            throw reader.state.failure("a link is of no known kind")
        }
        self.init(time: time, identity: identity, kind: kind)
        process = try reader.process()
        other = try reader.process()
        session = try reader.state.number()
        key = try reader.key()
        host = try reader.text()
        a = try reader.text()
        b = try reader.text()
        c = try reader.text()
        number = try reader.small()
    }
}
