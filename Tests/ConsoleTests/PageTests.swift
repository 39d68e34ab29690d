import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Console

@Suite struct `The pages` {
    private static let english = Look(cookies: nil, acceptLanguage: "en")

    @Test(arguments: [
        ("ja,en;q=0.5", Language.japanese), ("en-GB, ja;q=0.9", .english),
        ("de, ja-JP;q=0.3, en;q=0.2", .japanese), ("ja;q=0, en;q=0.1", .english), ("", .english),
        ("de", .english), (";;q=", .english),
    ])
    func `speak the language that a browser likes best`(header: String, language: Language) {
        #expect(Language(acceptLanguage: header) == language)
    }

    @Test func `keep what was chosen over what the browser likes`() {
        var look = Look(cookies: "a=b; kagari-look=dark.ja", acceptLanguage: "en")
        #expect(look.theme == .dark)
        #expect(look.language == .japanese)
        look.take(["density": "compact", "theme": "red", "language": "en"])
        let cookie = look.setting(isTLS: true)
        #expect(cookie.hasPrefix("kagari-look=dark.compact.en; "))
        #expect(cookie.hasSuffix("; Secure"))
        let kept = Look(
            cookies: String(cookie.prefix { $0 != ";" }), acceptLanguage: "ja")
        #expect(kept == Look(cookies: "kagari-look=en.compact.dark", acceptLanguage: "ja"))
    }

    @Test(arguments: [
        ("/", "/"), ("/incidents/a/b?x=1", "/incidents/a/b?x=1"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("https://evil.example", "/"), ("", "/"), ("/a\nb", "/"),
        ("/a b", "/"),
    ])
    func `lead back to themselves only`(asked: String, place: String) {
        #expect(Pages.local(asked) == place)
    }

    @Test func `show what was received as text, whatever it is`() {
        var markup = Markup(in: .english)
        markup.element(
            "a", [.set("href", "\"><script>"), .set("title", "'x' & y")],
            text: "<img onerror=x>\u{202E}\u{200F}\u{1B}[31m\u{0}")
        #expect(
            String(decoding: markup.bytes, as: UTF8.self)
                == "<a href=\"&quot;&gt;&lt;script&gt;\" title=\"&#39;x&#39; &amp; y\">"
                + "&lt;img onerror=x&gt;\u{FFFD}\u{FFFD}\u{FFFD}[31m\u{FFFD}</a>")
    }

    @Test func `cut what is too long, and say so`() {
        var markup = Markup(in: .english)
        markup.text(String(repeating: "a", count: 1 << 20), atMost: 3)
        markup.text("abc", atMost: 3)
        #expect(String(decoding: markup.bytes, as: UTF8.self) == "aaa…abc")
    }

    @Test func `say everything in both languages`() {
        for place in Place.allCases {
            #expect(place.phrase.japanese != place.phrase.english)
        }
        for (_, phrase) in ScriptWords.all {
            #expect(!phrase.english.isEmpty && !phrase.japanese.isEmpty)
        }
        #expect(Phrase.recoveryCodes(1).english == "1 recovery code left.")
        #expect(Phrase.recoveryCodes(2).english == "2 recovery codes left.")
    }

    @Test(arguments: [
        (0, "0 min", "0分"), (59, "0 min", "0分"), (3600, "1 h 0 min", "1時間0分"),
        (90_000, "1 d 1 h", "1日1時間"), (864_000, "10 d", "10日"), (-5, "0 min", "0分"),
    ])
    func `tell lengths of time shortly`(seconds: Int64, english: String, japanese: String) {
        #expect(Phrase.span(seconds: seconds) == Phrase(english, japanese))
    }

    @Test func `ask whoever is not known to sign in, in his language`() async throws {
        try await Desk.with { _, client in
            let page = try await client.ask(
                .get, "/incidents/acme/incident-1", headers: [.acceptLanguage: "ja"])
            #expect(page.text.contains("lang=\"ja\""))
            #expect(page.text.contains("サインイン"))
            #expect(page.text.contains("value=\"/incidents/acme/incident-1\""))
            #expect(!page.text.contains("acme</"))
        }
    }

