/// Tells values that follow one another from one document whose records are in an array.
package enum JSONShape: Equatable, Sendable {
    case values
    /// Keys from the top down to the array; empty when the document is the array.
    case array(under: [String])

    /// Keys under which services put the records of a page or an export.
    private static let arrayKeys: Set<String> = [
        "records", "value", "logevents", "events", "items", "results", "entries", "data", "logs",
        "hits", "activities", "alerts", "findings",
    ]
    /// A document with one of these is itself a record, whatever arrays it holds: Google Workspace
    /// activities have `events` beside `id` and `actor`, for one.
    private static let recordKeys: Set<String> = [
        "id", "actor", "time", "timestamp", "@timestamp", "_time", "eventtime", "eventid",
        "event_id", "event", "eventname", "event_type", "creationtime", "timecreated",
        "timegenerated", "published", "uuid", "host", "hostname", "computer", "message", "channel",
        "protopayload", "operationname", "activitydatetime", "createddatetime", "requesturi",
        "audit_id", "auditid", "ipaddress", "_source", "ts",
    ]
    /// Nothing but an envelope has these.
    private static let envelopeKeys: Set<String> = ["records", "logevents"]

    /// - Parameter start: the first byte that is not white space.
    /// - Returns: nil when the text is not JSON.
    package static func of(_ head: Span<UInt8>, from start: Int) -> JSONShape? {
        guard start < head.count else { return nil }
        let next = FormatRecogniser.skipSpace(head, from: start + 1)
        switch head[start] {
        case UInt8(ascii: "["):
            guard next < head.count else { return nil }
            if head[next] == UInt8(ascii: "{") {
                return opensObject(head, at: next) ? .array(under: []) : nil
            }
            // `[]`: a page without records. Anything else in brackets is text.
            return head[next] == UInt8(ascii: "]")
                && FormatRecogniser.skipSpace(head, from: next + 1) == head.count
                ? .array(under: []) : nil
        case UInt8(ascii: "{"):
            guard opensObject(head, at: start) else { return nil }
            return envelope(head, at: start).map { .array(under: $0) } ?? .values
        default:
            return nil
        }
    }

    /// A brace, then `"name":` or the closing brace; so `{main} started` is not JSON.
    private static func opensObject(_ head: Span<UInt8>, at brace: Int) -> Bool {
        let first = FormatRecogniser.skipSpace(head, from: brace + 1)
        guard first < head.count else { return false }
        if head[first] == UInt8(ascii: "}") { return true }
        guard head[first] == UInt8(ascii: "\"") else { return false }
        // A name longer than the head, as a rule, is a record of one long line: let it through.
        guard let end = endOfString(head, from: first) else { return true }
        let colon = FormatRecogniser.skipSpace(head, from: end)
        return colon == head.count || head[colon] == UInt8(ascii: ":")
    }

    /// The path of keys to the array of records, when this object is only there to hold it.
    private static func envelope(_ head: Span<UInt8>, at brace: Int) -> [String]? {
        var found: [String]?
        var isRecord = false
        forEachMember(head, of: brace) { key, value in
            let name = key.lowercased()
            if recordKeys.contains(name) { isRecord = true }
            guard found == nil, arrayKeys.contains(name) else { return true }
            if holdsObjects(head, at: value) {
                found = [key]
                // Past a large array nothing more is seen; what came before it must do.
                return !envelopeKeys.contains(name)
            }
            if name == "hits", value < head.count, head[value] == UInt8(ascii: "{") {
                forEachMember(head, of: value) { inner, innerValue in
                    guard inner.lowercased() == "hits", holdsObjects(head, at: innerValue) else {
                        return true
                    }
                    found = [key, inner]
                    return false
                }
            }
            return true
        }
        guard let found else { return nil }
        return isRecord && !envelopeKeys.contains(found[0].lowercased()) ? nil : found
    }

    /// Whether an array starts here whose first element is an object; an empty one counts.
    private static func holdsObjects(_ head: Span<UInt8>, at start: Int) -> Bool {
        guard start < head.count, head[start] == UInt8(ascii: "[") else { return false }
        let first = FormatRecogniser.skipSpace(head, from: start + 1)
        guard first < head.count else { return true }
        return head[first] == UInt8(ascii: "{") || head[first] == UInt8(ascii: "]")
    }

    /// Calls `body` with each key of the object at `brace` and where its value starts, as far as
    /// the head reaches; `body` returns false to stop.
    private static func forEachMember(
        _ head: Span<UInt8>, of brace: Int, _ body: (String, Int) -> Bool
    ) {
        var index = brace + 1
        while true {
            index = FormatRecogniser.skipSpace(head, from: index)
            guard index < head.count, head[index] == UInt8(ascii: "\""),
                let keyEnd = endOfString(head, from: index)
            else { return }
            let key = text(head, index + 1..<keyEnd - 1)
            index = FormatRecogniser.skipSpace(head, from: keyEnd)
            guard index < head.count, head[index] == UInt8(ascii: ":") else { return }
            index = FormatRecogniser.skipSpace(head, from: index + 1)
            guard index < head.count, body(key, index) else { return }
            guard let end = endOfValue(head, from: index) else { return }
            index = FormatRecogniser.skipSpace(head, from: end)
            guard index < head.count, head[index] == UInt8(ascii: ",") else { return }
            index += 1
        }
    }

    /// Position after the closing quote, or nil when the head ends first.
    private static func endOfString(_ head: Span<UInt8>, from quote: Int) -> Int? {
        var index = quote + 1
        while index < head.count {
            switch head[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return nil
    }

    /// Position after the value, or nil when the head ends first.
    private static func endOfValue(_ head: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        var depth = 0
        while index < head.count {
            switch head[index] {
            case UInt8(ascii: "\""):
                guard let end = endOfString(head, from: index) else { return nil }
                index = end
                if depth == 0 { return index }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // A bare value ends where its object does.
                if depth == 0 { return index }
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: ","):
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func text(_ head: Span<UInt8>, _ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        for index in range.prefix(128) { bytes.append(head[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
