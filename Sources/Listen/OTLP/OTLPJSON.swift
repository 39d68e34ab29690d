/// Reads an ExportLogsServiceRequest in JSON.
///
/// - Source: OTLP 1.x, "JSON Protobuf Encoding": names in lower camel case, ids in hexadecimal, 64-bit numbers as
///   text or number. Unknown members are passed over.
struct OTLPJSON {
    private let text: JSONText
    private(set) var batch: OTLPBatch

    enum Failure: Error, Hashable {
        case malformed(offset: Int, reason: String)
        case tooLarge
    }

    init(_ bytes: [UInt8], limits: IntakeLimits) throws(Failure) {
        text = JSONText(bytes)
        batch = OTLPBatch(limits: limits)
        var whole = text
        do throws(JSONText.Failure) {
            let value = try whole.value()
            whole.skipSpace()
            guard whole.atEnd, value.kind == .object else {
                throw JSONText.Failure(offset: whole.at, reason: "not one object")
            }
            for logs in elements(member(value, "resourceLogs")) {
                guard resourceLogs(logs) else { throw JSONText.Failure(offset: -1, reason: "") }
            }
        } catch {
            if error.offset < 0 { throw .tooLarge }
            throw .malformed(offset: error.offset, reason: error.reason)
        }
    }

    // The text is known to be well-formed, so looking at its parts cannot fail.

    private func members(_ value: JSONText.Value?) -> [JSONText.Member] {
        guard let value, value.kind == .object else { return [] }
        var part = JSONText(text.bytes, value.range)
        var found: [JSONText.Member] = []
        try? part.members { found.append($0) }
        return found
    }

    private func member(_ value: JSONText.Value?, _ name: StaticString) -> JSONText.Value? {
        members(value).first { text.isText($0.key, name) }?.value
    }

    private func elements(_ value: JSONText.Value?) -> [JSONText.Value] {
        guard let value, value.kind == .array else { return [] }
        var part = JSONText(text.bytes, value.range)
        var found: [JSONText.Value] = []
        try? part.elements { found.append($0) }
        return found
    }

    /// - Returns: false where the batch is full.
    private mutating func resourceLogs(_ logs: JSONText.Value) -> Bool {
        var origin = OTLPRecord.Origin()
        let resource = member(logs, "resource")
        origin.resource = elements(member(resource, "attributes")).map { attribute($0, "") }
        for scopeLogs in elements(member(logs, "scopeLogs")) {
            let scope = member(scopeLogs, "scope")
            origin.scope = []
            for name in ["name", "version"] as [StaticString] {
                guard let value = member(scope, name), value.kind == .string, value.range.count > 2
                else { continue }
                origin.scope.append(
                    (Array("scope.\(name)".utf8), Array(text.bytes[value.range])))
            }
            origin.scope += elements(member(scope, "attributes")).map { attribute($0, "scope.") }
            for record in elements(member(scopeLogs, "logRecords")) {
                guard batch.add(self.record(record), from: origin) else { return false }
            }
        }
        return true
    }

    private func record(_ value: JSONText.Value) -> OTLPRecord {
        var record = OTLPRecord()
        for member in members(value) {
            let value = member.value
            if text.isText(member.key, "timeUnixNano") {
                record.time = number(value)
            } else if text.isText(member.key, "observedTimeUnixNano") {
                record.observed = number(value)
            } else if text.isText(member.key, "severityNumber") {
                record.severityNumber = number(value)
            } else if text.isText(member.key, "severityText") {
                record.severityText = text.scalar(value) ?? []
            } else if text.isText(member.key, "eventName") {
                record.eventName = text.scalar(value) ?? []
            } else if text.isText(member.key, "body") {
                record.body = any(value)
            } else if text.isText(member.key, "traceId") {
                record.traceID = identifier(value, 32)
            } else if text.isText(member.key, "spanId") {
                record.spanID = identifier(value, 16)
            } else if text.isText(member.key, "attributes") {
                record.attributes = elements(value).map { attribute($0, "") }
            }
        }
        return record
    }

    private func number(_ value: JSONText.Value) -> UInt64 {
        UInt64(String(decoding: text.scalar(value) ?? [], as: UTF8.self)) ?? 0
    }

    private func identifier(_ value: JSONText.Value, _ lengthMax: Int) -> String {
        String(decoding: (text.scalar(value) ?? []).prefix(lengthMax), as: UTF8.self).lowercased()
    }

    private func attribute(_ value: JSONText.Value, _ prefix: String) -> OTLPRecord.Attribute {
        let key = member(value, "key").flatMap { text.scalar($0) } ?? []
        return (Array(prefix.utf8) + key, any(member(value, "value")))
    }

    /// An AnyValue as JSON text. Its depth is bounded by the text's own.
    private func any(_ value: JSONText.Value?) -> [UInt8] {
        for member in members(value) {
            let value = member.value
            if text.isText(member.key, "stringValue") || text.isText(member.key, "boolValue")
                || text.isText(member.key, "doubleValue")
            {
                return Array(text.bytes[value.range])
            } else if text.isText(member.key, "intValue") {
                let number = String(decoding: text.scalar(value) ?? [], as: UTF8.self)
                return Int64(number) == nil
                    ? Array(text.bytes[value.range]) : Array(number.utf8)
            } else if text.isText(member.key, "bytesValue") {
                let encoded = String(decoding: text.scalar(value) ?? [], as: UTF8.self)
                guard let bytes = Base64.decode(encoded[...]) else {
                    return Array(text.bytes[value.range])
                }
                return Array("\"\(Hex.text(bytes))\"".utf8)
            } else if text.isText(member.key, "arrayValue") {
                return OTLPValue.array(elements(self.member(value, "values")).map { any($0) })
            } else if text.isText(member.key, "kvlistValue") {
                var object = JSONObjectBytes()
                for pair in elements(self.member(value, "values")) {
                    object.add(attribute(pair, ""))
                }
                return object.finished
            }
        }
        return Array("null".utf8)
    }
}
