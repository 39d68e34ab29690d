internal import Engine

/// Answers of Splunk's HTTP event collector: HTTP status, code and text as its documentation lists them.
enum HECStatus: Int, Sendable {
    case success = 0
    case tokenRequired = 2
    case invalidAuthorization = 3
    case invalidToken = 4
    case noData = 5
    case invalidFormat = 6
    case internalError = 8
    case busy = 9
    case channelMissing = 10
    case eventRequired = 12
    case eventBlank = 13
    case fieldsInvalid = 15
    case healthy = 17

    private var text: String {
        switch self {
        case .success: "Success"
        case .tokenRequired: "Token is required"
        case .invalidAuthorization: "Invalid authorization"
        case .invalidToken: "Invalid token"
        case .noData: "No data"
        case .invalidFormat: "Invalid data format"
        case .internalError: "Internal server error"
        case .busy: "Server is busy"
        case .channelMissing: "Data channel is missing"
        case .eventRequired: "Event field is required"
        case .eventBlank: "Event field cannot be blank"
        case .fieldsInvalid: "Error in handling indexed fields"
        case .healthy: "HEC is healthy"
        }
    }

    private var httpStatus: Int {
        switch self {
        case .success, .healthy: 200
        case .tokenRequired, .invalidAuthorization: 401
        case .invalidToken: 403
        case .internalError: 500
        case .busy: 503
        default: 400
        }
    }

    /// - Parameter reason: for the counters; nil says a protocol error.
    func answer(
        invalidEvent: Int? = nil, acknowledgement: UInt64? = nil,
        reason: IntakeTally.Reason? = nil
    ) -> IntakeAnswer {
        let isGood = self == .success || self == .healthy
        return .json(httpStatus, reason: isGood ? nil : reason ?? .malformed) { answer in
            answer.member("text", text)
            answer.member("code", rawValue)
            if let invalidEvent { answer.member("invalid-event-number", invalidEvent) }
            if let acknowledgement { answer.member("ackId", acknowledgement) }
        }
    }

    static func refusal(_ refusal: IntakeRefusal) -> IntakeAnswer {
        let status: HECStatus =
            switch refusal {
            case .busy, .overQuota: .busy
            case .closed: .invalidToken
            case .storage: .internalError
            }
        return status.answer(reason: refusal.reason).retrying(after: refusal.retryAfterSeconds)
    }
}
