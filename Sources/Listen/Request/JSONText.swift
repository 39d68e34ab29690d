/// Walks JSON text without building a tree: it says where values lie, so that their own bytes can be kept.
///
/// - Source: RFC 8259, complete: numbers, escapes and structure are checked; strings are not checked for valid UTF-8.
/// - Bounds: nesting ``IntakeLimits/jsonDepthMax``; it never looks outside of `bytes`.
struct JSONText {
    struct Failure: Error, Hashable {
        /// Of the first byte that does not fit.
        var offset: Int
        var reason: String
    }

    enum Kind: Hashable { case object, array, string, number, boolean, null }

    /// A value: what it is, and its bytes with its quotes and brackets.
    struct Value: Hashable {
        var kind: Kind
        var range: Range<Int>
    }

    struct Member {
        /// Between its quotes, escapes unresolved.
        var key: Range<Int>
        var value: Value
    }

    let bytes: [UInt8]
    var at: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "outside the text")
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var atEnd: Bool { at >= end }

    /// Whether `bytes` are one object and nothing else.
    static func isObject(_ bytes: [UInt8]) -> Bool {
        var text = JSONText(bytes)
        guard let value = try? text.value(), value.kind == .object else { return false }
        text.skipSpace()
        return text.atEnd
    }

    mutating func skipSpace() {
        while at < end {
            switch bytes[at] {
            case 0x20, 0x0a, 0x0d, 0x09: at += 1
            default: return
            }
        }
    }

    /// Moves past the next value.
    mutating func value(depth: Int = 0) throws(Failure) -> Value {
        skipSpace()
        guard at < end else { throw failure("the text ends where a value should be") }
        let start = at
        switch bytes[at] {
        case UInt8(ascii: "{"):
            try members(depth: depth) { _ in }
            return Value(kind: .object, range: start..<at)
        case UInt8(ascii: "["):
            try elements(depth: depth) { _ in }
            return Value(kind: .array, range: start..<at)
        case UInt8(ascii: "\""):
            try string()
            return Value(kind: .string, range: start..<at)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
            return Value(kind: .number, range: start..<at)
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"):
            try word("null")
            return Value(kind: .null, range: start..<at)
        default: throw failure("not a value")
        }
        return Value(kind: .boolean, range: start..<at)
    }

    /// Moves past an object, which must come next, and shows each of its members.
    mutating func members(
        depth: Int = 0, _ body: (Member) throws(Failure) -> Void
    ) throws(Failure) {
        guard depth < IntakeLimits.jsonDepthMax else { throw failure("nested too deeply") }
        try take(UInt8(ascii: "{"), "not an object")
        skipSpace()
        if at < end, bytes[at] == UInt8(ascii: "}") { return at += 1 }
        while true {
            skipSpace()
            guard at < end, bytes[at] == UInt8(ascii: "\"") else {
                throw failure("expected a key")
            }
            let start = at
            try string()
            let key = start + 1..<at - 1
            skipSpace()
            try take(UInt8(ascii: ":"), "expected a colon")
            try body(Member(key: key, value: value(depth: depth + 1)))
            skipSpace()
            if at < end, bytes[at] == UInt8(ascii: "}") { return at += 1 }
            try take(UInt8(ascii: ","), "expected a comma or the end")
        }
    }

    /// Moves past an array, which must come next, and shows each of its elements.
    mutating func elements(
        depth: Int = 0, _ body: (Value) throws(Failure) -> Void
    ) throws(Failure) {
        guard depth < IntakeLimits.jsonDepthMax else { throw failure("nested too deeply") }
        try take(UInt8(ascii: "["), "not an array")
        skipSpace()
        if at < end, bytes[at] == UInt8(ascii: "]") { return at += 1 }
        while true {
            try body(value(depth: depth + 1))
            skipSpace()
            if at < end, bytes[at] == UInt8(ascii: "]") { return at += 1 }
            try take(UInt8(ascii: ","), "expected a comma or the end")
        }
    }

    // MARK: tokens

    private mutating func string() throws(Failure) {
        at += 1
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { return at += 1 }
            guard byte >= 0x20 else { throw failure("a control character in a string") }
            at += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard at < end else { break }
            switch bytes[at] {
            case UInt8(ascii: "u"):
                for offset in 1...4
                where at + offset >= end || Hex.digit(bytes[at + offset]) == nil {
                    throw failure("a malformed escape")
                }
                at += 5
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
                UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                at += 1
            default: throw failure("a malformed escape")
            }
        }
        throw failure("the text ends inside a string")
    }

    private mutating func number() throws(Failure) {
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if at < end, bytes[at] == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if at < end, bytes[at] == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < end, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
                at += 1
            }
            try digits()
        }
    }

    private mutating func digits() throws(Failure) {
        let start = at
        while at < end, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > start else { throw failure("a malformed number") }
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        guard end - at >= word.utf8CodeUnitCount, has(word, at: at) else {
            throw failure("not a value")
        }
        at += word.utf8CodeUnitCount
    }

    private mutating func take(_ byte: UInt8, _ reason: String) throws(Failure) {
        guard at < end, bytes[at] == byte else { throw failure(reason) }
        at += 1
    }

    private func failure(_ reason: String) -> Failure { Failure(offset: at, reason: reason) }
}

extension JSONText {
    /// True where these bytes are `text` exactly.
    func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && has(text, at: range.lowerBound)
    }

    /// - Precondition: as many bytes as `text` has lie behind `start`.
    private func has(_ text: StaticString, at start: Int) -> Bool {
        // The buffer is only read, within this call.
        text.withUTF8Buffer { wanted in
            for index in 0..<wanted.count where unsafe bytes[start + index] != wanted[index] {
                return false
            }
            return true
        }
    }

    /// The text of a string value, escapes resolved; half a surrogate pair becomes U+FFFD.
    ///
    /// - Precondition: `value` is a string that this walk has seen.
    func text(of value: Value) -> [UInt8] {
        unescaped(value.range.lowerBound + 1..<value.range.upperBound - 1)
    }

    /// A string's text, or a number's or truth's own bytes; nil for anything else.
    func scalar(_ value: Value) -> [UInt8]? {
        switch value.kind {
        case .string: text(of: value)
        case .number, .boolean: Array(bytes[value.range])
        case .object, .array, .null: nil
        }
    }

    func unescaped(_ range: Range<Int>) -> [UInt8] {
        guard bytes[range].contains(UInt8(ascii: "\\")) else { return Array(bytes[range]) }
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < range.upperBound else {
                text.append(byte)
                continue
            }
            let letter = bytes[index]
            index += 1
            switch letter {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "u"):
                text.append(contentsOf: String(scalar(at: &index)).utf8)
            default: text.append(letter)
            }
        }
        return text
    }

    /// The character whose first `\u` stands before `index`, which moves behind it.
    private func scalar(at index: inout Int) -> Unicode.Scalar {
        let replacement = Unicode.Scalar(0xFFFD as UInt16) ?? " "
        let first = unit(at: index)
        index += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { return replacement }
        let second = unit(at: index + 2)
        guard (0xDC00...0xDFFF).contains(second) else { return replacement }
        index += 6
        let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        return Unicode.Scalar(code) ?? replacement
    }

    private func unit(at index: Int) -> UInt16 {
        var unit: UInt16 = 0
        for offset in 0..<4 where index + offset < bytes.count {
            unit = unit << 4 | UInt16(Hex.digit(bytes[index + offset]) ?? 0)
        }
        return unit
    }
}
