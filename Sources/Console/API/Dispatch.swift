import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// Takes a request of one endpoint through every judgement, in one order: who, how often, where, what, once.
struct Dispatch: Sendable {
    let parts: ConsoleParts
    let endpoint: Endpoint

    func answer(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let caller = try await Gate(parts: parts).caller(of: request)
        let standing = parts.rates.take(caller.principal.id, now: parts.now())
        var response: Response
        if standing.isRefused {
            let problem = Problem(
                .throttled, "More than \(parts.rates.perMinute) requests in a minute; wait.",
                retryAfter: max(1, 60 / parts.rates.perMinute))
            response = problem.response
        } else {
            do { response = try await permitted(request, context, caller) } catch {
                response = Problem(any: error, logger: context.logger).response
            }
        }
        response.headers[.rateLimitPolicy] = "\"principal\";q=\(parts.rates.perMinute);w=60"
        response.headers[.rateLimit] =
            "\"principal\";r=\(standing.remaining);t=\(standing.resetSeconds)"
        if let renewed = caller.renewed, response.headers[.setCookie] == nil {
            response.headers[.setCookie] = SessionCookie.setting(renewed)
        }
        return response
    }

    private func permitted(
        _ request: Request, _ context: ConsoleContext, _ caller: Gate.Caller
    ) async throws -> Response {
        var names: [String: String] = [:]
        for name in endpoint.names { names[name] = context.parameters.get(name) }
        let query = try self.query(of: request)
        let granted = try await Gate(parts: parts).scope(
            for: endpoint.right, of: caller.principal, names: names, query: query)
        try judge(caller)
        let bytes = try await body(of: request)
        let body = try read(bytes, request)
        let call = Call(
            parts: parts, principal: caller.principal, session: caller.session, now: parts.now(),
            address: context.address, names: names, query: query, body: body,
            revision: try revision(of: request),
            granted: granted)
        guard let key = request.headers[.idempotencyKey], request.method == .post else {
            return try await done(call).response
        }
        return try await once(key, call, request, bytes)
    }

    func judge(_ caller: Gate.Caller) throws(Problem) {
        guard endpoint.takesPerson || endpoint.needsProof else { return }
        guard let session = caller.session else {
            guard endpoint.takesPerson else { return }
            throw Problem(.forbidden, "A key does not do this; sign in.")
        }
        guard !endpoint.needsProof || session.isFresh(now: parts.now()) else {
            throw Problem(
                .stale, "Prove again who you are (POST /api/v1/me/proof, or a new sign-in).")
        }
    }

    /// RFC draft Idempotency-Key: the second of two same requests gets the first one's answer.
    private func once(
        _ key: String, _ call: Call, _ request: Request, _ bytes: [UInt8]
    ) async throws -> Response {
        guard (1...ConsoleLimits.idempotencyKeyBytesMax).contains(key.utf8.count) else {
            throw Problem(
                .malformed,
                "An Idempotency-Key has 1 to \(ConsoleLimits.idempotencyKeyBytesMax) bytes.")
        }
        let name = AnswerBook.Name(principal: call.principal.id, key: key)
        let digest = LedgerDigest(of: Array("POST \(request.uri.string)\0".utf8) + bytes)
        switch parts.answers.begin(name, request: digest, now: call.now) {
        case .again(let answer): return answer.response
        case .refused(let problem): throw problem
        case .go:
            do {
                let answer = try await done(call)
                // What is kept lies in memory for a day, a secret that is shown once among it.
                let isKept = answer.body.count <= ConsoleLimits.answerBytesMax
                parts.answers.end(name, isKept ? answer.withoutToken : nil)
                return answer.response
            } catch {
                parts.answers.end(name, nil)
                throw error
            }
        }
    }

