internal import Engine

/// What following one source remembers, as it is written down.
struct FollowState: Hashable, Sendable {
    static let version: UInt64 = 1

    /// Drawn when the state was made: where it was lost, no record is taken for one that was kept before.
    var epoch: UInt64
    var lastGeneration: UInt64 = 0
    var files: [FollowedFile] = []

    init(epoch: UInt64) { self.epoch = epoch }

    var bytes: [UInt8] {
        var writer = StateWriter()
        writer.add(Self.version)
        writer.addWord(epoch)
        writer.add(lastGeneration)
        writer.add(list: files) { $1.write(to: &$0) }
        var hash = StableHash()
        hash.add(writer.bytes)
        let (high, low) = hash.finish()
        writer.addWord(high)
        writer.addWord(low)
        return writer.bytes
    }

    init(_ bytes: [UInt8]) throws(StateReader.Failure) {
        var reader = StateReader(bytes)
        guard try reader.number() == Self.version else {
            throw reader.failure("written in another form")
        }
        epoch = try reader.word()
        lastGeneration = try reader.number()
        files = try reader.list { reader throws(StateReader.Failure) in
            try FollowedFile(from: &reader)
        }
        var hash = StableHash()
        hash.add(Array(bytes.dropLast(16)))
        let (high, low) = hash.finish()
        guard try reader.word() == high, try reader.word() == low, reader.isAtEnd else {
            throw reader.failure("damaged")
        }
        guard files.allSatisfy({ $0.generation <= lastGeneration }) else {
            throw reader.failure("a generation that was never given")
        }
    }
}
