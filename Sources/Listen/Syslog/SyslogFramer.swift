/// Cuts a TCP stream into syslog messages. How they are framed is told from the first bytes of the connection.
///
/// - Octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3): `LENGTH SP MESSAGE`; a line end between frames is tolerated.
/// - Lines (RFC 6587 §3.4.2): ended by LF, CR LF or NUL.
/// - A message longer than `messageBytesMax` is cut there; what follows of it is passed over.
struct SyslogFramer {
    struct Message: Hashable {
        var bytes: [UInt8]
        var isCut: Bool
    }

    private enum Framing { case undecided, octets, lines }

    private let messageBytesMax: Int
    private var framing = Framing.undecided
    private var queue = ByteQueue()
    /// Of a message that was cut: bytes still to pass over (octets), or all up to its end (lines).
    private var passing = 0
    private var isPassingLine = false
    /// No line end lies before here.
    private var searched = 0

    /// Digits of a length; a longer one is no length.
    private static let lengthDigitsMax = 7

    init(messageBytesMax: Int) { self.messageBytesMax = messageBytesMax }

    var waitingBytes: Int { queue.count }

    mutating func add(_ bytes: [UInt8]) { queue.add(bytes) }

    /// The next message; nil where more bytes are needed.
    ///
    /// - Throws: ``StreamFailure/malformed`` where a length should stand: where the next message begins is lost.
    mutating func next() throws(StreamFailure) -> Message? {
        if framing == .undecided {
            guard let found = decide() else { return nil }
            framing = found
        }
        return framing == .octets ? try nextCounted() : nextLine()
    }

    /// What is left when the sender has closed; a message cut short is given as far as it came.
    mutating func last() -> Message? {
        guard passing == 0, !isPassingLine, !queue.isEmpty else { return nil }
        var at = 0
        if framing == .octets {
            guard let space = lengthEnd else { return nil }
            at = space + 1
        }
        let bytes = trimmed(queue.slice(at..<min(queue.count, at + messageBytesMax)))
        queue.drop(queue.count)
        return bytes.isEmpty ? nil : Message(bytes: bytes, isCut: framing == .octets)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0 }

    private mutating func decide() -> Framing? {
        while !queue.isEmpty, Self.isLineEnd(queue[0]) || queue[0] == 0x0d { queue.drop(1) }
        var digits = 0
        while digits < queue.count, Self.isDigit(queue[digits]) {
            digits += 1
            if digits > Self.lengthDigitsMax { return .lines }
        }
        guard digits < queue.count else { return nil }
        guard digits > 0, queue[digits] == 0x20 else { return .lines }
        guard digits + 1 < queue.count else { return nil }
        return queue[digits + 1] == UInt8(ascii: "<") ? .octets : .lines
    }

    /// Where the space behind the length stands; nil where it has not come.
    private var lengthEnd: Int? {
        var at = 0
        while at < queue.count, Self.isDigit(queue[at]) { at += 1 }
        return at > 0 && at < queue.count && queue[at] == 0x20 ? at : nil
    }

    private mutating func nextCounted() throws(StreamFailure) -> Message? {
        while true {
            if passing > 0 {
                let count = min(passing, queue.count)
                queue.drop(count)
                passing -= count
                if passing > 0 { return nil }
            }
            while !queue.isEmpty, Self.isLineEnd(queue[0]) || queue[0] == 0x0d { queue.drop(1) }
            var length = 0
            var at = 0
            while at < queue.count, Self.isDigit(queue[at]) {
                length = length * 10 + Int(queue[at] - UInt8(ascii: "0"))
                at += 1
                guard at <= Self.lengthDigitsMax else { throw .malformed }
            }
            guard at < queue.count else { return nil }
            guard at > 0, queue[at] == 0x20 else { throw .malformed }
            let start = at + 1
            let kept = min(length, messageBytesMax)
            guard queue.count >= start + kept else { return nil }
            let bytes = trimmed(queue.slice(start..<start + kept))
            queue.drop(start + kept)
            passing = length - kept
            if !bytes.isEmpty { return Message(bytes: bytes, isCut: length > kept) }
        }
    }

    private mutating func nextLine() -> Message? {
        while true {
            guard let end = lineEnd() else {
                if isPassingLine {
                    queue.drop(queue.count)
                    searched = 0
                } else if queue.count > messageBytesMax {
                    let bytes = queue.slice(0..<messageBytesMax)
                    queue.drop(queue.count)
                    searched = 0
                    isPassingLine = true
                    return Message(bytes: bytes, isCut: true)
                }
                return nil
            }
            let wasPassing = isPassingLine
            isPassingLine = false
            let isCut = end > messageBytesMax
            let bytes =
                isCut ? queue.slice(0..<messageBytesMax) : trimmed(queue.slice(0..<end))
            queue.drop(end + 1)
            searched = 0
            if !wasPassing, !bytes.isEmpty { return Message(bytes: bytes, isCut: isCut) }
        }
    }

    private mutating func lineEnd() -> Int? {
        while searched < queue.count {
            if Self.isLineEnd(queue[searched]) { return searched }
            searched += 1
        }
        return nil
    }

    private func trimmed(_ bytes: [UInt8]) -> [UInt8] { Self.trimmed(bytes) }

    /// Without line ends and NULs at its end, and without a byte order mark before its priority.
    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var end = bytes.count
        while end > 0, isLineEnd(bytes[end - 1]) || bytes[end - 1] == 0x0d { end -= 1 }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) && end >= 3 ? 3 : 0
        return start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
    }
}
