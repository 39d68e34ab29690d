import Engine

/// HTML by construction: markup comes from `StaticString`s of this program, and any other text has one way in, which
/// escapes it. There is no call that takes markup at run time.
struct Markup {
    struct Attribute {
        let name: StaticString
        let value: String

        static func set(_ name: StaticString, _ value: String) -> Attribute {
            Attribute(name: name, value: value)
        }

        static func `class`(_ value: String) -> Attribute { .set("class", value) }
    }

    private(set) var bytes: [UInt8] = []

    mutating func element(
        _ tag: StaticString, _ attributes: [Attribute] = [], _ body: (inout Markup) -> Void
    ) {
        open(tag, attributes)
        body(&self)
        bytes += "</\(tag)>".utf8
    }

    mutating func element(_ tag: StaticString, _ attributes: [Attribute] = [], text: String) {
        element(tag, attributes) { $0.text(text) }
    }

    /// Also of an element that has no end, as `input`.
    mutating func open(_ tag: StaticString, _ attributes: [Attribute] = []) {
        bytes += "<\(tag)".utf8
        for attribute in attributes {
            bytes += " \(attribute.name)=\"".utf8
            text(attribute.value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\"": bytes += "&quot;".utf8
            case "'": bytes += "&#39;".utf8
            // Marks that turn the direction of writing could make a name look like another; the rest cannot be shown.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{0}"..."\u{8}",
                "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                bytes += "\u{FFFD}".utf8
            default: bytes += String(scalar).utf8
            }
        }
    }

    /// A whole page.
    static func page(
        _ title: String, module: StaticString? = nil, _ body: (inout Markup) -> Void
    ) -> [UInt8] {
        var markup = Markup()
        markup.bytes += "<!doctype html>\n".utf8
        markup.element("html", [.set("lang", "en")]) { html in
            html.element("head") { head in
                head.open("meta", [.set("charset", "utf-8")])
                head.open(
                    "meta",
                    [
                        .set("name", "viewport"),
                        .set("content", "width=device-width, initial-scale=1"),
                    ])
                head.element("title", text: "\(title) · Kagari")
                head.open(
                    "link", [.set("rel", "stylesheet"), .set("href", "/assets/console.css")])
                if let module {
                    head.element(
                        "script", [.set("type", "module"), .set("src", "\(module)")]
                    ) { _ in }
                }
            }
            html.element("body") { body(&$0) }
        }
        return markup.bytes
    }
}
