package import Engine

/// One segment that retention let go.
package struct Removal: Hashable, Sendable {
    package enum Cause: String, Hashable, Sendable { case age, size }

    package let firstSequence: UInt64
    package let lastSequence: UInt64
    /// The segment's id, 16 bytes.
    let segmentID: [UInt8]
    /// Where the chain stood before the segment, and after it.
    package let link: ChainHash
    package let end: ChainHash
    package let byteCount: UInt64
    package let cause: Cause
    package let time: Timestamp
}

/// What retention let go, one line each, appended before the segment is removed: `removed.log`.
///
/// Each line ends with a hash over the line and the hash before it, so that a gap is either told of here or not lawful.
/// docs/archive.md has the columns.
struct RemovalLog: Sendable {
    static let name = "removed.log"
    /// Some 190,000 removals.
    static let bytesMax = 64 << 20

    let folder: SegmentFolder
    private(set) var removals: [Removal] = []
    /// 1-based; nil where all lines hold. Lines from there on are not taken for lawful.
    private(set) var firstBadLine: Int?
    private var hash = ChainHash.start
    /// Length of the lines that hold.
    private var end = 0

    /// A last line without its end was never acted on and is no error.
    init(_ folder: SegmentFolder) throws(StoreFailure) {
        self.folder = folder
        let path = folder.path(Self.name)
        guard DiskFolder.exists(path) else { return }
        let bytes = try DiskFile.contents(path, bytesMax: Self.bytesMax)
        let whole = bytes.prefix((bytes.lastIndex(of: 0x0A) ?? -1) + 1)
        for line in whole.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            guard let (removal, next) = Self.read(String(decoding: line, as: UTF8.self), after: hash)
            else {
                firstBadLine = removals.count + 1
                break
            }
            removals.append(removal)
            hash = next
            end += line.count + 1
        }
    }

    /// The line is durable when this returns.
    mutating func append(_ removal: Removal) throws(StoreFailure) {
        guard firstBadLine == nil else {
            throw StoreFailure(
                .damaged,
                "\(folder.path(Self.name)) was altered; nothing is removed until it is restored.")
        }
        let text = Self.text(of: removal)
        let next = Self.hash(of: text, after: hash)
        let line = Array("\(text)\t\(next)\n".utf8)
        let isNew = !DiskFolder.exists(folder.path(Self.name))
        let file = try DiskFile(folder.path(Self.name), .create)
        try file.truncate(to: UInt64(end))
        try file.write(line, at: UInt64(end))
        try file.sync()
        if isNew { try DiskFolder.sync(folder.path) }
        removals.append(removal)
        hash = next
        end += line.count
    }

    private static func text(of removal: Removal) -> String {
        [
            "removed", String(removal.firstSequence), String(removal.lastSequence),
            removal.segmentID.hexadecimal, removal.link.description, removal.end.description,
            String(removal.byteCount), removal.cause.rawValue, String(removal.time.nanoseconds),
        ].joined(separator: "\t")
    }

    private static func hash(of text: String, after before: ChainHash) -> ChainHash {
        ChainHash(of: [before.bytes[...], Array(text.utf8)[...]])
    }

    private static func read(
        _ line: String, after before: ChainHash
    ) -> (Removal, ChainHash)? {
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard cells.count == 10, cells[0] == "removed",
            let first = UInt64(cells[1]), let last = UInt64(cells[2]), first <= last,
            let id = [UInt8](hexadecimal: cells[3]), id.count == SegmentHeader.idByteCount,
            let link = ChainHash(hexadecimal: cells[4]), let end = ChainHash(hexadecimal: cells[5]),
            let byteCount = UInt64(cells[6]), let cause = Removal.Cause(rawValue: String(cells[7])),
            let time = Int64(cells[8])
        else { return nil }
        let removal = Removal(
            firstSequence: first, lastSequence: last, segmentID: id, link: link, end: end,
            byteCount: byteCount, cause: cause, time: Timestamp(nanoseconds: time))
        let next = hash(of: text(of: removal), after: before)
        guard next.description == String(cells[9]) else { return nil }
        return (removal, next)
    }
}
