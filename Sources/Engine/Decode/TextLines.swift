/// The lines of a block, one a call; blank lines are counted and passed over.
///
/// - Bounds: a line above ``lineBytesMax`` is for its decoder to refuse (``tooLong``).
struct TextLines {
    static let lineBytesMax = 1 << 20
    static let tooLong = "line longer than 1 MiB"

    /// Where the next line starts.
    var position = 0
    /// 1-based number of the line that ``next(in:)`` returned last.
    private(set) var number: UInt64
    private let offset: UInt64

    init(_ block: Block) {
        number = block.firstLine &- 1
        offset = block.offset
    }

    /// The next line that is not blank, without its line ending. Nil at the end of the block.
    mutating func next(in bytes: Span<UInt8>) -> Range<Int>? {
        if position == 0, offset == 0, bytes.has("\u{FEFF}", at: 0, before: bytes.count) {
            position = 3
        }
        while position < bytes.count {
            let start = position
            let end = bytes.position(of: Ascii.newline, in: start..<bytes.count) ?? bytes.count
            position = min(end + 1, bytes.count)
            number &+= 1
            let line = start..<end
            if !bytes.trimmed(line).isEmpty {
                var last = end
                while bytes[last - 1] == Ascii.carriageReturn { last -= 1 }
                return start..<last
            }
        }
        return nil
    }

    /// ``next(in:)``, refusing a line above the limit.
    mutating func nextBounded(in bytes: Span<UInt8>) throws(DecodeFailure) -> Range<Int>? {
        guard let line = next(in: bytes) else { return nil }
        guard line.count <= Self.lineBytesMax else {
            throw DecodeFailure(offset: line.lowerBound, reason: Self.tooLong)
        }
        return line
    }

    /// Lines that lie within a record whose decoder found its end itself.
    mutating func skip(to end: Int, in bytes: Span<UInt8>) {
        while position < min(end, bytes.count) {
            let found = bytes.position(of: Ascii.newline, in: position..<bytes.count)
            position = found.map { $0 + 1 } ?? bytes.count
            number &+= 1
        }
    }

    /// Empties `event` for the record that is `line`.
    func begin(_ event: inout EventBuffer, _ bytes: Span<UInt8>, _ line: Range<Int>) {
        event.begin(source: bytes)
        event.recordNumber = number
        event.recordOffset = offset &+ UInt64(line.lowerBound)
        event.rawRange = line
    }
}

/// Why a record was refused, as a fixed phrase.
protocol RefusalReason: RawRepresentable where RawValue == String {}

extension RefusalReason {
    func at(_ offset: Int) -> DecodeFailure { DecodeFailure(offset: offset, reason: rawValue) }
}

extension EventBuffer {
    mutating func append(_ name: FieldID, _ text: StaticString) {
        let start = beginValue()
        put(text)
        endValue(name, from: start)
    }

    /// A value that stands in `bytes` between `range`, with escapes that `decode` resolves: it is
    /// called at each backslash and returns how many bytes it took (0 keeps the backslash).
    mutating func append(
        _ name: FieldID, _ bytes: Span<UInt8>, unescaping range: Range<Int>,
        _ decode: (Span<UInt8>, Range<Int>, inout EventBuffer) -> Int
    ) {
        guard bytes.position(of: Ascii.backslash, in: range) != nil else {
            append(name, sourceRange: range)
            return
        }
        let start = beginValue()
        putUnescaped(bytes, range, decode)
        endValue(name, from: start)
    }

    mutating func putUnescaped(
        _ bytes: Span<UInt8>, _ range: Range<Int>,
        _ decode: (Span<UInt8>, Range<Int>, inout EventBuffer) -> Int
    ) {
        var index = range.lowerBound
        while let found = bytes.position(of: Ascii.backslash, in: index..<range.upperBound) {
            put(bytes.extracting(index..<found))
            let taken = decode(bytes, found..<range.upperBound, &self)
            if taken == 0 { put(Ascii.backslash) }
            index = min(found + max(taken, 1), range.upperBound)
        }
        put(bytes.extracting(index..<range.upperBound))
    }

    /// A value in which two quotes stand for one.
    mutating func append(_ name: FieldID, _ bytes: Span<UInt8>, undoubling range: Range<Int>) {
        let start = beginValue()
        var index = range.lowerBound
        while let found = bytes.position(of: Ascii.quote, in: index..<range.upperBound) {
            put(bytes.extracting(index..<found + 1))
            index = min(found + 2, range.upperBound)
        }
        put(bytes.extracting(index..<range.upperBound))
        endValue(name, from: start)
    }

    /// A number in decimal, as text.
    mutating func append(_ name: FieldID, number: Int) {
        let start = beginValue()
        put(decimal: number)
        endValue(name, from: start, kind: .number)
    }

    mutating func put(decimal number: Int) {
        if number < 0 { put(Ascii.dash) }
        var rest = number.magnitude
        var divisor: UInt = 1
        while rest / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            put(Ascii.zero + UInt8(rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
