internal import Engine

/// What a request is answered with.
struct IntakeAnswer: Hashable, Sendable {
    var status: Int
    var contentType: String?
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// The connection cannot be used further: what was sent was not read to its end.
    var closes = false
    /// For the counters; nil where the request was served.
    var reason: IntakeTally.Reason?

    init(
        _ status: Int, contentType: String? = nil, headers: [String: String] = [:],
        body: [UInt8] = [], reason: IntakeTally.Reason? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.reason = reason
    }

    static func json(
        _ status: Int, reason: IntakeTally.Reason? = nil, _ body: (inout JSONWriter) -> Void
    ) -> IntakeAnswer {
        var writer = JSONWriter()
        writer.object(body)
        return IntakeAnswer(
            status, contentType: "application/json", body: writer.bytes, reason: reason)
    }

    /// A problem as RFC 9457 writes it.
    static func problem(
        _ status: Int, _ title: String, reason: IntakeTally.Reason
    ) -> IntakeAnswer {
        var writer = JSONWriter()
        writer.object { problem in
            problem.member("type", "about:blank")
            problem.member("title", title)
            problem.member("status", status)
        }
        return IntakeAnswer(
            status, contentType: "application/problem+json", body: writer.bytes, reason: reason)
    }

    func retrying(after seconds: Int?) -> IntakeAnswer {
        var answer = self
        if let seconds { answer.headers["Retry-After"] = String(seconds) }
        return answer
    }
}

/// What a decoded request asks for: an answer at once, or records to be kept first.
enum IntakePlan: Sendable {
    case answer(IntakeAnswer)
    /// The records are handed to the desk; the answer is made from what it says.
    case take(
        [Delivery.Record],
        answer: @Sendable (Result<[IntakeOutcome], IntakeRefusal>) -> IntakeAnswer)
}
