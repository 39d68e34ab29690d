/// Reads one Log Event Extended Format message into fields.
///
/// - Input: the bytes from `LEEF:` to the end of the record. Version 1 separates attributes by tabs,
///   version 2 by the character its sixth header part names: itself, `xHH` or `0xHH`; tab if empty.
/// - Output: `LEEFVersion`, `DeviceVendor`, `DeviceProduct`, `DeviceVersion`, `EventID`, and each
///   attribute under its own key. Attributes have no escapes.
/// - Source: IBM QRadar LEEF 2.0, "LEEF event components".
struct LEEFReader {
    private var names: Names?

    /// Appends the fields and sets `event.time` from `devTime` when it has none.
    ///
    /// - Returns: nil, or why the message is no LEEF.
    mutating func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> LEEFDecoder.Failure? {
        let names = self.names ?? Names(&event.names)
        self.names = names
        var text = TextScanner(bytes, range)
        guard text.take("LEEF:") else { return .start }
        guard let version = text.upTo(Ascii.bar), let vendor = text.upTo(Ascii.bar),
            let product = text.upTo(Ascii.bar), let deviceVersion = text.upTo(Ascii.bar)
        else { return .header }
        let isSecond = bytes.has("2", at: version.lowerBound, before: version.upperBound)
        guard isSecond || bytes.has("1", at: version.lowerBound, before: version.upperBound) else {
            return .version
        }
        let eventID = text.upTo(Ascii.bar) ?? text.rest
        if eventID.upperBound == text.end { text.position = text.end }
        var delimiter = Ascii.tab
        if isSecond, let part = Self.delimiterPart(&text) {
            guard let named = Self.delimiter(bytes, part) else { return .delimiter }
            delimiter = named
        }
        event.append(names.version, sourceRange: version)
        event.append(names.vendor, sourceRange: vendor)
        event.append(names.product, sourceRange: product)
        event.append(names.deviceVersion, sourceRange: deviceVersion)
        event.append(names.eventID, sourceRange: eventID)
        appendAttributes(&text, delimiter, &event)
        return nil
    }

    /// The part before the next bar, if one stands within the few bytes a delimiter may take.
    private static func delimiterPart(_ text: inout TextScanner) -> Range<Int>? {
        let near = text.position..<min(text.end, text.position + 8)
        // A bar may itself be the delimiter: `|||`.
        if text.current == Ascii.bar, text.peek(1) == Ascii.bar {
            text.advance(2)
            return text.position - 2..<text.position - 1
        }
        guard let bar = text.bytes.position(of: Ascii.bar, in: near),
            text.bytes.position(of: Ascii.equals, in: text.position..<bar) == nil
                || bar - text.position == 1
        else { return nil }
        let part = text.position..<bar
        text.position = bar + 1
        return part
    }

    private static func delimiter(_ bytes: Span<UInt8>, _ part: Range<Int>) -> UInt8? {
        if part.isEmpty { return Ascii.tab }
        if part.count == 1 { return bytes[part.lowerBound] }
        var text = TextScanner(bytes, part)
        _ = text.take(Ascii.zero)
        guard Ascii.lower(text.current) == UInt8(ascii: "x") else { return nil }
        text.advance()
        guard text.rest.count <= 4 else { return nil }
        var value = 0
        while !text.atEnd {
            guard let digit = Ascii.hex(text.current) else { return nil }
            value = value << 4 | Int(digit)
            text.advance()
        }
        return value > 0 && value < 128 ? UInt8(value) : nil
    }

    private func appendAttributes(
        _ text: inout TextScanner, _ delimiter: UInt8, _ event: inout EventBuffer
    ) {
        let bytes = text.bytes
        while !text.atEnd {
            let attribute = text.upTo(delimiter) ?? text.rest
            if attribute.upperBound == text.end { text.position = text.end }
            guard let equals = bytes.position(of: Ascii.equals, in: attribute) else { continue }
            let key = bytes.trimmed(attribute.lowerBound..<equals)
            guard !key.isEmpty else { continue }
            let value = bytes.trimmed(equals + 1..<attribute.upperBound)
            event.append(event.names.intern(bytes.extracting(key)), sourceRange: value)
            if event.time == nil, bytes.equals("devTime", key) {
                event.time = TimestampText.parse(bytes, in: value)
            }
        }
    }

    private struct Names {
        let version, vendor, product, deviceVersion, eventID: FieldID

        init(_ names: inout FieldNames) {
            version = names.intern("LEEFVersion")
            vendor = names.intern("DeviceVendor")
            product = names.intern("DeviceProduct")
            deviceVersion = names.intern("DeviceVersion")
            eventID = names.intern("EventID")
        }
    }
}
