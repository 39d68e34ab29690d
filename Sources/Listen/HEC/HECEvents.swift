internal import Engine

/// Reads the body of `/services/collector/event`: JSON objects one after another, with or without space between.
///
/// - Output: a record for each `event`. An object is kept as its own text, unchanged; a string as its text, in the
///   format that its content tells (``TextRecord``); anything else as `{"event": value}`. `time` and `host` go
///   beside the record; `source`, `sourcetype`, `index`, `fields` and members that HEC does not know become its labels.
/// - Failures: the first object that is wrong ends reading, since where the next one begins cannot be known for
///   certain; what stood before it is good.
struct HECEvents {
    struct Problem: Hashable {
        var status: HECStatus
        /// Position of the bad event in the body, from 0.
        var event: Int
    }

    private(set) var records: [Delivery.Record] = []
    private(set) var problem: Problem?

    init(_ body: [UInt8], limits: IntakeLimits) {
        read(body, limits)
    }

    private mutating func read(_ body: [UInt8], _ limits: IntakeLimits) {
        var json = JSONText(body)
        while true {
            json.skipSpace()
            if json.atEnd { return }
            guard records.count < limits.recordsMax else {
                return stop(.invalidFormat)
            }
            do throws(JSONText.Failure) {
                var members: [JSONText.Member] = []
                try json.members { members.append($0) }
                if let status = add(members, of: json, limits) { return stop(status) }
            } catch {
                return stop(.invalidFormat)
            }
        }
    }

    private mutating func stop(_ status: HECStatus) {
        problem = Problem(status: status, event: records.count)
    }

    /// - Returns: why the event is refused; nil where it was added.
    private mutating func add(
        _ members: [JSONText.Member], of json: JSONText, _ limits: IntakeLimits
    ) -> HECStatus? {
        var event: JSONText.Value?
        var time: Timestamp?
        var host: String?
        var labels = Labels()
        for member in members {
            let text = json.bytes[member.value.range]
            if json.isText(member.key, "event") {
                event = member.value
            } else if json.isText(member.key, "time"), let read = Self.time(json, member.value) {
                time = read
            } else if json.isText(member.key, "host"), let read = Self.host(json, member.value) {
                host = read
            } else if member.value.kind != .null, !Self.isEmptyObject(json, member.value) {
                let name = String(decoding: json.unescaped(member.key), as: UTF8.self)
                labels.add(name, json: text)
            }
        }
        guard let event, event.kind != .null else { return .eventRequired }
        guard let labels = labels.bytes else { return .fieldsInvalid }
        guard event.range.count <= limits.recordBytesMax else { return .invalidFormat }
        let (bytes, format) = Self.record(json, event)
        guard !bytes.isEmpty else { return .eventBlank }
        records.append(
            Delivery.Record(bytes: bytes, format: format, time: time, host: host, labels: labels))
        return nil
    }

    private static func record(
        _ json: JSONText, _ event: JSONText.Value
    ) -> ([UInt8], RecordFormat) {
        switch event.kind {
        case .object: return (Array(json.bytes[event.range]), .json)
        case .string:
            let text = json.text(of: event)
            return text.allSatisfy { $0 <= 0x20 } ? ([], .json) : TextRecord.of(text)
        case .array, .number, .boolean, .null:
            return (Array("{\"event\":".utf8) + json.bytes[event.range] + Array("}".utf8), .json)
        }
    }

    /// Seconds since 1970 with or without a fraction, as number or text; nil where it is none, and it then stays
    /// a label.
    private static func time(_ json: JSONText, _ value: JSONText.Value) -> Timestamp? {
        json.scalar(value).flatMap { TimestampText.parse($0.span) }
    }

    private static func host(_ json: JSONText, _ value: JSONText.Value) -> String? {
        guard let text = json.scalar(value), !text.isEmpty, text.count <= IntakeLimits.hostBytesMax
        else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isEmptyObject(_ json: JSONText, _ value: JSONText.Value) -> Bool {
        value.kind == .object && value.range.count == 2
    }
}