    private func done(_ call: Call) async throws -> AnswerBook.Answer {
        let answer: Answer
        do { answer = try await endpoint.act(call) } catch let failure as StoreFailure {
            if failure.code == .conflict, call.revision != nil {
                throw Problem(.changed, "It is another revision now; read it again.")
            }
            throw failure
        }
        if endpoint.method != .get { parts.bell.ring() }
        return AnswerBook.Answer(
            status: endpoint.status,
            body: endpoint.status == 204
                ? [] : answer.file?.bytes ?? Array(answer.body.string.utf8),
            etag: answer.revision.map { "\"\($0)\"" }, token: answer.token,
            media: answer.file?.media ?? .json, fileName: answer.file?.name)
    }

    func query(of request: Request) throws(Problem) -> [String: String] {
        let text = request.uri.query ?? ""
        guard text.utf8.count <= ConsoleLimits.queryBytesMax else {
            throw Problem(
                .malformed, "A query has at most \(ConsoleLimits.queryBytesMax) bytes.")
        }
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = FormText.decoded(halves[0]),
                let value = FormText.decoded(halves.count == 2 ? halves[1] : "")
            else { throw Problem(.malformed, "The query is not percent-encoded UTF-8.") }
            guard let parameter = endpoint.query.first(where: { $0.name == name }) else {
                throw Problem(.malformed, "No such query parameter is known here.")
            }
            guard query.updateValue(value, forKey: name) == nil else {
                throw Problem(.malformed, "The query parameter \(name) comes twice.")
            }
            try check(value, parameter)
        }
        return query
    }

    private func check(_ value: String, _ parameter: Endpoint.Parameter) throws(Problem) {
        var json = CanonicalJSON.text(value)
        if case .integer = parameter.shape {
            json = Int64(value).map { .integer($0) } ?? .text(value)
        }
        if case .flag = parameter.shape, let flag = Bool(value) { json = .flag(flag) }
        do { try parameter.shape.check(json) } catch {
            throw Problem(.malformed, "The query parameter \(parameter.name): \(error.detail)")
        }
    }

    func body(of request: Request) async throws -> [UInt8] {
        do {
            let buffer = try await request.body.collect(upTo: ConsoleLimits.bodyBytesMax)
            return Array(buffer.readableBytesView)
        } catch {
            throw Problem(
                .tooLarge, "A body has at most \(ConsoleLimits.bodyBytesMax) bytes.")
        }
    }

    func read(_ bytes: [UInt8], _ request: Request) throws(Problem) -> CanonicalJSON {
        guard let shape = endpoint.body else {
            guard bytes.isEmpty else {
                throw Problem(.malformed, "This takes no body.")
            }
            return .null
        }
        let type = request.headers[.contentType]?.split(separator: ";").first.map {
            $0.lowercased().filter { $0 != " " }
        }
        guard type == "application/json" else {
            throw Problem(.media, "The body is application/json.")
        }
        let json: CanonicalJSON
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.malformed, "The body is not UTF-8.")
        }
        do { json = try CanonicalJSON(reading: text) } catch {
            throw Problem(
                .malformed,
                "The body is not JSON at byte \(error.offset): \(error.reason.rawValue).")
        }
        try shape.check(json)
        return json
    }

    private func revision(of request: Request) throws(Problem) -> UInt64? {
        guard endpoint.isConditional else { return nil }
        guard let text = request.headers[.ifMatch] else {
            throw Problem(.unconditional, "Send If-Match with the ETag you saw.")
        }
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 2,
            let revision = UInt64(text.dropFirst().dropLast())
        else {
            throw Problem(.malformed, "If-Match is one ETag as it was told: \"7\".")
        }
        return revision
    }
}

/// `application/x-www-form-urlencoded`, as queries and forms have it.
enum FormText {
    /// Nil where it is not percent-encoded UTF-8.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                guard rest.count >= 2,
                    rest.prefix(2).allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                    let value = UInt8(
                        String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Percent-encoded but for what RFC 3986 §2.3 leaves as it is.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The fields of a form; a later one of the same name wins. At most 16.
    static func fields(_ bytes: [UInt8]) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in String(decoding: bytes, as: UTF8.self).split(separator: "&").prefix(16) {
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let name = decoded(halves[0]), let value = decoded(halves[1])
            else { continue }
            fields[name] = value
        }
        return fields
    }
}
