import Store

/// Why a request was not done, as RFC 9457 tells it. docs/api.md lists the types.
package struct Problem: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Not JSON, or not what the address takes.
        case malformed
        case unauthenticated
        case forbidden
        /// Allowed, once who it is was proved again.
        case stale = "proof-required"
        case missing = "not-found"
        case method = "method-not-allowed"
        case conflict
        case changed = "precondition-failed"
        case tooLarge = "too-large"
        case media = "unsupported-media-type"
        /// Well formed, but not what may be.
        case invalid
        case unconditional = "precondition-required"
        case throttled
        case failure
        case unavailable
    }

    package var kind: Kind
    /// For a person; holds no secret.
    package var detail: String
    /// RFC 6901, of the member of the body that is wrong; nil where it is none.
    package var pointer: String?
    /// Seconds until it is worth another try; nil where time does not help.
    package var retryAfter: Int?
    /// Methods that the address does take (RFC 9110 §10.2.1); nil where that was not the question.
    package var allow: String?

    package init(
        _ kind: Kind, _ detail: String, pointer: String? = nil, retryAfter: Int? = nil,
        allow: String? = nil
    ) {
        self.kind = kind
        self.detail = detail
        self.pointer = pointer
        self.retryAfter = retryAfter
        self.allow = allow
    }

    package var type: String { "https://kagari.invalid/problems/\(kind.rawValue)" }

    var json: JSON {
        var members: [JSON.Member] = [
            .init("type", .text(type)), .init("title", .text(kind.title)),
            .init("status", .integer(Int64(kind.status))), .init("detail", .text(detail)),
        ]
        if let pointer { members.append(.init("pointer", .text(pointer))) }
        return .object(members)
    }
}

extension Problem.Kind {
    package var status: Int {
        switch self {
        case .malformed: 400
        case .unauthenticated: 401
        case .forbidden, .stale: 403
        case .missing: 404
        case .method: 405
        case .conflict: 409
        case .changed: 412
        case .tooLarge: 413
        case .media: 415
        case .invalid: 422
        case .unconditional: 428
        case .throttled: 429
        case .failure: 500
        case .unavailable: 503
        }
    }

    package var title: String {
        switch self {
        case .malformed: "The request cannot be read"
        case .unauthenticated: "Sign in first"
        case .forbidden: "Not allowed"
        case .stale: "Prove again who you are"
        case .missing: "There is no such thing"
        case .method: "Not done this way"
        case .conflict: "Somebody else was first"
        case .changed: "It has changed since"
        case .tooLarge: "Too large"
        case .media: "Not a format taken here"
        case .invalid: "It may not be so"
        case .unconditional: "Say which revision you saw"
        case .throttled: "Too many requests"
        case .failure: "The server failed"
        case .unavailable: "Not now"
        }
    }
}

extension Problem {
    /// What a caller may know of a store's refusal; its cause stays in the log.
    init(_ failure: StoreFailure) {
        switch failure.code {
        case .missing: self.init(.missing, failure.message)
        case .conflict: self.init(.conflict, failure.message)
        case .invalid, .tooLarge, .limit: self.init(.invalid, failure.message)
        case .refused: self.init(.forbidden, failure.message)
        case .diskFull, .readOnly, .damaged, .locked:
            self.init(.unavailable, failure.message, retryAfter: 10)
        }
    }
}
