/// Reads an ExportLogsServiceRequest in protocol buffers.
///
/// - Source: opentelemetry-proto 1.x, `logs/v1/logs.proto`, `common/v1/common.proto`, `resource/v1/resource.proto`;
///   field numbers stand at each case. Unknown fields are passed over.
/// - Bounds: values within values ``IntakeLimits/jsonDepthMax``; ``OTLPBatch`` for what comes out.
struct OTLPProtobuf {
    enum Failure: Error, Hashable {
        case malformed(offset: Int)
        case tooLarge
    }

    private let bytes: [UInt8]
    private(set) var batch: OTLPBatch

    init(_ bytes: [UInt8], limits: IntakeLimits) throws(Failure) {
        self.bytes = bytes
        batch = OTLPBatch(limits: limits)
        for (field, range) in try messages(0..<bytes.count) where field == 1 {
            try resourceLogs(range)
        }
    }

    private typealias Field = (field: Int, value: WireReader.Value)

    private func fields(_ range: Range<Int>) throws(Failure) -> [Field] {
        var reader = WireReader(bytes, range)
        var found: [Field] = []
        do throws(WireReader.Failure) {
            while let field = try reader.next() { found.append(field) }
        } catch {
            switch error {
            case .truncated(let offset), .malformed(let offset):
                throw .malformed(offset: offset)
            }
        }
        return found
    }

    private func messages(_ range: Range<Int>) throws(Failure) -> [(field: Int, Range<Int>)] {
        try fields(range).compactMap { field in
            if case .bytes(let range) = field.value { (field.field, range) } else { nil }
        }
    }

    private mutating func resourceLogs(_ range: Range<Int>) throws(Failure) {
        var origin = OTLPRecord.Origin()
        let parts = try messages(range)
        for (field, range) in parts where field == 1 {
            for (field, range) in try messages(range) where field == 1 {
                origin.resource.append(try attribute(range, prefix: ""))
            }
        }
        for (field, range) in parts where field == 2 { try scopeLogs(range, origin) }
    }

    private mutating func scopeLogs(
        _ range: Range<Int>, _ origin: OTLPRecord.Origin
    ) throws(Failure) {
        var origin = origin
        let parts = try messages(range)
        for (field, range) in parts where field == 1 {
            for (field, range) in try messages(range) {
                switch field {
                case 1 where !range.isEmpty: origin.scope.append(named("scope.name", range))
                case 2 where !range.isEmpty: origin.scope.append(named("scope.version", range))
                case 3: origin.scope.append(try attribute(range, prefix: "scope."))
                default: break
                }
            }
        }
        for (field, range) in parts where field == 2 {
            guard batch.add(try record(range), from: origin) else { throw .tooLarge }
        }
    }

    private func named(_ name: String, _ range: Range<Int>) -> OTLPRecord.Attribute {
        (Array(name.utf8), string(range))
    }

    private func string(_ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        JSONBytes.appendString(Array(bytes[range]), to: &text)
        return text
    }

    private func record(_ range: Range<Int>) throws(Failure) -> OTLPRecord {
        var record = OTLPRecord()
        for (field, value) in try fields(range) {
            switch (field, value) {
            case (1, .fixed64(let time)): record.time = time
            case (2, .varint(let number)): record.severityNumber = number
            case (3, .bytes(let range)): record.severityText = Array(bytes[range])
            case (5, .bytes(let range)): record.body = try self.value(range, depth: 0)
            case (6, .bytes(let range)): record.attributes.append(try attribute(range, prefix: ""))
            case (9, .bytes(let range)): record.traceID = Hex.text(bytes[range].prefix(16))
            case (10, .bytes(let range)): record.spanID = Hex.text(bytes[range].prefix(8))
            case (11, .fixed64(let time)): record.observed = time
            case (12, .bytes(let range)): record.eventName = Array(bytes[range])
            default: break
            }
        }
        return record
    }

    /// A KeyValue.
    private func attribute(
        _ range: Range<Int>, prefix: String, depth: Int = 0
    ) throws(Failure) -> OTLPRecord.Attribute {
        var name = Array(prefix.utf8)
        var value = Array("null".utf8)
        for (field, range) in try messages(range) {
            switch field {
            case 1: name += bytes[range]
            case 2: value = try self.value(range, depth: depth)
            default: break
            }
        }
        return (name, value)
    }

    /// An AnyValue as JSON text.
    private func value(_ range: Range<Int>, depth: Int) throws(Failure) -> [UInt8] {
        guard depth < IntakeLimits.jsonDepthMax else {
            throw .malformed(offset: range.lowerBound)
        }
        var text = Array("null".utf8)
        for (field, value) in try fields(range) {
            switch (field, value) {
            case (1, .bytes(let range)): text = string(range)
            case (2, .varint(let truth)): text = Array((truth != 0 ? "true" : "false").utf8)
            case (3, .varint(let number)):
                text = Array(String(Int64(bitPattern: number)).utf8)
            case (4, .fixed64(let bits)): text = OTLPValue.json(Double(bitPattern: bits))
            case (5, .bytes(let range)): text = try array(range, depth: depth)
            case (6, .bytes(let range)): text = try map(range, depth: depth)
            case (7, .bytes(let range)): text = Array("\"\(Hex.text(bytes[range]))\"".utf8)
            default: break
            }
        }
        return text
    }

    private func array(_ range: Range<Int>, depth: Int) throws(Failure) -> [UInt8] {
        var parts: [[UInt8]] = []
        for (field, range) in try messages(range) where field == 1 {
            parts.append(try value(range, depth: depth + 1))
        }
        return OTLPValue.array(parts)
    }

    private func map(_ range: Range<Int>, depth: Int) throws(Failure) -> [UInt8] {
        var object = JSONObjectBytes()
        for (field, range) in try messages(range) where field == 1 {
            object.add(try attribute(range, prefix: "", depth: depth + 1))
        }
        return object.finished
    }
}

/// Values of OTLP as JSON text.
enum OTLPValue {
    /// What JSON has no number for is written as text: `"NaN"`, `"Infinity"`.
    static func json(_ number: Double) -> [UInt8] {
        if number.isNaN { return Array("\"NaN\"".utf8) }
        if number.isInfinite { return Array((number < 0 ? "\"-Infinity\"" : "\"Infinity\"").utf8) }
        return Array(number.description.utf8)
    }

    static func array(_ parts: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + parts.joined(separator: [UInt8(ascii: ",")])
            + [UInt8(ascii: "]")]
    }
}
