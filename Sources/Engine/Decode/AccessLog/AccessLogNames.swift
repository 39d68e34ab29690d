/// The field names of a request.
///
/// - `cs-method`; `c-uri` the request target; `cs-uri-stem` it up to `?`; `cs-uri-query` two values:
///   what follows `?`, if it does, and the whole target, because rules written for either meaning
///   are common; `cs-version`; `sc-status`; `sc-bytes`; `c-ip`; `cs-username`; `cs-referer`;
///   `cs-user-agent`; `cs-host` from a virtual host in front.
/// - Source: Sigma taxonomy appendix, "Webserver"; W3C WD-logfile-960323 "Identifiers".
struct AccessLogNames {
    let method, uri, stem, query, version, status, bytes, address, user, referer, agent,
        host: FieldID
    let forwarded, service, message: FieldID

    init(_ names: inout FieldNames) {
        method = names.intern("cs-method")
        uri = names.intern("c-uri")
        stem = names.intern("cs-uri-stem")
        query = names.intern("cs-uri-query")
        version = names.intern("cs-version")
        status = names.intern("sc-status")
        bytes = names.intern("sc-bytes")
        address = names.intern("c-ip")
        user = names.intern("cs-username")
        referer = names.intern("cs-referer")
        agent = names.intern("cs-user-agent")
        host = names.intern("cs-host")
        forwarded = names.intern("x-forwarded-for")
        service = names.intern("service")
        message = names.intern("message")
    }

    /// Appends `METHOD TARGET VERSION`; text that is no request line is all target.
    func appendRequest(_ text: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer) {
        guard !range.isEmpty else { return }
        var target = range
        if let space = text.position(of: Ascii.space, in: range), space > range.lowerBound,
            isToken(text, range.lowerBound..<space)
        {
            event.append(method, sourceRange: range.lowerBound..<space)
            target = space + 1..<range.upperBound
            // A target may hold spaces; the version is what follows the last.
            var last = target.upperBound
            while last > target.lowerBound, text[last - 1] != Ascii.space { last -= 1 }
            if last > target.lowerBound, text.has("HTTP/", at: last, before: target.upperBound) {
                event.append(version, sourceRange: last..<target.upperBound)
                target = target.lowerBound..<last - 1
            }
        }
        let mark = text.position(of: UInt8(ascii: "?"), in: target)
        append(uri, text, target, &event)
        append(stem, text, target.lowerBound..<(mark ?? target.upperBound), &event)
        if let mark { append(query, text, mark + 1..<target.upperBound, &event) }
        append(query, text, target, &event)
    }

    private func isToken(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where !Ascii.isLetter(text[index]) && text[index] != Ascii.dash {
            if text[index] != UInt8(ascii: "_") { return false }
        }
        return true
    }

    /// Appends a value in which the server escaped bytes; `-` is absent.
    func append(
        _ name: FieldID, _ text: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) {
        if range.isEmpty || text.equals("-", range) { return }
        event.append(name, text, unescaping: range, Self.unescape)
    }

    /// `\"`, `\\`, `\xHH` and C's letters, as Apache writes them; nginx writes `\xHH` only.
    private static func unescape(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Int {
        guard range.count > 1 else { return 0 }
        switch bytes[range.lowerBound + 1] {
        case Ascii.quote: event.put(Ascii.quote)
        case Ascii.backslash: event.put(Ascii.backslash)
        case UInt8(ascii: "n"): event.put(Ascii.newline)
        case UInt8(ascii: "r"): event.put(Ascii.carriageReturn)
        case UInt8(ascii: "t"): event.put(Ascii.tab)
        case UInt8(ascii: "x"):
            guard let byte = ZeekHeader.escape(bytes, range) else { return 0 }
            event.put(byte)
            return 4
        default: return 0
        }
        return 2
    }
}
