import Hummingbird

/// Why something cannot be shown or done, and what helps.
enum ProblemPage {
    static func answer(_ problem: Problem, _ call: PageCall) -> Response {
        let (title, cure) = words(of: problem, id: call.context.id)
        var response = call.page(title, nil, status: problem.kind.status) { main in
            main.state(title, cure, detail: detail(of: problem)) { state in
                state.element(
                    "a", [.class("button"), .set("href", "/")], say: .backToQueue)
            }
        }
        if let retryAfter = problem.retryAfter {
            response.headers[.retryAfter] = String(retryAfter)
        }
        return response
    }

    /// For whoever is not known.
    static func bare(_ problem: Problem, look: Look, id: String) -> [UInt8] {
        let (title, cure) = words(of: problem, id: id)
        return PageFrame(title: title, look: look).page { main in
            main.state(title, cure, detail: detail(of: problem)) { state in
                state.element(
                    "a", [.class("button"), .set("href", "/")], say: .backToQueue)
            }
        }
    }

    static func words(of problem: Problem, id: String) -> (title: Phrase, cure: Phrase) {
        switch problem.kind {
        case .forbidden, .unauthenticated: (.noRights, .noRightsCure)
        case .stale: (.stale, .staleCure)
        case .missing, .method: (.notFound, .notFoundCure)
        case .conflict, .changed, .unconditional: (.changed, .changedCure)
        case .malformed, .invalid, .media, .tooLarge: (.refused, .refusedCure)
        case .throttled: (.throttled, .throttledCure)
        case .unavailable: (.unavailable, .unavailableCure)
        case .failure: (.failed, .failedCure(id))
        }
    }

    /// What was judged, where it helps to know it.
    private static func detail(of problem: Problem) -> String? {
        switch problem.kind {
        case .malformed, .invalid, .media, .tooLarge, .conflict, .forbidden: problem.detail
        default: nil
        }
    }
}
