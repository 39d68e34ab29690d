import Tenancy

@testable import Listen

/// What a router with a ``KeptDesk`` answers, without a socket.
struct Asking {
    var desk = KeptDesk()
    var limits = IntakeLimits()
    var allowsQueryToken = false

    func callAsFunction(
        _ method: String, _ target: String, _ body: [UInt8] = [],
        headers: [(String, String)] = [("Authorization", "Splunk secret")]
    ) async -> IntakeAnswer {
        await answer(router, method, target, body, headers)
    }

    func callAsFunction(
        _ method: String, _ target: String, _ body: String,
        headers: [(String, String)] = [("Authorization", "Splunk secret")]
    ) async -> IntakeAnswer {
        await answer(router, method, target, Array(body.utf8), headers)
    }

    var router: IntakeRouter {
        var settings = HTTPSettings(address: ListenAddress(port: 0))
        settings.allowsQueryToken = allowsQueryToken
        return IntakeRouter(settings: settings, limits: limits, desk: desk)
    }

    func answer(
        _ router: IntakeRouter, _ method: String, _ target: String, _ body: [UInt8],
        _ headers: [(String, String)] = [("Authorization", "Splunk secret")]
    ) async -> IntakeAnswer {
        var request = IntakeRequest(method: method, target: target, headers: headers)
        switch router.admit(request, Peer(address: "127.0.0.1")) {
        case .answer(let answer): return answer
        case .stream: return IntakeAnswer(599)
        case .collect(let route, let binding):
            request.body = body
            switch router.plan(route, request, binding) {
            case .answer(let answer): return answer
            case .take(let records, let answer):
                do throws(IntakeRefusal) {
                    return answer(
                        .success(
                            try await desk.take(Delivery(binding: binding, records: records))))
                } catch {
                    return answer(.failure(error))
                }
            }
        }
    }
}
