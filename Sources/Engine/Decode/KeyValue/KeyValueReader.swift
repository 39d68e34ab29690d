/// Reads `name=value` pairs out of text.
///
/// - Input: pairs separated by blanks, or by `,`, `;` or `|` before a blank, a pair or the end.
///   A value in `"` or `'` may hold anything; `\` escapes in it (`\"`, `\\`, `\n`, `\t`, `\r`).
///   Words without `=` are passed over. A quote that is never closed ends with the line.
/// - Output: each pair under its own name (letters, digits, `_.-@/:[]$`), in order.
/// - Source: logfmt (brandur.org/logfmt); Fortinet "FortiOS Log Message Reference", log format.
struct KeyValueReader {
    /// - Returns: how many pairs were appended.
    mutating func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        var text = TextScanner(bytes, range)
        var count = 0
        while let (name, value) = Self.nextPair(&text) {
            let field = event.names.intern(bytes.extracting(name))
            if value.quoted {
                event.append(field, bytes, unescaping: value.range, Self.unescape)
            } else {
                event.append(field, sourceRange: value.range)
            }
            count += 1
        }
        return count
    }

    /// Whether `range` begins with `name=`.
    static func startsPair(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound, isName(bytes[index]) { index += 1 }
        return index > range.lowerBound && index < range.upperBound && bytes[index] == Ascii.equals
    }

    struct Value {
        var range: Range<Int>
        var quoted: Bool
    }

    static func nextPair(_ text: inout TextScanner) -> (Range<Int>, Value)? {
        while !text.atEnd {
            let start = text.position
            while isName(text.current) { text.advance() }
            if text.position > start, text.current == Ascii.equals {
                let name = start..<text.position
                text.advance()
                return (name, value(&text))
            }
            skipWord(&text)
        }
        return nil
    }

    private static func skipWord(_ text: inout TextScanner) {
        if text.current == Ascii.quote {
            // A quoted word is no place to find pairs in.
            _ = quoted(&text, Ascii.quote)
        } else {
            text.advance()
        }
    }

    private static func value(_ text: inout TextScanner) -> Value {
        let first = text.current
        if first == Ascii.quote || first == Ascii.apostrophe {
            return Value(range: quoted(&text, first), quoted: true)
        }
        let start = text.position
        while !text.atEnd, !endsValue(text) { text.advance() }
        return Value(range: start..<text.position, quoted: false)
    }

    private static func endsValue(_ text: borrowing TextScanner) -> Bool {
        let byte = text.current
        if Ascii.isBlank(byte) { return true }
        guard byte == Ascii.comma || byte == UInt8(ascii: ";") || byte == Ascii.bar else {
            return false
        }
        let next = text.peek(1)
        if next == 0 || Ascii.isBlank(next) { return true }
        // `a=1,b=2`: a separator when a name and `=` follow; `a=x,y` is one value.
        var ahead = 1
        while ahead <= 64, isName(text.peek(ahead)) { ahead += 1 }
        return ahead > 1 && text.peek(ahead) == Ascii.equals
    }

    /// The inside of the quotes that open here; passes behind the closing one.
    private static func quoted(_ text: inout TextScanner, _ mark: UInt8) -> Range<Int> {
        text.advance()
        let start = text.position
        while !text.atEnd, text.current != mark {
            text.advance(text.current == Ascii.backslash ? 2 : 1)
        }
        let range = start..<text.position
        text.advance()
        return range
    }

    private static func isName(_ byte: UInt8) -> Bool {
        if Ascii.isWord(byte) { return true }
        switch byte {
        case Ascii.dot, Ascii.dash, Ascii.slash, Ascii.colon, UInt8(ascii: "@"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "$"):
            return true
        default: return byte >= 0x80
        }
    }

    private static func unescape(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        guard range.count > 1 else { return 0 }
        switch bytes[range.lowerBound + 1] {
        case Ascii.quote: event.put(Ascii.quote)
        case Ascii.apostrophe: event.put(Ascii.apostrophe)
        case Ascii.backslash: event.put(Ascii.backslash)
        case UInt8(ascii: "n"): event.put(Ascii.newline)
        case UInt8(ascii: "t"): event.put(Ascii.tab)
        case UInt8(ascii: "r"): event.put(Ascii.carriageReturn)
        default: return 0
        }
        return 2
    }
}
