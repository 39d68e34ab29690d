/// Reads one ArcSight Common Event Format message into fields.
///
/// - Input: the bytes from `CEF:` to the end of the record.
/// - Output: `CEFVersion`, `DeviceVendor`, `DeviceProduct`, `DeviceVersion`, `DeviceEventClassID`,
///   `Name`, `Severity`, each extension under its own key, and once more under its label where
///   `KEYLabel` names one (`cs1=x cs1Label=Rule` gives `cs1`, `cs1Label` and `Rule`).
/// - Bounds: at most ``labelsMax`` labels are resolved; further ones stay as they are.
/// - Source: ArcSight CEF Implementation Standard v26, "Header information", "The extension",
///   "Character encoding".
struct CEFReader {
    static let labelsMax = 64

    private struct Pair {
        var key: Range<Int>
        var value: Range<Int>
    }

    private var names: Names?
    private var pairs: [Pair] = []

    /// Appends the fields and sets `event.time` from `rt`, `end` or `start` when it has none.
    ///
    /// - Parameter reference: As for ``TimestampText/syslogPrefix(_:in:reference:)``.
    /// - Returns: nil, or why the message is no CEF.
    mutating func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, reference: Timestamp?,
        _ event: inout EventBuffer
    ) -> CEFDecoder.Failure? {
        let names = self.names ?? Names(&event.names)
        self.names = names
        var text = TextScanner(bytes, range)
        guard text.take("CEF:") else { return .start }
        text.skipBlanks()
        guard let version = Self.headerPart(&text), let vendor = Self.headerPart(&text),
            let product = Self.headerPart(&text), let deviceVersion = Self.headerPart(&text),
            let eventClass = Self.headerPart(&text), let name = Self.headerPart(&text),
            !version.isEmpty, Ascii.isDigit(bytes[version.lowerBound])
        else { return .header }
        // Some senders end after the severity, without the last bar.
        let severity = Self.headerPart(&text) ?? text.rest
        if severity.upperBound == text.end { text.position = text.end }
        event.append(names.version, sourceRange: bytes.trimmed(version))
        event.append(names.vendor, bytes, unescaping: vendor, Self.unescape)
        event.append(names.product, bytes, unescaping: product, Self.unescape)
        event.append(names.deviceVersion, bytes, unescaping: deviceVersion, Self.unescape)
        event.append(names.eventClass, bytes, unescaping: eventClass, Self.unescape)
        event.append(names.name, bytes, unescaping: name, Self.unescape)
        event.append(names.severity, sourceRange: bytes.trimmed(severity))
        readPairs(&text)
        appendPairs(bytes, &event)
        if event.time == nil { event.time = time(bytes, reference) }
        return nil
    }

    /// The bytes before the next `|` that no backslash escapes.
    private static func headerPart(_ text: inout TextScanner) -> Range<Int>? {
        let start = text.position
        var index = start
        while index < text.end {
            let byte = text.bytes[index]
            if byte == Ascii.bar {
                text.position = index + 1
                return start..<index
            }
            index += byte == Ascii.backslash ? 2 : 1
        }
        return nil
    }

    /// Values may hold spaces, so a value ends where ` key=` begins.
    private mutating func readPairs(_ text: inout TextScanner) {
        pairs.removeAll(keepingCapacity: true)
        let bytes = text.bytes
        var open: Pair?
        var wordStart = text.position
        var wordIsKey = true
        var index = text.position
        while index < text.end {
            let byte = bytes[index]
            if byte == Ascii.backslash {
                wordIsKey = false
                index += 2
                continue
            }
            if byte == Ascii.equals, wordIsKey, index > wordStart {
                if var last = open {
                    last.value = last.value.lowerBound..<max(last.value.lowerBound, wordStart - 1)
                    pairs.append(last)
                }
                open = Pair(key: wordStart..<index, value: index + 1..<index + 1)
                wordIsKey = false
            } else if Ascii.isBlank(byte) {
                wordStart = index + 1
                wordIsKey = true
            } else if !Self.isKey(byte) {
                wordIsKey = false
            }
            index += 1
        }
        if var last = open {
            last.value = last.value.lowerBound..<text.end
            pairs.append(last)
        }
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        Ascii.isWord(byte) || byte == Ascii.dot || byte == Ascii.dash || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "]")
    }

    private func appendPairs(_ bytes: Span<UInt8>, _ event: inout EventBuffer) {
        var labels = 0
        for pair in pairs {
            let field = event.names.intern(bytes.extracting(pair.key))
            let value = bytes.trimmed(pair.value)
            event.append(field, bytes, unescaping: value, Self.unescape)
            let isLabel =
                pair.key.count > 5
                && bytes.has("Label", at: pair.key.upperBound - 5, before: pair.key.upperBound)
            guard isLabel, labels < Self.labelsMax, !value.isEmpty else { continue }
            labels += 1
            let base = pair.key.lowerBound..<pair.key.upperBound - 5
            guard let labelled = pairs.first(where: { Self.same(bytes, $0.key, base) }) else {
                continue
            }
            let label = event.names.intern(bytes.extracting(value))
            event.append(
                label, bytes, unescaping: bytes.trimmed(labelled.value), Self.unescape)
        }
    }

    private func time(_ bytes: Span<UInt8>, _ reference: Timestamp?) -> Timestamp? {
        time("rt", bytes, reference) ?? time("end", bytes, reference)
            ?? time("start", bytes, reference)
    }

    private func time(
        _ key: StaticString, _ bytes: Span<UInt8>, _ reference: Timestamp?
    ) -> Timestamp? {
        for pair in pairs where bytes.equals(key, pair.key) {
            if let time = TimestampText.parse(bytes, in: pair.value) { return time }
            // `MMM dd HH:mm:ss`, the one form of the standard without a year.
            return TimestampText.syslogPrefix(bytes, in: pair.value, reference: reference)?.time
        }
        return nil
    }

    private static func same(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool
    {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count
        where bytes[left.lowerBound + offset] != bytes[right.lowerBound + offset] {
            return false
        }
        return true
    }

    /// `\|`, `\\`, `\=`, `\n`, `\r`; any other backslash stands for itself.
    private static func unescape(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        guard range.count > 1 else { return 0 }
        switch bytes[range.lowerBound + 1] {
        case Ascii.bar: event.put(Ascii.bar)
        case Ascii.backslash: event.put(Ascii.backslash)
        case Ascii.equals: event.put(Ascii.equals)
        case UInt8(ascii: "n"): event.put(Ascii.newline)
        case UInt8(ascii: "r"): event.put(Ascii.carriageReturn)
        default: return 0
        }
        return 2
    }

    private struct Names {
        let version, vendor, product, deviceVersion, eventClass, name, severity: FieldID

        init(_ names: inout FieldNames) {
            version = names.intern("CEFVersion")
            vendor = names.intern("DeviceVendor")
            product = names.intern("DeviceProduct")
            deviceVersion = names.intern("DeviceVersion")
            eventClass = names.intern("DeviceEventClassID")
            name = names.intern("Name")
            severity = names.intern("Severity")
        }
    }
}
