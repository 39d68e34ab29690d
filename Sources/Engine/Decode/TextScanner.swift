/// A place in text that is read from left to right. Each step says whether it could be done, and
/// leaves the position where it was when it could not.
///
/// - Input: any bytes; the end reads as NUL, which no text format uses as a delimiter.
struct TextScanner: ~Escapable {
    let bytes: Span<UInt8>
    var position: Int
    /// One past the last byte that may be read.
    let end: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// Reads only `range`, which must lie within `bytes`; positions stay those of `bytes`.
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var atEnd: Bool { position >= end }
    var current: UInt8 { position < end ? bytes[position] : 0 }
    var rest: Range<Int> { position..<max(position, end) }

    func peek(_ distance: Int) -> UInt8 {
        let index = position + distance
        return index >= 0 && index < end ? bytes[index] : 0
    }

    mutating func advance(_ count: Int = 1) { position = min(position + count, end) }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func take(_ text: StaticString) -> Bool {
        guard bytes.has(text, at: position, before: end) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    mutating func skipBlanks() {
        while position < end, Ascii.isBlank(bytes[position]) { position += 1 }
    }

    /// The bytes before the next `byte`, which is skipped; nil when there is none.
    mutating func upTo(_ byte: UInt8) -> Range<Int>? {
        guard let found = bytes.position(of: byte, in: position..<end) else { return nil }
        let range = position..<found
        position = found + 1
        return range
    }

    /// The bytes before the next blank or the end; the blank is not skipped.
    mutating func word() -> Range<Int> {
        let start = position
        while position < end, !Ascii.isBlank(bytes[position]) { position += 1 }
        return start..<position
    }

    /// A run of `least` to `most` (at most 18) decimal digits, taken as far as it goes.
    mutating func number(_ least: Int, _ most: Int) -> Int? {
        var value = 0
        var count = 0
        while count < most, position + count < end {
            let byte = bytes[position + count]
            guard Ascii.isDigit(byte) else { break }
            value = value * 10 + Int(byte - Ascii.zero)
            count += 1
        }
        guard count >= least else { return nil }
        position += count
        return value
    }

    /// How many decimal digits follow, up to `limit`.
    func digitsAhead(_ limit: Int) -> Int {
        var count = 0
        while count < limit, Ascii.isDigit(peek(count)) { count += 1 }
        return count
    }
}

enum Ascii {
    static let zero = UInt8(ascii: "0")
    static let space = UInt8(ascii: " ")
    static let tab: UInt8 = 9
    static let newline: UInt8 = 10
    static let carriageReturn: UInt8 = 13
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let backslash = UInt8(ascii: "\\")
    static let equals = UInt8(ascii: "=")
    static let dash = UInt8(ascii: "-")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let dot = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let bar = UInt8(ascii: "|")

    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_")
    }

    static func lower(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// 0...15, or nil.
    static func hex(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - zero }
        let letter = byte | 0x20
        return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f")
            ? letter - UInt8(ascii: "a") + 10 : nil
    }
}
