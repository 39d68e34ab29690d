/// The columns of a W3C extended log, and its rows.
///
/// - Input: values parted by blanks; a value in `"` may hold blanks, doubled quotes stand for one.
/// - Output: each value under its column's name in lower case, `cs(User-Agent)` as
///   `cs-user-agent`; `c-uri`, and the whole target as a second `cs-uri-query`, as for other access
///   logs; a forward proxy's rows have `service` `proxy` and the whole address in `c-uri`; a user agent in which IIS wrote `+` for spaces a second time with spaces.
/// - Source: W3C WD-logfile-960323; IIS "W3C Extended Log File Format".
struct W3CHeader {
    static let columnsMax = 256

    private struct Column {
        var name: FieldID
        var role: Role
    }

    private enum Role { case value, date, time, stem, query, agent, scheme, host }

    private var columns: [Column] = []
    /// Columns that only forward proxies write.
    private var isProxy = false

    var isSet: Bool { !columns.isEmpty }

    /// Reads one `#` line; any but `#Fields:` changes nothing.
    mutating func read(_ bytes: Span<UInt8>, _ line: Range<Int>, _ names: inout FieldNames) {
        var text = TextScanner(bytes, line)
        guard text.take("#Fields:") else { return }
        columns.removeAll()
        isProxy = false
        var name: [UInt8] = []
        while columns.count < Self.columnsMax {
            text.skipBlanks()
            let word = text.word()
            if word.isEmpty { return }
            name.removeAll(keepingCapacity: true)
            for index in word where bytes[index] != UInt8(ascii: ")") {
                let byte = Ascii.lower(bytes[index])
                name.append(byte == UInt8(ascii: "(") ? Ascii.dash : byte)
            }
            isProxy = isProxy || Self.isProxyColumn(name.span)
            columns.append(Column(name: names.intern(name.span), role: Self.role(name.span)))
        }
    }

    private static func role(_ name: Span<UInt8>) -> Role {
        let all = 0..<name.count
        if name.equals("date", all) { return .date }
        if name.equals("time", all) { return .time }
        if name.equals("cs-uri-stem", all) { return .stem }
        if name.equals("cs-uri-query", all) { return .query }
        if name.equals("cs-uri-scheme", all) { return .scheme }
        if name.equals("cs-host", all) { return .host }
        return name.equals("cs-user-agent", all) ? .agent : .value
    }

    private static func isProxyColumn(_ name: Span<UInt8>) -> Bool {
        let all = 0..<name.count
        return name.equals("s-action", all) || name.equals("cs-uri-scheme", all)
            || name.equals("rs-content-type", all) || name.equals("s-hierarchy", all)
    }

    /// The parts of a request's address, as far as the log has them.
    private struct Target {
        var scheme, host, stem, query: Range<Int>?
    }

    func appendRow(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) throws(DecodeFailure) {
        var text = TextScanner(bytes, line)
        var target = Target()
        var date, time: Range<Int>?
        for column in columns {
            text.skipBlanks()
            guard !text.atEnd else { throw AccessLogDecoder.Failure.columns.at(line.lowerBound) }
            let isQuoted = text.current == Ascii.quote
            let value = isQuoted ? Self.quoted(&text) : text.word()
            guard !bytes.equals("-", value) else { continue }
            if isQuoted, bytes.contains("\"\"", in: value) {
                event.append(column.name, bytes, undoubling: value)
            } else {
                event.append(column.name, sourceRange: value)
            }
            switch column.role {
            case .date: date = value
            case .time: time = value
            case .stem: target.stem = value
            case .query: target.query = value
            case .agent: appendSpaced(column.name, bytes, value, &event)
            case .scheme: target.scheme = value
            case .host: target.host = value
            case .value: break
            }
        }
        text.skipBlanks()
        guard text.atEnd else { throw AccessLogDecoder.Failure.columns.at(line.lowerBound) }
        if let date, let time { event.time = TimestampText.parse(bytes, date: date, time: time) }
        if isProxy { event.append(names.service, "proxy") }
        if target.stem != nil { appendTarget(bytes, target, names, &event) }
    }

    private func appendTarget(
        _ bytes: Span<UInt8>, _ target: Target, _ names: AccessLogNames,
        _ event: inout EventBuffer
    ) {
        var start = event.beginValue()
        if isProxy, let scheme = target.scheme, let host = target.host {
            event.put(bytes.extracting(scheme))
            event.put("://")
            event.put(bytes.extracting(host))
        }
        Self.putPath(bytes, target, &event)
        event.endValue(names.uri, from: start)
        start = event.beginValue()
        Self.putPath(bytes, target, &event)
        event.endValue(names.query, from: start)
    }

    private static func putPath(
        _ bytes: Span<UInt8>, _ target: Target, _ event: inout EventBuffer
    ) {
        if let stem = target.stem { event.put(bytes.extracting(stem)) }
        guard let query = target.query else { return }
        // Some proxies leave the mark in the query, IIS does not.
        if !bytes.has("?", at: query.lowerBound, before: query.upperBound) {
            event.put(UInt8(ascii: "?"))
        }
        event.put(bytes.extracting(query))
    }

    private func appendSpaced(
        _ name: FieldID, _ bytes: Span<UInt8>, _ value: Range<Int>, _ event: inout EventBuffer
    ) {
        let plus = UInt8(ascii: "+")
        guard bytes.position(of: plus, in: value) != nil else { return }
        let start = event.beginValue()
        for index in value { event.put(bytes[index] == plus ? Ascii.space : bytes[index]) }
        event.endValue(name, from: start)
    }

    private static func quoted(_ text: inout TextScanner) -> Range<Int> {
        text.advance()
        let start = text.position
        while !text.atEnd {
            if text.current == Ascii.quote {
                if text.peek(1) != Ascii.quote { break }
                text.advance()
            }
            text.advance()
        }
        let value = start..<text.position
        text.advance()
        return value
    }
}
