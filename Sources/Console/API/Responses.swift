import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Store
import Tenancy

/// What the router knows of a request.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// 4 or 16 bytes; empty where nobody knows.
    let address: [UInt8]

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = Self.bytes(of: source.channel.remoteAddress)
    }

    private static func bytes(of address: SocketAddress?) -> [UInt8] {
        guard let text = address?.ipAddress else { return [] }
        let four = text.split(separator: ".", omittingEmptySubsequences: false)
        if four.count == 4 { return four.compactMap { UInt8($0) } }
        // RFC 4291 §2.2: `::` stands for as many zeros as are missing.
        let halves = text.split(separator: "::", omittingEmptySubsequences: false).map { half in
            half.split(separator: ":").flatMap { group -> [UInt8] in
                let word = UInt16(group.prefix { $0 != "%" }, radix: 16) ?? 0
                return [UInt8(word >> 8), UInt8(word & 0xFF)]
            }
        }
        guard let first = halves.first, let last = halves.last, halves.count <= 2 else { return [] }
        if halves.count == 1 { return first }
        let zeros = max(0, 16 - first.count - last.count)
        return first + [UInt8](repeating: 0, count: zeros) + last
    }

    /// Whether it comes from this machine; so does what comes from within the process.
    var isLoopback: Bool {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127]
        return address.isEmpty || (address.count == 4 && address[0] == 127)
            || address == [UInt8](repeating: 0, count: 15) + [1] || address.starts(with: mapped)
    }
}

extension Problem {
    /// What is not a problem by itself is the server's own failure: logged, and not told.
    init(any error: any Error, logger: Logger) {
        switch error {
        case let problem as Problem: self = problem
        case let failure as StoreFailure:
            if failure.code == .damaged || failure.code == .diskFull {
                logger.error("The store refused: \(failure.message)")
            }
            self.init(failure)
        case let failure as HTTPError:
            switch failure.status.code {
            case 404: self.init(.missing, "There is nothing at this address.")
            case 405: self.init(.method, "This address does not take that method.")
            case 413: self.init(.tooLarge, "The body is too large.")
            default: self.init(.malformed, "The request cannot be read.")
            }
        default:
            logger.error("A request failed: \(Swift.type(of: error))")
            self.init(.failure, "Something is wrong on our side; the log has this request's id.")
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if let allow { headers[.allow] = allow }
        if kind == .unauthenticated { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: HTTPResponse.Status(code: kind.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: json.string)))
    }
}

extension AnswerBook.Answer {
    var response: Response {
        var headers: HTTPFields = [:]
        if status != 204 { headers[.contentType] = media.rawValue }
        // A page made of what was received is never shown as one of ours.
        if let fileName {
            headers[.contentDisposition] = "attachment; filename=\"\(fileName)\""
        }
        if let etag { headers[.eTag] = etag }
        if let token { headers[.setCookie] = SessionCookie.setting(token) }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// Every answer, whatever it is: an id, counted, and with the headers that keep browsers careful.
struct Wrapping: RouterMiddleware {
    let parts: ConsoleParts

    func handle(
        _ request: Request, context: ConsoleContext,
        next: @concurrent (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do { response = try await next(request, context) } catch {
            let problem = Problem(any: error, logger: context.logger)
            response = isPage(request) ? page(problem, request, context) : problem.response
        }
        response.headers[.requestID] = context.id
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.reportingEndpoints] = "policy=\"\(PolicyReports.path)\""
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.frameOptions] = "DENY"
        response.headers[.referrerPolicy] = "same-origin"
        response.headers[.openerPolicy] = "same-origin"
        response.headers[.resourcePolicy] = "same-origin"
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = "no-store"
        }
        if parts.settings.isTLS {
            response.headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains"
        }
        parts.counts.note(status: response.status.code)
        context.logger.info(
            "answered",
            metadata: [
                "method": "\(request.method.rawValue)", "status": "\(response.status.code)",
                // The pattern, not the path: a path may hold a secret link.
                "route": "\(context.endpointPath ?? "none")",
            ])
        return response
    }

    /// Whether a person's browser asks, who is better told in words.
    private func isPage(_ request: Request) -> Bool {
        let accept = request.headers[.accept] ?? ""
        return accept.contains("text/html") && !request.uri.path.hasPrefix("/api/")
    }

    private func page(
        _ problem: Problem, _ request: Request, _ context: ConsoleContext
    ) -> Response {
        var response = problem.response
        let bytes = ProblemPage.bare(problem, look: Look(of: request.head), id: context.id)
        response.headers[.contentType] = "text/html; charset=utf-8"
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return response
    }

    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        + "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + "report-uri \(PolicyReports.path); report-to policy"
}
