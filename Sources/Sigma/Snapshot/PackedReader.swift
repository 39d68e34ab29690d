/// Why packed bytes are refused; nothing of them is used then.
package enum PackedFailure: Error, Equatable {
    case truncated
    /// A number, tag or nesting that no writer makes.
    case invalid
}

/// Reads what ``PackedWriter`` laid down, from bytes that may be damaged or hostile.
///
/// - Bounds: never reads outside its range; a count is believed only as far as bytes are left, so
///   memory stays within a small multiple of the input.
package struct PackedReader: Sendable {
    /// Conditions within one another.
    package static let depthMax = 512

    package let bytes: [UInt8]
    package private(set) var at: Int
    package let end: Int
    package var strings: [String] = []

    /// - Precondition: `range` lies within `bytes`.
    package init(_ bytes: [UInt8], range: Range<Int>? = nil, strings: [String] = []) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
        self.strings = strings
    }

    package var isAtEnd: Bool { at == end }

    package mutating func byte() throws(PackedFailure) -> UInt8 {
        guard at < end else { throw .truncated }
        at += 1
        return bytes[at - 1]
    }

    package mutating func flag() throws(PackedFailure) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw .invalid }
        return value == 1
    }

    package mutating func word() throws(PackedFailure) -> UInt32 {
        guard end - at >= 4 else { throw .truncated }
        let value =
            UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
            | UInt32(bytes[at + 3]) << 24
        at += 4
        return value
    }

    package mutating func long() throws(PackedFailure) -> UInt64 {
        let low = try word()
        return UInt64(try word()) << 32 | UInt64(low)
    }

    /// How many things follow, each at least `bytesEach` long.
    package mutating func count(bytesEach: Int) throws(PackedFailure) -> Int {
        let count = Int(try word())
        guard count <= (end - at) / max(1, bytesEach) else { throw .truncated }
        return count
    }

    package mutating func range() throws(PackedFailure) -> Range<Int> {
        let count = try count(bytesEach: 1)
        at += count
        return at - count..<at
    }

    package mutating func run() throws(PackedFailure) -> [UInt8] {
        let range = try range()
        return Array(bytes[range])
    }

    package mutating func text() throws(PackedFailure) -> String {
        let number = Int(try word())
        guard number < strings.count else { throw .invalid }
        return strings[number]
    }

    package mutating func optionalText() throws(PackedFailure) -> String? {
        try flag() ? try text() : nil
    }

    package mutating func texts() throws(PackedFailure) -> [String] {
        let count = try count(bytesEach: 4)
        if count == 0 { return [] }
        var texts: [String] = []
        texts.reserveCapacity(count)
        for _ in 0..<count { texts.append(try text()) }
        return texts
    }

    /// Takes in the table of texts that ``text()`` looks into.
    package mutating func readStrings() throws(PackedFailure) {
        let count = try count(bytesEach: 4)
        var table: [String] = []
        table.reserveCapacity(count)
        for _ in 0..<count {
            let range = try range()
            table.append(String(decoding: bytes[range], as: UTF8.self))
        }
        strings = table
    }
}