    @Test func `tell what went wrong in words, and programs as a problem`() async throws {
        try await Desk.with { _, client in
            let page = try await client.ask(.get, "/nowhere", headers: [.accept: "text/html"])
            #expect(page.status == .notFound)
            #expect(page.text.contains("There is nothing here"))
            let other = try await client.ask(.get, "/nowhere")
            #expect(other.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `keep how they look in a cookie`() async throws {
        try await Desk.with { _, client in
            let foreign = try await client.ask(
                .post, "/look",
                headers: [.origin: "https://evil.example", .fetchSite: "cross-site"])
            #expect(foreign.status == .forbidden)
            let answer = try await client.execute(
                uri: "/look", method: .post, headers: [.origin: Desk.origin],
                body: .init(string: "theme=dark&back=%2F%2Fevil.example"))
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "/")
            #expect(answer.headers[.setCookie]?.hasPrefix("kagari-look=dark.roomy;") == true)
        }
    }

    @Test func `count what browsers report of their policy`() async throws {
        try await Desk.with { _, client in
            let report: HTTPFields = [.contentType: "application/csp-report"]
            let taken = try await client.execute(
                uri: PolicyReports.path, method: .post, headers: report,
                body: .init(string: "{}"))
            #expect(taken.status == .noContent)
            let large = try await client.execute(
                uri: PolicyReports.path, method: .post, headers: report,
                body: .init(repeating: 0x20, count: ConsoleLimits.policyReportBytesMax + 1))
            #expect(large.status.code == 413)
            let metrics = try await client.ask(.get, "/metrics")
            #expect(metrics.text.contains("kagari_console_policy_reports_total 1\n"))
        }
    }
}

@Suite struct `The static files` {
    @Test func `are kept for ever below their version, and looked up anew below another`()
        async throws
    {
        try await Desk.with { _, client in
            for file in StaticFile.all {
                let answer = try await client.ask(.get, file.path)
                #expect(answer.status == .ok)
                #expect(answer.headers[.contentType] == file.kind.rawValue)
                #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
                let etag = try #require(answer.headers[.eTag])
                let again = try await client.ask(
                    .get, file.path, headers: [.ifNoneMatch: etag])
                #expect(again.status == .notModified)
            }
            let old = try await client.ask(.get, "/assets/000000000000/frame.css")
            #expect(old.headers[.cacheControl] == "no-cache")
            let none = try await client.ask(.get, "/assets/\(StaticFile.version)/none.css")
            #expect(none.status == .notFound)
        }
    }

    @Test func `import only what is served`() {
        let names = Set(StaticFile.all.map(\.name))
        for file in StaticFile.all where file.kind == .module {
            let text = String(decoding: file.bytes, as: UTF8.self)
            for match in text.matches(of: /from "\.\/([^"]+)"/) {
                #expect(names.contains(String(match.1)), "\(file.name) imports \(match.1)")
            }
        }
    }

    /// WCAG 2.2 §1.4.3: text has a contrast of 4.5 to 1 with what it stands on.
    @Test func `have ink that can be read on every ground, in both themes`() throws {
        let text = String(decoding: StaticFile.tokens.bytes, as: UTF8.self)
        var colours: [String: [Double]] = [:]
        for match in text.matches(of: /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/) {
            colours[String(match.1)] = [match.2, match.3].map { Self.luminance(String($0)) }
        }
        let grounds = ["ground", "surface", "raised", "hover", "chosen", "sunken"]
        let inks = [
            "ink", "soft", "accent", "ember", "good", "critical", "high", "medium", "low",
            "informational",
        ]
        var pairs = inks.flatMap { ink in grounds.map { (ink, $0) } }
        for level in ["critical", "high", "medium", "low", "informational"] {
            pairs += [(level, "\(level)-wash"), ("ink", "\(level)-wash")]
        }
        pairs.append(("surface", "ink"))
        for (ink, ground) in pairs {
            let over = try #require(colours[ink])
            let under = try #require(colours[ground])
            for theme in 0...1 {
                let (light, dark) = (
                    max(over[theme], under[theme]), min(over[theme], under[theme])
                )
                let contrast = (light + 0.05) / (dark + 0.05)
                #expect(contrast >= 4.5, "\(ink) on \(ground), theme \(theme): \(contrast)")
            }
        }
    }

    private static func luminance(_ colour: String) -> Double {
        let number = Int(colour.dropFirst(), radix: 16) ?? 0
        let channels = [number >> 16, number >> 8 & 255, number & 255].map { channel in
            let part = Double(channel) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}
