internal import Engine

/// One log record of OTLP, as the flat JSON object that is kept.
///
/// | from | member |
/// |---|---|
/// | `time_unix_nano`, `observed_time_unix_nano` | the same names, as text; the first that is set is the record's time |
/// | `severity_number`, `severity_text`, `event_name`, `body` | the same names; a body that is a map stays an object |
/// | `trace_id`, `span_id` | the same names, hexadecimal |
/// | attributes of the record and of the resource | their own names (`host.name`, `process.pid`) |
/// | the scope's name, version, attributes | `scope.name`, `scope.version`, `scope.NAME` |
struct OTLPRecord {
    /// Values are JSON text.
    typealias Attribute = (name: [UInt8], value: [UInt8])

    var time: UInt64 = 0
    var observed: UInt64 = 0
    var severityNumber: UInt64 = 0
    var severityText: [UInt8] = []
    var eventName: [UInt8] = []
    /// JSON text; empty where there is none.
    var body: [UInt8] = []
    var traceID = ""
    var spanID = ""
    var attributes: [Attribute] = []

    /// What many records share: a resource and a scope in it.
    struct Origin {
        var resource: [Attribute] = []
        var scope: [Attribute] = []

        var host: String? {
            guard
                let value = resource.first(where: { $0.name.elementsEqual("host.name".utf8) })?
                    .value, value.count > 2, value.first == UInt8(ascii: "\""),
                value.count - 2 <= IntakeLimits.hostBytesMax
            else { return nil }
            let text = JSONText(value).unescaped(1..<value.count - 1)
            return String(decoding: text, as: UTF8.self)
        }
    }

    func record(from origin: Origin) -> Delivery.Record {
        var line = JSONObjectBytes()
        if time > 0 { line.add("time_unix_nano", text: String(time)) }
        if observed > 0 { line.add("observed_time_unix_nano", text: String(observed)) }
        if severityNumber > 0 { line.add("severity_number", json: Array("\(severityNumber)".utf8)) }
        if !severityText.isEmpty { line.add("severity_text", text: severityText) }
        if !eventName.isEmpty { line.add("event_name", text: eventName) }
        if !body.isEmpty { line.add("body", json: body) }
        if !traceID.isEmpty { line.add("trace_id", text: traceID) }
        if !spanID.isEmpty { line.add("span_id", text: spanID) }
        for attribute in attributes { line.add(attribute) }
        for attribute in origin.resource { line.add(attribute) }
        for attribute in origin.scope { line.add(attribute) }
        let nanoseconds = time > 0 ? time : observed
        return Delivery.Record(
            bytes: line.finished, format: .json,
            time: nanoseconds > 0
                ? Int64(exactly: nanoseconds).map { Timestamp(nanoseconds: $0) } : nil,
            host: origin.host)
    }
}

/// A JSON object written member by member.
struct JSONObjectBytes {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    mutating func add(_ attribute: OTLPRecord.Attribute) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONBytes.appendString(attribute.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: attribute.value)
    }

    mutating func add(_ name: String, json: [UInt8]) { add((Array(name.utf8), json)) }

    mutating func add(_ name: String, text: [UInt8]) {
        var value: [UInt8] = []
        JSONBytes.appendString(text, to: &value)
        add(name, json: value)
    }

    mutating func add(_ name: String, text: String) { add(name, text: Array(text.utf8)) }

    var finished: [UInt8] { bytes + [UInt8(ascii: "}")] }
}

/// The records of a request, within the limits of one: a resource is repeated in each of its records, so a small
/// request may ask for a large answer.
struct OTLPBatch {
    let limits: IntakeLimits
    private(set) var records: [Delivery.Record] = []
    /// Larger than a record may be.
    private(set) var rejected = 0
    private var bytes = 0

    init(limits: IntakeLimits) { self.limits = limits }

    /// - Returns: false where the batch is full.
    mutating func add(_ record: OTLPRecord, from origin: OTLPRecord.Origin) -> Bool {
        let made = record.record(from: origin)
        guard made.bytes.count <= limits.recordBytesMax else {
            rejected += 1
            return true
        }
        bytes += made.bytes.count
        guard records.count < limits.recordsMax, bytes <= limits.bodyBytesMax else { return false }
        records.append(made)
        return true
    }
}
