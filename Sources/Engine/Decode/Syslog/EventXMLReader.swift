/// Reads one event that is written as XML in the shape of Windows events, as Sysmon for Linux does.
///
/// - Input: `<Event><System>…</System><EventData><Data Name="X">…</Data></EventData></Event>` on
///   one line; a declaration or namespace may stand there too.
/// - Output: the names of `docs/formats/evtx.md`: elements with text by their local name,
///   `<Data Name="X">` as `X`, attributes as `Provider_Name`, `SystemTime`, `Qualifiers`.
///   An empty element is an empty value. The five named entities and numeric ones are resolved.
/// - Returns: `TimeCreated/@SystemTime`; nil where the XML is malformed or has none, the fields up
///   to there stay.
/// - Bounds: ``depthMax``, ``elementsMax`` elements, ``nameBytesMax``; one pass.
/// - Source: XML 1.0 §2.4, §3.1, §4.6; the output of SysmonForLinux.
struct EventXMLReader {
    static let depthMax = 16
    static let elementsMax = 4096
    /// A value under a longer name is found by keyword only.
    static let nameBytesMax = 256

    private let systemTime, qualifiers: FieldID
    private var name: [UInt8] = []
    private var time: Timestamp?

    init(_ names: inout FieldNames) {
        systemTime = names.intern("SystemTime")
        qualifiers = names.intern("Qualifiers")
    }

    static func startsEvent(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard
            bytes.has("<Event>", at: range.lowerBound, before: range.upperBound)
                || bytes.has("<Event ", at: range.lowerBound, before: range.upperBound)
        else { return false }
        return bytes.contains("<System>", in: range)
    }

    mutating func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Timestamp? {
        time = nil
        var text = TextScanner(bytes, range)
        var depth = 0
        var elements = 0
        // The element that is open, while it holds text alone.
        var leaf: FieldID?
        var content = 0
        while let opening = bytes.position(of: UInt8(ascii: "<"), in: text.rest) {
            text.position = opening + 1
            if text.take("/") {
                if let leaf {
                    append(leaf, bytes, content..<opening, &event)
                }
                leaf = nil
                guard text.upTo(UInt8(ascii: ">")) != nil, depth > 0 else { return nil }
                depth -= 1
                if depth == 0 { return time }
                continue
            }
            if text.take("?") || text.take("!") {
                guard text.upTo(UInt8(ascii: ">")) != nil else { return nil }
                continue
            }
            elements += 1
            guard depth < Self.depthMax, elements <= Self.elementsMax else { return nil }
            guard let opened = open(&text, bytes, &event) else { return nil }
            leaf = opened.isClosed ? nil : opened.field
            if opened.isClosed {
                if opened.isData { event.append(opened.field, "") }
            } else {
                depth += 1
            }
            content = text.position
        }
        return nil
    }

    private struct Opened {
        var field: FieldID
        var isClosed: Bool
        var isData: Bool
    }

    /// Reads a tag from its name on; the position is then behind it.
    private mutating func open(
        _ text: inout TextScanner, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) -> Opened? {
        let element = local(bytes, tagName(&text))
        guard !element.isEmpty else { return nil }
        let isData = bytes.equals("Data", element)
        var field = intern(bytes.extracting(element), &event)
        while true {
            while Ascii.isBlank(text.current) { text.advance() }
            if text.take("/>") { return Opened(field: field, isClosed: true, isData: isData) }
            if text.take(">") { return Opened(field: field, isClosed: false, isData: isData) }
            let attribute = tagName(&text)
            guard !attribute.isEmpty, text.take(Ascii.equals) else { return nil }
            let quote = text.current
            guard quote == Ascii.quote || quote == Ascii.apostrophe else { return nil }
            text.advance()
            guard let value = text.upTo(quote) else { return nil }
            if isData, bytes.equals("Name", attribute) {
                if !value.isEmpty { field = dataName(bytes, value, &event) }
            } else if !bytes.has("xmlns", at: attribute.lowerBound, before: attribute.upperBound) {
                append(attribute, of: element, bytes, value, &event)
            }
        }
    }

    private mutating func append(
        _ attribute: Range<Int>, of element: Range<Int>, _ bytes: Span<UInt8>, _ value: Range<Int>,
        _ event: inout EventBuffer
    ) {
        if bytes.equals("SystemTime", attribute) {
            time = time ?? TimestampText.parse(bytes, in: value)
            return append(systemTime, bytes, value, &event)
        }
        if bytes.equals("Qualifiers", attribute), bytes.equals("EventID", element) {
            return append(qualifiers, bytes, value, &event)
        }
        name.removeAll(keepingCapacity: true)
        for index in element { name.append(bytes[index]) }
        name.append(UInt8(ascii: "_"))
        for index in local(bytes, attribute) { name.append(bytes[index]) }
        append(intern(name.span, &event), bytes, value, &event)
    }

    /// White space in the name of a `Data` is left out, as it is for EVTX.
    private mutating func dataName(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> FieldID {
        name.removeAll(keepingCapacity: true)
        for index in range where !Ascii.isBlank(bytes[index]) { name.append(bytes[index]) }
        return intern(name.span, &event)
    }

    private func intern(_ name: Span<UInt8>, _ event: inout EventBuffer) -> FieldID {
        name.count <= Self.nameBytesMax ? event.names.intern(name) : FieldNames.overflow
    }

    private func tagName(_ text: inout TextScanner) -> Range<Int> {
        let start = text.position
        while !text.atEnd, !Ascii.isBlank(text.current), text.current != Ascii.equals,
            text.current != UInt8(ascii: ">"), text.current != Ascii.slash
        {
            text.advance()
        }
        return start..<text.position
    }

    /// `range` behind a namespace's prefix.
    private func local(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        guard let colon = bytes.position(of: Ascii.colon, in: range) else { return range }
        return colon + 1..<range.upperBound
    }

    // MARK: values

    private func append(
        _ field: FieldID, _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) {
        guard bytes.position(of: UInt8(ascii: "&"), in: range) != nil else {
            event.append(field, sourceRange: range)
            return
        }
        let start = event.beginValue()
        var index = range.lowerBound
        while let found = bytes.position(of: UInt8(ascii: "&"), in: index..<range.upperBound) {
            event.put(bytes.extracting(index..<found))
            let taken = putEntity(bytes, found..<range.upperBound, &event)
            if taken == 0 { event.put(UInt8(ascii: "&")) }
            index = found + max(taken, 1)
        }
        event.put(bytes.extracting(index..<range.upperBound))
        event.endValue(field, from: start)
    }

    /// - Returns: how many bytes the entity takes; 0 when it is none.
    private func putEntity(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        for (entity, byte) in Self.entities
        where bytes.has(entity, at: range.lowerBound, before: range.upperBound) {
            event.put(byte)
            return entity.utf8CodeUnitCount
        }
        var text = TextScanner(bytes, range)
        guard text.take("&#") else { return 0 }
        let isHexadecimal = text.take("x")
        var value: UInt32 = 0
        var digits = 0
        while digits < 7, let digit = Ascii.hex(text.current), isHexadecimal || digit < 10 {
            value = value * (isHexadecimal ? 16 : 10) + UInt32(digit)
            digits += 1
            text.advance()
        }
        guard digits > 0, text.take(";"), value != 0, let scalar = Unicode.Scalar(value) else {
            return 0
        }
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { event.put(byte) }
        return text.position - range.lowerBound
    }

    private static let entities: [(StaticString, UInt8)] = [
        ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
        ("&quot;", Ascii.quote), ("&apos;", Ascii.apostrophe),
    ]
}
