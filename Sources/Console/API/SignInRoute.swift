import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Tenancy

/// Signing in, for programs that act as a browser does. Pages have a form of their own.
///
/// It is not dispatched as other endpoints are, as nobody is known yet: requests are counted by address.
struct SignInRoute: Sendable {
    /// What came of it: an answer, and the session where somebody is let in.
    struct Outcome: Sendable {
        let body: JSON
        let issued: Session.Issued?
    }

    /// What the document shows of it.
    let endpoint: Endpoint
    let attempt: @Sendable (CanonicalJSON, ConsoleContext, ConsoleParts) async throws -> Outcome

    static let all: [SignInRoute] = [password, passkeyOptions, passkey]

    private init(
        _ path: String, _ summary: String, body: Shape, answer: Shape,
        attempt:
            @escaping @Sendable (CanonicalJSON, ConsoleContext, ConsoleParts) async throws ->
            Outcome
    ) {
        endpoint = Endpoint(
            method: .post, path: path, summary: summary, right: .anybody, body: body,
            answer: answer
        ) { _ in throw Problem(.method, "This is not done so.") }
        self.attempt = attempt
    }

    func answer(
        _ request: Request, _ context: ConsoleContext, _ parts: ConsoleParts
    ) async throws -> Response {
        try Gate(parts: parts).requireOwnPage(request)
        try parts.rates.require(of: context.address, now: parts.now())
        let dispatch = Dispatch(parts: parts, endpoint: endpoint)
        _ = try dispatch.query(of: request)
        let body = try dispatch.read(try await dispatch.body(of: request), request)
        let outcome = try await attempt(body, context, parts)
        var headers: HTTPFields = [.contentType: "application/json"]
        if let issued = outcome.issued {
            headers[.setCookie] = SessionCookie.setting(issued.token)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: outcome.body.string)))
    }

    private static let signedIn = Shape.object([.must("csrf", .text(bytesMax: 64))])

    private static func letIn(_ issued: Session.Issued, _ parts: ConsoleParts) -> Outcome {
        Outcome(
            body: ["csrf": .text(parts.guardian.token(for: issued.session))], issued: issued)
    }

    private static let password = SignInRoute(
        "/api/v1/session", "Sign in; the session is a cookie",
        body: .object([
            .must("login", .text(bytesMax: LedgerLimits.titleBytesMax)),
            .must("password", MeEndpoints.password), .may("code", .text(bytesMax: 64)),
        ]), answer: signedIn
    ) { body, context, parts in
        letIn(
            try await parts.accounts.signIn(
                .init(
                    login: body["login"]?.text ?? "", password: body["password"]?.text ?? "",
                    code: body["code"]?.text, address: context.address), now: parts.now()), parts)
    }

    // MARK: - Passkeys

    private static let passkeyOptions = SignInRoute(
        "/api/v1/session/passkey/options", "What to ask the browser for, to sign in by passkey",
        body: .object([]),
        answer: .object([
            .must("ceremony", .text(bytesMax: 64)), .must("challenge", .text(bytesMax: 64)),
            .must("rpId", .text(bytesMax: 253)),
            .must("userVerification", .choice(["required", "preferred"])),
            .must("timeout", .integer(0...600_000)),
        ])
    ) { _, _, parts in
        let (name, ceremony, party) = try await parts.accounts.beginAssertion(now: parts.now())
        return Outcome(
            body: [
                "ceremony": .text(name), "challenge": .text(Base64URL.text(ceremony.challenge)),
                "rpId": .text(party.id),
                "userVerification": party.requiresVerification ? "required" : "preferred",
                "timeout": .integer(PasskeyCeremony.lifetime.components.seconds * 1000),
            ], issued: nil)
    }

    private static let bytes = Shape.text(bytesMax: 8 << 10)

    private static let passkey = SignInRoute(
        "/api/v1/session/passkey", "Sign in by passkey; bytes are base64url",
        body: .object([
            .must("ceremony", .text(bytesMax: 64)), .must("id", .text(bytesMax: 2048)),
            .must("client_data", bytes), .must("authenticator_data", bytes),
            .must("signature", bytes), .may("user_handle", .optional(.text(bytesMax: 128))),
        ]), answer: signedIn
    ) { body, _, parts in
        func read(_ name: String) throws(Problem) -> [UInt8] {
            guard let bytes = Base64URL.bytes(body[name]?.text ?? "") else {
                throw Problem(
                    .invalid, "It is not base64url without padding.", pointer: "/\(name)")
            }
            return bytes
        }
        let handle = try body["user_handle"]?.text == nil ? nil : read("user_handle")
        return letIn(
            try await parts.accounts.signIn(
                with: .init(
                    ceremony: body["ceremony"]?.text ?? "", credential: read("id"),
                    clientRecord: read("client_data"),
                    authenticatorData: read("authenticator_data"),
                    signature: read("signature"), userHandle: handle), now: parts.now()), parts)
    }
}
