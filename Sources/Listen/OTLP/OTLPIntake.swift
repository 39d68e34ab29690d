internal import Engine

/// OTLP over HTTP: `/v1/logs`, in protocol buffers or JSON by `Content-Type`, answered in the same.
///
/// - Source: OTLP 1.x, "OTLP/HTTP"; `google.rpc.Status` for failures.
struct OTLPIntake: Sendable {
    enum Signal: String, Hashable, Sendable { case logs, metrics, traces, profiles }

    let limits: IntakeLimits

    static func notTaken(_ signal: Signal) -> IntakeAnswer {
        .problem(
            501, "OTLP \(signal.rawValue) are not taken here; send logs to /v1/logs.",
            reason: .path)
    }

    func plan(_ signal: Signal, _ request: IntakeRequest) -> IntakePlan {
        guard signal == .logs else { return .answer(Self.notTaken(signal)) }
        let type = request.headers["content-type"] ?? ""
        let isJSON = type.lowercased().hasPrefix("application/json")
        let batch: OTLPBatch
        do throws(Problem) {
            batch = try isJSON ? json(request.body) : protobuf(request.body)
        } catch {
            return .answer(Self.failure(error.status, error.text, isJSON, error.reason))
        }
        let rejected = batch.rejected
        guard !batch.records.isEmpty else { return .answer(Self.success(rejected, isJSON)) }
        return .take(batch.records) { result in
            switch result {
            case .success: Self.success(rejected, isJSON)
            case .failure(let refusal):
                Self.failure(
                    refusal == .overQuota(retryAfterSeconds: refusal.retryAfterSeconds ?? 0)
                        ? 429 : refusal == .closed ? 403 : 503,
                    refusal.reason.rawValue, isJSON, refusal.reason
                ).retrying(after: refusal.retryAfterSeconds)
            }
        }
    }

    private struct Problem: Error {
        var status: Int
        var text: String
        var reason: IntakeTally.Reason

        static let tooLarge = Problem(
            status: 413, text: "The records of this request are larger than the limit together.",
            reason: .tooLarge)
    }

    private func protobuf(_ body: [UInt8]) throws(Problem) -> OTLPBatch {
        do throws(OTLPProtobuf.Failure) {
            return try OTLPProtobuf(body, limits: limits).batch
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .malformed(let offset):
                throw Problem(
                    status: 400, text: "Byte \(offset): not an ExportLogsServiceRequest.",
                    reason: .malformed)
            }
        }
    }

    private func json(_ body: [UInt8]) throws(Problem) -> OTLPBatch {
        do throws(OTLPJSON.Failure) {
            return try OTLPJSON(body, limits: limits).batch
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .malformed(let offset, let reason):
                throw Problem(
                    status: 400, text: "Byte \(offset): \(reason).", reason: .malformed)
            }
        }
    }

    private static let oversize = "records larger than the limit were not taken"

    /// ExportLogsServiceResponse: field 1 is ExportLogsPartialSuccess (1 the number rejected, 2 why).
    private static func success(_ rejected: Int, _ isJSON: Bool) -> IntakeAnswer {
        if isJSON {
            return .json(200, reason: rejected > 0 ? .tooLarge : nil) { answer in
                guard rejected > 0 else { return }
                answer.object("partialSuccess") { partial in
                    partial.member("rejectedLogRecords", String(rejected))
                    partial.member("errorMessage", oversize)
                }
            }
        }
        var body: [UInt8] = []
        if rejected > 0 {
            let partial =
                [0x08] + varint(UInt64(rejected)) + [0x12] + varint(UInt64(oversize.utf8.count))
                + Array(oversize.utf8)
            body = [0x0a] + varint(UInt64(partial.count)) + partial
        }
        return IntakeAnswer(
            200, contentType: "application/x-protobuf", body: body,
            reason: rejected > 0 ? .tooLarge : nil)
    }

    /// `google.rpc.Status`: field 2 is the message.
    private static func failure(
        _ status: Int, _ text: String, _ isJSON: Bool, _ reason: IntakeTally.Reason
    ) -> IntakeAnswer {
        if isJSON {
            return .json(status, reason: reason) { $0.member("message", text) }
        }
        return IntakeAnswer(
            status, contentType: "application/x-protobuf",
            body: [0x12] + varint(UInt64(text.utf8.count)) + Array(text.utf8), reason: reason)
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7f) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
}
