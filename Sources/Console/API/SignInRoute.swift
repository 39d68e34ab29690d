import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// Signing in, for programs that act as a browser does. Pages have a form of their own.
struct SignInRoute: Sendable {
    let parts: ConsoleParts

    /// What the document shows of it; it is not dispatched, as nobody is known yet.
    static let endpoint = Endpoint(
        method: .post, path: "/api/v1/session", summary: "Sign in; the session is a cookie",
        right: .anybody,
        body: .object([
            .must("login", .text(bytesMax: LedgerLimits.titleBytesMax)),
            .must("password", .text(bytesMax: Password.bytesMax * 3)),
            .may("code", .text(bytesMax: 32)),
        ]), answer: .object([.must("csrf", .text(bytesMax: 64))])
    ) { _ in throw Problem(.method, "This is not done so.") }

    func answer(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try Gate(parts: parts).requireOwnPage(request)
        let dispatch = Dispatch(parts: parts, endpoint: Self.endpoint)
        _ = try dispatch.query(of: request)
        let body = try dispatch.read(try await dispatch.body(of: request), request)
        let attempt = Accounts.Attempt(
            login: body["login"]?.text ?? "", password: body["password"]?.text ?? "",
            code: body["code"]?.text, address: context.address)
        let issued = try await parts.accounts.signIn(attempt, now: parts.now())
        let json: JSON = ["csrf": .text(parts.guardian.token(for: issued.session))]
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json",
                .setCookie: SessionCookie.setting(issued.token),
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: json.string)))
    }
}
