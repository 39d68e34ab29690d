import Crypto

/// Tells requests that our own pages send from those that other sites make a browser send.
///
/// Three judgements, and each alone would refuse a forged request: where the browser says it comes from
/// (`Sec-Fetch-Site`), which page made it (`Origin`), and a token that only our pages know.
package struct RequestGuard: Sendable {
    package struct Request: Hashable, Sendable {
        package var method: String
        /// Values of the headers `Sec-Fetch-Site`, `Origin` and `X-CSRF-Token` (or the form's field).
        package var fetchSite: String?
        package var origin: String?
        package var token: String?

        package init(method: String, fetchSite: String?, origin: String?, token: String?) {
            self.method = method
            self.fetchSite = fetchSite
            self.origin = origin
            self.token = token
        }
    }

    package enum Verdict: Hashable, Sendable {
        case allowed
        case refused(Reason)
    }

    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case crossSite = "cross-site", foreignOrigin = "foreign-origin", noOrigin = "no-origin"
        case token
    }

    package enum Failure: Error, Hashable, Sendable {
        case keyLength(Int), origins
    }

    package static let originsMax = 8
    private let key: SymmetricKey
    private let origins: Set<String>

    /// - Parameters:
    ///   - key: 32 bytes, the server's own; a new one makes open pages reload.
    ///   - origins: as browsers send them, `https://soc.example.com`; 1 to ``originsMax``.
    package init(key: [UInt8], origins: [String]) throws(Failure) {
        guard key.count == 32 else { throw .keyLength(key.count) }
        guard !origins.isEmpty, origins.count <= Self.originsMax else { throw .origins }
        self.key = SymmetricKey(data: key)
        self.origins = Set(origins)
    }

    /// What our pages of this session send along. It follows the session, not its token, so that a page stays usable
    /// over a rotation.
    package func token(for session: Session) -> String {
        Base64URL.text(code(for: session))
    }

    /// For a request with a session's cookie. Requests with a key in a header need no such judgement: no browser sends
    /// it by itself.
    package func judge(_ request: Request, session: Session) -> Verdict {
        // Reading changes nothing, and links from other sites to a page are wanted (RFC 9110 §9.2.1).
        if ["GET", "HEAD", "OPTIONS"].contains(request.method) { return .allowed }
        if let refusal = foreign(request) { return .refused(refusal) }
        guard let text = request.token, text.utf8.count == 43, let given = Base64URL.bytes(text),
            isEqualInConstantTime(given, code(for: session))
        else { return .refused(.token) }
        return .allowed
    }

    /// For a request that comes before any session: the sign-in itself.
    package func judgeWithoutSession(_ request: Request) -> Verdict {
        if ["GET", "HEAD", "OPTIONS"].contains(request.method) { return .allowed }
        return foreign(request).map(Verdict.refused) ?? .allowed
    }

    private func foreign(_ request: Request) -> Reason? {
        // `none` is an address typed by hand, which makes no POST; `same-site` is a neighbour we do not trust.
        if let site = request.fetchSite, site != "same-origin" { return .crossSite }
        guard let origin = request.origin else { return .noOrigin }
        return origins.contains(origin) ? nil : .foreignOrigin
    }

    private func code(for session: Session) -> [UInt8] {
        let message = Array("kagari csrf \(session.id.text)".utf8)
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }
}
