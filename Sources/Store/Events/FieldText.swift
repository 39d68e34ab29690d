/// How values are compared: bytes of UTF-8, ASCII letters without regard to case.
enum FieldText {
    /// A decimal number as filters take it: `-`, digits, a point and digits; at most 64 bytes. Nil for anything else.
    ///
    /// Kept as a double: whole numbers beyond 2⁵³ compare as their nearest double.
    static func number(_ text: Span<UInt8>) -> Double? {
        guard text.count <= 64 else { return nil }
        var index = 0
        if text.count > 0, text[0] == UInt8(ascii: "-") { index = 1 }
        guard let whole = digits(text, from: index) else { return nil }
        var end = whole
        if end < text.count {
            guard text[end] == UInt8(ascii: "."), let fraction = digits(text, from: end + 1) else {
                return nil
            }
            end = fraction
        }
        guard end == text.count else { return nil }
        var digits = ""
        for index in text.indices { digits.unicodeScalars.append(Unicode.Scalar(text[index])) }
        return Double(digits)
    }

    static func number(_ text: String) -> Double? { number(text.utf8Span.span) }

    /// Where the digits that start at `start` end; nil where there is none.
    private static func digits(_ text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < text.count, text[index] >= 0x30, text[index] <= 0x39 { index += 1 }
        return index > start ? index : nil
    }

    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    static func folded(_ text: String) -> [UInt8] { text.utf8.map(folded) }
}

/// One comparison with a text, made ready once for many values.
struct Needle: Sendable {
    /// Folded.
    private let bytes: [UInt8]
    private let comparison: EventFilter.Comparison
    /// Nil where the text is no number.
    private let number: Double?

    init(_ text: String, _ comparison: EventFilter.Comparison) {
        bytes = FieldText.folded(text)
        self.comparison = comparison
        number = FieldText.number(text)
    }

    func holds(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        switch comparison {
        case .equals: return range.count == bytes.count && matches(text, at: range.lowerBound)
        case .startsWith: return range.count >= bytes.count && matches(text, at: range.lowerBound)
        case .endsWith:
            return range.count >= bytes.count
                && matches(text, at: range.upperBound - bytes.count)
        case .contains: return first(in: text, range) != nil
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let number, let other = FieldText.number(text.extracting(range)) else {
                return false
            }
            return switch comparison {
            case .less: other < number
            case .lessOrEqual: other <= number
            case .greater: other > number
            default: other >= number
            }
        }
    }

    /// Where the text first stands within `range`; its start where the needle is empty.
    func first(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard let initial = bytes.first else { return range.lowerBound }
        guard range.count >= bytes.count else { return nil }
        let last = range.upperBound - bytes.count
        var at = range.lowerBound
        while at <= last {
            if FieldText.folded(text[at]) == initial, matches(text, at: at) { return at }
            at += 1
        }
        return nil
    }

    var count: Int { bytes.count }

    /// - Precondition: the needle's length fits behind `start`.
    @inline(__always)
    private func matches(_ text: Span<UInt8>, at start: Int) -> Bool {
        for index in bytes.indices where FieldText.folded(text[start + index]) != bytes[index] {
            return false
        }
        return true
    }
}
