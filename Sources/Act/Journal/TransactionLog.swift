internal import Glibc

/// The journal of one action on disk: one sealed line an entry, each on the disk before what it announces is done.
///
/// - Form: `SEAL TEXT`, SEAL being 64 hexadecimal digits of HMAC-SHA256 over the seal before it and the text. The first line's seal
///   covers the order's id, so no journal can take another's place.
/// - A last line without its line feed is what a crash left of a write: it is cut off. Any other line whose seal does not hold means that
///   the journal was changed: it is refused as a whole.
/// - Limits: 1,000 lines, 16 MiB.
struct TransactionLog {
    static let bytesMax = 16 << 20
    static let linesMax = 1_000

    let id: String
    private let path: String
    private let key: JournalKey
    private var seal: [UInt8]
    private var count = 0

    /// Begins the journal of an order; its folder must not be there yet.
    static func begin(
        _ id: String, in folder: String, key: JournalKey
    ) throws(ActFailure) -> TransactionLog {
        let place = "\(folder)/\(id)"
        guard unsafe mkdir(place, 0o700) == 0 || errno == EEXIST else {
            throw SystemProblem.failure("cannot make \(place)")
        }
        try JournalFolder.sync(folder)
        return TransactionLog(id: id, folder: folder, key: key)
    }

    private init(id: String, folder: String, key: JournalKey) {
        self.id = id
        self.key = key
        path = "\(folder)/\(id)/journal"
        seal = Array(id.utf8)
    }

    /// - Returns: nil where nothing was written yet: the order was never taken.
    static func read(
        _ id: String, in folder: String, key: JournalKey
    ) throws(ActFailure) -> (log: TransactionLog, entries: [JournalEntry])? {
        var log = TransactionLog(id: id, folder: folder, key: key)
        guard let bytes = try JournalFolder.read(log.path, bytesMax: bytesMax) else { return nil }
        var entries: [JournalEntry] = []
        var whole = 0
        for line in LineEdit.lines(of: bytes) where line.last == UInt8(ascii: "\n") {
            let text = Array(line.dropFirst(65).dropLast())
            guard line.count > 66, line[64] == 0x20,
                let seal = Hex.bytes(String(decoding: line[..<64], as: UTF8.self)),
                key.isSeal(seal, of: text, after: log.seal)
            else {
                throw ActFailure(
                    .damaged,
                    "line \(entries.count + 1) of the journal of \(id) was changed; nothing of it is trusted"
                )
            }
            entries.append(try JournalEntry(json: try JSONReader.value(of: text)))
            log.seal = seal
            whole += line.count
        }
        if whole < bytes.count { try log.cut(to: whole) }
        log.count = entries.count
        return entries.isEmpty ? nil : (log, entries)
    }

    private func cut(to length: Int) throws(ActFailure) {
        guard let file = Descriptor(unsafe open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)),
            ftruncate(file.number, length) == 0
        else { throw SystemProblem.failure("cannot write \(path)") }
        try file.sync()
    }

    /// Returns when the entry lies on the disk.
    mutating func append(_ entry: JournalEntry) throws(ActFailure) {
        guard count < Self.linesMax else {
            throw ActFailure(.limit, "the journal of \(id) has \(Self.linesMax) lines")
        }
        let text = entry.json.bytes
        guard text.count <= JSONReader.bytesMax else {
            throw ActFailure(.limit, "an action that touches too much; order it in parts")
        }
        let next = key.seal(text, after: seal)
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe open(path, flags, 0o600)) else {
            throw SystemProblem.failure("cannot write \(path)")
        }
        let line = Array(Hex.text(next).utf8) + [0x20] + text + [0x0A]
        try file.write(line[...])
        try file.sync()
        if count == 0 {
            try JournalFolder.sync(String(path.dropLast("/journal".count)))
        }
        seal = next
        count += 1
    }
}
