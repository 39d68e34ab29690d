/// What the `#` lines of a Zeek log say about the rows below them.
///
/// - Source: Zeek "Log Formats and Inspection", Zeek TSV format.
struct ZeekHeader {
    enum Kind { case text, time, bool, number, list, boolList }

    struct Column {
        var name: FieldID
        var kind: Kind
        /// The event's own time.
        var isTimestamp = false
    }

    static let columnsMax = 1024

    var separator = Ascii.tab
    var setSeparator = Ascii.comma
    var unset: [UInt8] = [Ascii.dash]
    var empty: [UInt8] = Array("(empty)".utf8)
    var path: [UInt8] = []
    var columns: [Column] = []

    /// Reads one `#` line; one it does not know changes nothing.
    mutating func read(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: inout FieldNames
    ) {
        var text = TextScanner(bytes, line)
        if text.take("#separator ") {
            separator = Self.unescaped(bytes, text.rest).first ?? Ascii.tab
            return
        }
        guard let key = text.upTo(separator) else { return }
        if bytes.equals("#set_separator", key) {
            setSeparator = Self.unescaped(bytes, text.rest).first ?? Ascii.comma
        } else if bytes.equals("#empty_field", key) {
            empty = Self.unescaped(bytes, text.rest)
        } else if bytes.equals("#unset_field", key) {
            unset = Self.unescaped(bytes, text.rest)
        } else if bytes.equals("#path", key) {
            path = Self.unescaped(bytes, text.rest)
        } else if bytes.equals("#fields", key) {
            columns.removeAll()
            forEachPart(&text) { header, part in
                let name = names.intern(bytes.extracting(part))
                header.columns.append(
                    Column(name: name, kind: .text, isTimestamp: bytes.equals("ts", part)))
            }
        } else if bytes.equals("#types", key) {
            var index = 0
            forEachPart(&text) { header, part in
                if index < header.columns.count {
                    header.columns[index].kind = Self.kind(bytes, part)
                }
                index += 1
            }
        }
    }

    private mutating func forEachPart(
        _ text: inout TextScanner, _ body: (inout ZeekHeader, Range<Int>) -> Void
    ) {
        var count = 0
        while count < Self.columnsMax {
            let part = text.upTo(separator)
            body(&self, part ?? text.rest)
            if part == nil { return }
            count += 1
        }
    }

    private static func kind(_ bytes: Span<UInt8>, _ type: Range<Int>) -> Kind {
        for prefix in ["set[", "vector[", "table["] as [StaticString]
        where bytes.has(prefix, at: type.lowerBound, before: type.upperBound) {
            if bytes.contains("[bool]", in: type) { return .boolList }
            return .list
        }
        if bytes.equals("time", type) { return .time }
        if bytes.equals("bool", type) { return .bool }
        for name in ["count", "int", "port", "double", "interval"] as [StaticString]
        where bytes.equals(name, type) {
            return .number
        }
        return .text
    }

    static func unescaped(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if let byte = escape(bytes, index..<range.upperBound) {
                result.append(byte)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// `\xHH` at the start of `range`.
    static func escape(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8? {
        guard range.count >= 4, bytes.has("\\x", at: range.lowerBound, before: range.upperBound),
            let high = Ascii.hex(bytes[range.lowerBound + 2]),
            let low = Ascii.hex(bytes[range.lowerBound + 3])
        else { return nil }
        return high << 4 | low
    }
}
