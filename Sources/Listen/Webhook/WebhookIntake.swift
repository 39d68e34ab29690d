internal import Engine
internal import Tenancy

/// JSON from anything that can post it: `/ingest/webhook` and `/ingest/webhook/NAME`.
///
/// - Body: one object, an array of objects, or objects (also one a line) one after another; a value that is no object
///   is kept as `{"event": value}`. Text that is not JSON is taken as lines, each in the format its content tells.
/// - `Idempotency-Key`: sent again with the same key and position, a record is the same record.
/// - All or nothing: JSON that breaks off is refused whole, with its place.
struct WebhookIntake: Sendable {
    let limits: IntakeLimits

    func plan(_ request: IntakeRequest, _ binding: SourceBinding) -> IntakePlan {
        var texts: [(bytes: [UInt8], format: RecordFormat)] = []
        let first = request.body.first { $0 > 0x20 }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            do throws(JSONText.Failure) {
                texts = try json(request.body)
            } catch {
                return .answer(
                    .problem(
                        400, "Byte \(error.offset) of the body: \(error.reason).",
                        reason: .malformed))
            }
        } else {
            texts = Lines.of(request.body).map { TextRecord.of(Array($0)) }
        }
        if let refusal = refusal(of: texts.map(\.bytes.count)) { return .answer(refusal) }
        let records = texts.enumerated().map { index, text in
            Delivery.Record(
                bytes: text.bytes, format: text.format,
                key: request.headers["idempotency-key"].map { key in
                    RecordKey.of(
                        binding, Array("webhook".utf8), Array(key.utf8),
                        Array(String(index).utf8))
                },
                labels: labels(request))
        }
        return .take(records) { Self.answer($0) }
    }

    private func refusal(of sizes: [Int]) -> IntakeAnswer? {
        if sizes.isEmpty {
            return .problem(400, "The body holds no record.", reason: .malformed)
        }
        if sizes.count > limits.recordsMax {
            return .problem(
                413, "More than \(limits.recordsMax) records; send fewer.", reason: .tooLarge)
        }
        if let index = sizes.firstIndex(where: { $0 > limits.recordBytesMax }) {
            return .problem(
                413, "Record \(index) is larger than \(limits.recordBytesMax) bytes.",
                reason: .tooLarge)
        }
        return nil
    }

    private func json(
        _ body: [UInt8]
    ) throws(JSONText.Failure) -> [(bytes: [UInt8], format: RecordFormat)] {
        var values: [JSONText.Value] = []
        var json = JSONText(body)
        json.skipSpace()
        if json.bytes[json.at] == UInt8(ascii: "[") {
            try json.elements { values.append($0) }
            json.skipSpace()
        }
        while !json.atEnd {
            values.append(try json.value())
            json.skipSpace()
        }
        return values.map { value in
            let text = Array(body[value.range])
            if value.kind == .object { return (text, .json) }
            return (Array("{\"event\":".utf8) + text + Array("}".utf8), .json)
        }
    }

    /// The name in the path, which tells senders of one token apart.
    private func labels(_ request: IntakeRequest) -> [UInt8] {
        guard request.path.count == 3 else { return [] }
        var labels = Labels()
        labels.add("webhook", request.path[2])
        return labels.bytes ?? []
    }

    private static func answer(
        _ result: Result<[IntakeOutcome], IntakeRefusal>
    ) -> IntakeAnswer {
        switch result {
        case .success(let outcomes):
            let stored = outcomes.count { $0 == .stored }
            return .json(200) { answer in
                answer.member("stored", stored)
                answer.member("duplicate", outcomes.count - stored)
            }
        case .failure(let refusal): return .refusal(refusal)
        }
    }
}
