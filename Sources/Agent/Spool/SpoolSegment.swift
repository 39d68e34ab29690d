internal import Engine

/// One file of a spool: a head, then frames whose sequences rise without a hole.
///
///     "KGSPOOL1" │ 16 bytes: the spool's name │ u64 first sequence │ u32 CRC-32C of all before
struct SpoolSegment {
    static let headBytes = 36
    private static let magic = Array("KGSPOOL1".utf8)

    let path: String
    let first: UInt64
    /// `first - 1` where it has none.
    var last: UInt64
    /// All bytes that are good and durable.
    var byteCount = Self.headBytes
    /// Records by ``RecordValue``.
    var counts: [Int] = [0, 0, 0]

    init(path: String, first: UInt64) {
        self.path = path
        self.first = first
        last = first - 1
    }

    var recordCount: Int { counts.reduce(0, +) }

    static func name(of first: UInt64) -> String {
        let digits = String(first, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + ".spool"
    }

    /// Nil where it is no name of a segment.
    static func first(of name: String) -> UInt64? {
        guard name.utf8.count == 22, name.hasSuffix(".spool") else { return nil }
        return UInt64(name.prefix(16), radix: 16).flatMap { $0 > 0 ? $0 : nil }
    }

    static func head(_ spool: [UInt8], first: UInt64) -> [UInt8] {
        var bytes = magic + spool
        bytes.append(number: first, bytes: 8)
        bytes.append(number: UInt64(CRC32C.of(bytes)), bytes: 4)
        return bytes
    }

    mutating func count(_ frame: SpoolFrame, byteCount size: Int) {
        last = frame.last
        byteCount += size
        if case .record(_, let record) = frame { counts[Int(record.value.rawValue)] += 1 }
    }

    /// What a file holds, with a gap in the place of whatever is damaged.
    struct Reading: Sendable {
        var first: UInt64
        var frames: [(frame: SpoolFrame, start: Int, byteCount: Int)] = []
        /// True where the frames are not those of the file, which must be written anew.
        var isMended = false
        /// Bytes at the end that hold no whole frame: a write that was broken off.
        var tornBytes = 0
    }

    /// - Parameter first: as the file's name says; where the head is damaged it is all there is to go by.
    static func read(_ bytes: [UInt8], of spool: [UInt8], first: UInt64) -> Reading {
        var reading = Reading(first: first)
        reading.isMended = !bytes.starts(with: head(spool, first: first))
        var next = first
        var at = headBytes
        while at < bytes.count {
            guard let (frame, size) = SpoolFrame.read(bytes, at: at), frame.first >= next else {
                guard let found = resume(bytes, after: at, from: next) else { break }
                at = found
                continue
            }
            if frame.first > next {
                let gap = SpoolGap(first: next, last: frame.first - 1, reason: .damaged)
                reading.frames.append((.gap(gap), at, 0))
                reading.isMended = true
            }
            reading.frames.append((frame, at, size))
            next = frame.last + 1
            at += size
        }
        reading.tornBytes = max(0, bytes.count - at)
        return reading
    }

    /// Where the next good frame begins behind a damaged one. A torn end has none.
    private static func resume(_ bytes: [UInt8], after start: Int, from next: UInt64) -> Int? {
        var at = start + 1
        while at + SpoolFrame.headBytes <= bytes.count {
            if let found = SpoolFrame.read(bytes, at: at), found.frame.first >= next { return at }
            at += 1
        }
        return nil
    }
}
