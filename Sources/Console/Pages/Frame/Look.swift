import HTTPTypes
import Tenancy

/// How somebody likes pages to look, kept by the browser so that the first paint is right already.
struct Look: Hashable, Sendable {
    enum Theme: String, CaseIterable, Sendable {
        case auto, light, dark

        var phrase: Phrase {
            switch self {
            case .auto: .themeAuto
            case .light: .themeLight
            case .dark: .themeDark
            }
        }
    }

    enum Density: String, CaseIterable, Sendable {
        case roomy, compact

        var phrase: Phrase {
            switch self {
            case .roomy: .densityRoomy
            case .compact: .densityCompact
            }
        }
    }

    static let cookie = "kagari-look"

    var theme = Theme.auto
    var density = Density.roomy
    /// Nil where nobody chose: then the browser's own wish holds.
    var chosenLanguage: Language?
    private let browserLanguage: Language

    var language: Language { chosenLanguage ?? browserLanguage }

    /// - Parameter cookies: the header; what is none of ours there is passed over.
    init(cookies: String?, acceptLanguage: String?) {
        browserLanguage = Language(acceptLanguage: acceptLanguage)
        let kept = cookies.flatMap { SessionCookie.value(of: Self.cookie, inHeader: $0) } ?? ""
        for word in kept.split(separator: ".").prefix(3).map(String.init) {
            if let theme = Theme(rawValue: word) { self.theme = theme }
            if let density = Density(rawValue: word) { self.density = density }
            if let language = Language(rawValue: word) { chosenLanguage = language }
        }
    }

    init(of request: HTTPRequest) {
        self.init(
            cookies: request.headerFields[.cookie],
            acceptLanguage: request.headerFields[.acceptLanguage])
    }

    /// Takes what a form of ours chose; anything else leaves it as it is.
    mutating func take(_ fields: [String: String]) {
        if let theme = fields["theme"].flatMap(Theme.init) { self.theme = theme }
        if let density = fields["density"].flatMap(Density.init) { self.density = density }
        if let language = fields["language"].flatMap(Language.init) { chosenLanguage = language }
    }

    func setting(isTLS: Bool) -> String {
        let words = [theme.rawValue, density.rawValue, chosenLanguage?.rawValue]
        let value = words.compactMap { $0 }.joined(separator: ".")
        return "\(Self.cookie)=\(value); Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"
            + (isTLS ? "; Secure" : "")
    }
}
