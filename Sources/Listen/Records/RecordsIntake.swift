internal import Engine
internal import Tenancy

/// Records that were told apart before they are sent: `/ingest/records`.
///
/// - Body: for each record a line `FORMAT ID BYTES`, then so many bytes and a line feed; or `FORMAT ID BYTES LABELS`, with so many bytes of a JSON
///   object that tells more of the record between its own bytes and the line feed. FORMAT is a ``RecordFormat``'s name, or `text` where the
///   record's own content tells; ID is the sender's name for it, at most ``idBytesMax`` printable bytes without a blank, or `-` for none. An empty
///   body asks only whose token it is.
/// - A record with an ID that this source sent before is the same record.
/// - All or nothing: a body that is not of this form is refused whole, with its place.
/// - Answer: `{"tenant":…,"source":…,"stored":N,"duplicate":M}`.
struct RecordsIntake: Sendable {
    static let idBytesMax = 64
    static let headBytesMax = 128

    let limits: IntakeLimits

    func plan(_ request: IntakeRequest, _ binding: SourceBinding) -> IntakePlan {
        guard !request.body.isEmpty else {
            return .answer(Self.answer(.success([]), binding))
        }
        do throws(Malformed) {
            let records = try records(request.body, binding)
            return .take(records) { Self.answer($0, binding) }
        } catch {
            return .answer(
                .problem(
                    error.isSize ? 413 : 400, "Byte \(error.offset) of the body: \(error.reason).",
                    reason: error.isSize ? .tooLarge : .malformed))
        }
    }

    private struct Malformed: Error {
        var offset: Int
        var reason: String
        var isSize = false
    }

    private func records(
        _ body: [UInt8], _ binding: SourceBinding
    ) throws(Malformed) -> [Delivery.Record] {
        var records: [Delivery.Record] = []
        var at = 0
        while at < body.count {
            let limit = min(body.count, at + Self.headBytesMax)
            guard let end = body[at..<limit].firstIndex(of: 0x0a) else {
                throw Malformed(offset: at, reason: "no line `FORMAT ID BYTES`")
            }
            let words = body[at..<end].split(separator: 0x20, omittingEmptySubsequences: false)
            guard (3...4).contains(words.count), let count = Self.count(words[2]), count > 0,
                let labelCount = words.count == 4 ? Self.count(words[3]) : 0
            else { throw Malformed(offset: at, reason: "no line `FORMAT ID BYTES`") }
            guard count <= limits.recordBytesMax else {
                throw Malformed(
                    offset: at, reason: "a record of more than \(limits.recordBytesMax) bytes",
                    isSize: true)
            }
            guard records.count < limits.recordsMax else {
                throw Malformed(
                    offset: at, reason: "more than \(limits.recordsMax) records", isSize: true)
            }
            guard labelCount <= IntakeLimits.labelBytesMax else {
                throw Malformed(
                    offset: at, reason: "labels of more than \(IntakeLimits.labelBytesMax) bytes",
                    isSize: true)
            }
            let start = end + 1
            let labelsStart = start + count
            guard count + labelCount < body.count - start,
                body[labelsStart + labelCount] == 0x0a
            else {
                throw Malformed(offset: start, reason: "a record does not end where it should")
            }
            var record = try record(
                Array(body[start..<labelsStart]), format: words[0], id: words[1], at: at, binding)
            record.labels = Array(body[labelsStart..<labelsStart + labelCount])
            guard labelCount == 0 || JSONText.isObject(record.labels) else {
                throw Malformed(offset: labelsStart, reason: "labels are no JSON object")
            }
            records.append(record)
            at = labelsStart + labelCount + 1
        }
        return records
    }

    private static func count(_ word: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: word, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
    }

    private func record(
        _ bytes: [UInt8], format: ArraySlice<UInt8>, id: ArraySlice<UInt8>, at offset: Int,
        _ binding: SourceBinding
    ) throws(Malformed) -> Delivery.Record {
        guard (1...Self.idBytesMax).contains(id.count), id.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw Malformed(offset: offset, reason: "no ID of 1 to 64 printable bytes") }
        let key: RecordKey? =
            id.elementsEqual("-".utf8) ? nil : .of(binding, Array("records".utf8), Array(id))
        let name = String(decoding: format, as: UTF8.self)
        if name == "text" {
            let text = TextRecord.of(bytes)
            return Delivery.Record(bytes: text.bytes, format: text.format, key: key)
        }
        guard let format = RecordFormat(rawValue: name) else {
            throw Malformed(offset: offset, reason: "a format of no known name")
        }
        return Delivery.Record(bytes: bytes, format: format, key: key)
    }

    private static func answer(
        _ result: Result<[IntakeOutcome], IntakeRefusal>, _ binding: SourceBinding
    ) -> IntakeAnswer {
        switch result {
        case .success(let outcomes):
            let stored = outcomes.count { $0 == .stored }
            return .json(200) { answer in
                answer.member("tenant", binding.tenant.text)
                answer.member("source", binding.source.text)
                answer.member("stored", stored)
                answer.member("duplicate", outcomes.count - stored)
            }
        case .failure(let refusal): return .refusal(refusal)
        }
    }
}

extension IntakeAnswer {
    /// What the desk did not take, as a problem.
    static func refusal(_ refusal: IntakeRefusal) -> IntakeAnswer {
        let status =
            switch refusal {
            case .overQuota: 429
            case .closed: 403
            case .busy, .storage: 503
            }
        return IntakeAnswer.problem(status, refusal.reason.rawValue, reason: refusal.reason)
            .retrying(after: refusal.retryAfterSeconds)
    }
}
