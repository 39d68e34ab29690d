/// The cookie that carries a session's token.
///
/// - Source: RFC 6265bis §4.1.3.2: a browser takes a `__Host-` cookie only with `Secure`, `Path=/` and no `Domain`, so
///   that no neighbouring host can set it.
package enum SessionCookie {
    package static let name = "__Host-kagari"
    /// Of a `Cookie` header; what is longer is not read.
    package static let headerBytesMax = 8_192

    private static let attributes = "Path=/; Secure; HttpOnly; SameSite=Lax"

    /// The value of a `Set-Cookie` header. It ends with the browser; the session ends by its own limits.
    package static func setting(_ token: SecretToken) -> String {
        "\(name)=\(token.reveal()); \(attributes)"
    }

    package static var clearing: String { "\(name)=; Max-Age=0; \(attributes)" }

    /// The token in the value of a `Cookie` header.
    ///
    /// Nil where there is none, it is not a session's, or the name comes twice: then somebody else wrote one of them.
    package static func token(inHeader header: String) -> SecretToken? {
        guard let found = value(of: name, inHeader: header),
            let token = try? SecretToken(parsing: found), token.kind == .session
        else { return nil }
        return token
    }

    /// The value of one cookie. Nil where there is none, it comes twice, or the header is too long.
    package static func value(of name: String, inHeader header: String) -> String? {
        guard header.utf8.count <= headerBytesMax else { return nil }
        var found: Substring?
        for pair in header.split(separator: ";") {
            let trimmed = pair.drop { $0 == " " }
            guard trimmed.hasPrefix(name + "=") else { continue }
            guard found == nil else { return nil }
            found = trimmed.dropFirst(name.count + 1)
        }
        return found.map(String.init)
    }
}
