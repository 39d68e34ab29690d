import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// The address of a page or a form, and what answers there. Who is not known is asked to sign in; what goes wrong is said as
/// a page, in the reader's language.
struct PageRoute: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let act: @Sendable (PageCall) async throws -> Response

    static func get(
        _ path: String, _ act: @escaping @Sendable (PageCall) async throws -> Response
    ) -> PageRoute { PageRoute(method: .get, path: path, act: act) }

    /// A form: its field `csrf` is asked for.
    static func post(
        _ path: String, _ act: @escaping @Sendable (PageCall) async throws -> Response
    ) -> PageRoute { PageRoute(method: .post, path: path, act: act) }

    func answer(
        _ request: Request, _ context: ConsoleContext, _ parts: ConsoleParts
    ) async throws -> Response {
        let look = Look(of: request.head)
        let text = request.uri.query ?? ""
        guard text.utf8.count <= ConsoleLimits.queryBytesMax else {
            throw Problem(
                .malformed, "A query has at most \(ConsoleLimits.queryBytesMax) bytes.")
        }
        let form = method == .post ? try await Self.form(request) : PageQuery("")
        let gate = Gate(parts: parts)
        let caller: Gate.Caller
        do {
            caller = try await gate.caller(
                of: request, formToken: method == .post ? form["csrf"] ?? "" : nil)
        } catch let problem as Problem {
            guard problem.kind == .unauthenticated else { throw problem }
            return Pages(parts: parts).html(
                SignInPage.sign(
                    nil, look: look, next: method == .get ? request.uri.string : "/",
                    providers: parts.providers.providers))
        }
        let standing = parts.rates.take(caller.principal.id, now: parts.now())
        let call = PageCall(
            parts: parts, caller: caller, look: look, now: parts.now(), context: context,
            address: request.uri.string, query: PageQuery(text), form: form,
            choices: try await gate.choices(of: caller.principal))
        do {
            guard !standing.isRefused else {
                throw Problem(.throttled, "Too many requests.", retryAfter: 60)
            }
            let response = try await act(call)
            if method == .post { parts.bell.ring() }
            return response
        } catch {
            return ProblemPage.answer(Problem(any: error, logger: context.logger), call)
        }
    }

    private static func form(_ request: Request) async throws -> PageQuery {
        do {
            let buffer = try await request.body.collect(upTo: ConsoleLimits.formBytesMax)
            return PageQuery(String(buffer: buffer))
        } catch {
            throw Problem(.tooLarge, "A form has at most \(ConsoleLimits.formBytesMax) bytes.")
        }
    }
}
