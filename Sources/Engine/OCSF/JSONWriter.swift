/// Writes JSON (RFC 8259) member by member, in the order of the calls, without a tree in between.
///
/// - Output: UTF-8 on one line. Numbers are integers only. The same calls give the same bytes.
/// - Escaping: what RFC 8259 demands, and as `\uXXXX` every character that acts on its reader
///   instead of being read (``Unicode/Scalar/actsOnReader``): after parsing the value is the same,
///   while the text itself is harmless in a terminal, an editor and a script.
/// - Strings are Unicode already, so there are no lone surrogates; bytes that are not UTF-8 are
///   replaced by U+FFFD before they get here.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    /// Forgets what was written and keeps the memory.
    package mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// A line break between two values; JSON lets it stand anywhere.
    package mutating func lineBreak() { bytes.append(UInt8(ascii: "\n")) }

    // MARK: values

    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Nil is written as `null`.
    package mutating func value(_ text: String?) {
        guard let text else { return literal("null") }
        separate()
        quoted(text)
        needsComma = true
    }

    package mutating func value(_ number: some BinaryInteger) { literal(String(number)) }
    package mutating func value(_ truth: Bool) { literal(truth ? "true" : "false") }

    // MARK: members of an object

    package mutating func member(_ key: String, _ text: String?) {
        self.key(key)
        value(text)
    }

    package mutating func member(_ key: String, _ number: some BinaryInteger) {
        self.key(key)
        value(number)
    }

    package mutating func member(_ key: String, _ truth: Bool) {
        self.key(key)
        value(truth)
    }

    package mutating func member(_ key: String, _ texts: [String]) {
        array(key) { list in for text in texts { list.value(text) } }
    }

    package mutating func null(_ key: String) {
        self.key(key)
        literal("null")
    }

    package mutating func object(
        _ key: String, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        self.key(key)
        try object(body)
    }

    package mutating func array(
        _ key: String, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        self.key(key)
        try array(body)
    }

    // MARK: pieces, for documents too large to be held

    /// Opens an object that ``endObject()`` closes, so that ``bytes`` may be taken in between.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }

    package mutating func beginArray(_ key: String) {
        self.key(key)
        open(UInt8(ascii: "["))
    }

    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Hands over what was written so far; the next value goes on where this one stopped.
    package mutating func take() -> [UInt8] {
        let taken = bytes
        bytes.removeAll(keepingCapacity: true)
        return taken
    }

    // MARK: how

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ name: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let utf8 = text.utf8Span.span
        var index = 0
        while index < utf8.count {
            let byte = utf8[index]
            if byte >= 0x80 {
                index += beyondASCII(utf8, at: index)
                continue
            }
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: escape("b")
            case 0x09: escape("t")
            case 0x0a: escape("n")
            case 0x0c: escape("f")
            case 0x0d: escape("r")
            case 0..<0x20, 0x7f: escape(unit: UInt16(byte))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// - Returns: how many bytes the character took; the text is valid UTF-8, so at least 2.
    private mutating func beyondASCII(_ utf8: Span<UInt8>, at start: Int) -> Int {
        let lead = utf8[start]
        let length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        let end = min(start + length, utf8.count)
        var code = UInt32(lead) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for index in start + 1..<end { code = code << 6 | UInt32(utf8[index] & 0x3f) }
        if let scalar = Unicode.Scalar(code), scalar.actsOnReader {
            for unit in String(scalar).utf16 { escape(unit: unit) }
        } else {
            for index in start..<end { bytes.append(utf8[index]) }
        }
        return length
    }

    private mutating func escape(_ letter: Unicode.Scalar) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: letter))
    }

    private mutating func escape(unit: UInt16) {
        escape("u")
        for shift in [12, 8, 4, 0] as [UInt16] {
            bytes.append(Self.digits[Int(unit >> shift & 15)])
        }
    }

    private static let digits: [UInt8] = Array("0123456789abcdef".utf8)
}

extension Unicode.Scalar {
    /// True for what changes how the text around it is shown, or is not shown itself: control
    /// characters (C0, DEL, C1), format characters (bidirectional overrides, zero width, soft
    /// hyphen, tags) and the line and paragraph separators.
    package var actsOnReader: Bool {
        if value < 0xad { return value < 0x20 || (0x7f..<0xa0).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }
}
