internal import Engine

/// What some bytes of a file were, so that they are known again.
struct Fingerprint: Hashable, Sendable {
    static let headBytesMax = 1024
    static let tailBytesMax = 256

    var count = 0
    var high: UInt64 = 0
    var low: UInt64 = 0

    init() {}

    init(_ bytes: [UInt8]) {
        var hash = StableHash()
        hash.add(bytes)
        count = bytes.count
        (high, low) = hash.finish()
    }

    func write(to writer: inout StateWriter) {
        writer.add(count)
        writer.addWord(high)
        writer.addWord(low)
    }

    init(from reader: inout StateReader) throws(StateReader.Failure) {
        count = try reader.int()
        high = try reader.word()
        low = try reader.word()
    }
}

/// How far one file was read. What stands here is durable: records before ``offset`` are kept, those behind it are not told of yet.
struct FollowedFile: Hashable, Sendable {
    /// Given once, never again: with an offset it names a record. It stays when a file is renamed, copied away or compressed, and changes when
    /// the file begins anew.
    var generation: UInt64
    var path: [UInt8]
    var device: UInt64
    var inode: UInt64
    /// Holds its text compressed; offsets are those of the text.
    var isPacked = false
    /// A copy of what is read elsewhere under the same generation.
    var isCopy = false
    var offset: UInt64 = 0
    /// The first bytes, as they were read first, and the last ones before ``offset``.
    var head = Fingerprint()
    var tail = Fingerprint()
    /// Decided once, before the first record is handed in.
    var format: RecordFormat?
    var isRecognised = false
    /// Where the lines stand that name its columns.
    var header: Range<UInt64> = 0..<0
    /// Within a line that was longer than the limit.
    var isSkipping = false
    /// What waited too long for more ends here. Written before it is handed in, so that it ends there again.
    var forcedEnd: UInt64?

    init(generation: UInt64, path: [UInt8], device: UInt64, inode: UInt64) {
        self.generation = generation
        self.path = path
        self.device = device
        self.inode = inode
    }

    /// Something is known by which it can be told from others.
    var isKnown: Bool { head.count > 0 }

    /// Whether `bytes`, from its start on, are those that were there when it was first read.
    func begins(_ bytes: [UInt8]) -> Bool {
        bytes.count >= head.count
            && (head.count == 0 || Fingerprint(Array(bytes.prefix(head.count))) == head)
    }

    var key: FileKey { FileKey(device: device, inode: inode) }
    var name: String { String(decoding: path, as: UTF8.self) }

    func write(to writer: inout StateWriter) {
        writer.add(generation)
        writer.add(path)
        writer.add(device)
        writer.add(inode)
        writer.add(isPacked)
        writer.add(isCopy)
        writer.add(offset)
        head.write(to: &writer)
        tail.write(to: &writer)
        writer.add(format) { $0.add($1.rawValue) }
        writer.add(isRecognised)
        writer.add(header.lowerBound)
        writer.add(header.upperBound)
        writer.add(isSkipping)
        writer.add(forcedEnd) { $0.add($1) }
    }

    init(from reader: inout StateReader) throws(StateReader.Failure) {
        generation = try reader.number()
        path = try reader.blob()
        device = try reader.number()
        inode = try reader.number()
        isPacked = try reader.flag()
        isCopy = try reader.flag()
        offset = try reader.number()
        head = try Fingerprint(from: &reader)
        tail = try Fingerprint(from: &reader)
        if try reader.flag() {
            let name = try reader.text()
            guard let format = RecordFormat(rawValue: name) else {
                throw reader.failure("a format of no known name")
            }
            self.format = format
        }
        isRecognised = try reader.flag()
        let start = try reader.number()
        let end = try reader.number()
        guard start <= end else { throw reader.failure("a header ends before it begins") }
        header = start..<end
        isSkipping = try reader.flag()
        forcedEnd = try reader.flag() ? try reader.number() : nil
        guard (0...Fingerprint.headBytesMax).contains(head.count),
            (0...Fingerprint.tailBytesMax).contains(tail.count), UInt64(tail.count) <= offset
        else { throw reader.failure("a fingerprint of more than was read") }
    }
}

/// Which file of the machine it is.
struct FileKey: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64

    init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    init(_ status: FileStatus) { self.init(device: status.device, inode: status.inode) }
}
