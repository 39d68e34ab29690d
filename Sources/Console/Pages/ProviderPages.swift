import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Tenancy

/// The way to an identity provider and back. It works without a script.
struct ProviderPages: Sendable {
    /// Only the browser that began a sign-in has it; it is sent along when the provider sends the browser back.
    static let cookie = "__Host-kagari-provider"
    private static let attributes = "Path=/; Secure; HttpOnly; SameSite=Lax"

    let parts: ConsoleParts

    func begin(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try parts.rates.require(of: context.address, now: parts.now())
        let id = context.parameters.get("provider") ?? ""
        let (address, cookie): (String, String)
        do { (address, cookie) = try await parts.providers.begin(id, now: parts.now()) } catch {
            return try refused(error, id, request, context)
        }
        return Response(
            status: .seeOther,
            headers: [
                .location: address,
                .setCookie: "\(Self.cookie)=\(cookie); Max-Age=600; \(Self.attributes)",
            ])
    }

    func callback(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        try parts.rates.require(of: context.address, now: parts.now())
        let id = context.parameters.get("provider") ?? ""
        let now = parts.now()
        do {
            let cookie = request.headers[.cookie].flatMap {
                SessionCookie.value(of: Self.cookie, inHeader: $0)
            }
            let identity = try await parts.providers.finish(
                id, cookie: cookie ?? "", query: try pairs(of: request), now: now)
            guard let provider = parts.providers.providers.first(where: { $0.id == id }) else {
                throw Problem(.missing, "There is no such identity provider.")
            }
            let issued = try await parts.accounts.signIn(identity, from: provider, now: now)
            return Pages(parts: parts).away(to: "/", setting: issued.token)
        } catch { return try refused(error, id, request, context) }
    }

    /// The log has why; people are told that it did not work.
    private func refused(
        _ error: any Error, _ id: String, _ request: Request, _ context: ConsoleContext
    ) throws -> Response {
        let told: Phrase
        switch error {
        case let refusal as ProviderDesk.Refusal:
            context.logger.warning(
                "A sign-in by an identity provider was refused.",
                metadata: ["provider": "\(id)", "reason": "\(refusal.reason)"])
            told = .providerRefused
        case let problem as Problem where problem.kind != .missing:
            told = SignInPage.words(of: problem)
        default: throw error
        }
        return Pages(parts: parts).html(
            SignInPage.sign(
                told, look: Look(of: request.head), providers: parts.providers.providers),
            status: 401)
    }

    private func pairs(of request: Request) throws -> [(name: String, value: String)] {
        let text = request.uri.query ?? ""
        guard text.utf8.count <= ConsoleLimits.callbackBytesMax else {
            throw ProviderDesk.Refusal(reason: "its answer is too long")
        }
        return try text.split(separator: "&").prefix(64).map { pair in
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = FormText.decoded(halves[0]),
                let value = FormText.decoded(halves.count == 2 ? halves[1] : "")
            else { throw ProviderDesk.Refusal(reason: "its answer is not UTF-8") }
            return (name, value)
        }
    }
}
