import Engine

/// HTML by construction: markup comes from `StaticString`s of this program, and any other text has one way in, which
/// escapes it. There is no call that takes markup at run time.
///
/// What pages themselves say goes in as a ``Phrase`` (`say:`); what was received or written by people goes in as `text:`.
struct Markup {
    struct Attribute {
        let name: StaticString
        let value: Phrase

        static func set(_ name: StaticString, _ value: String) -> Attribute {
            Attribute(name: name, value: .verbatim(value))
        }

        static func say(_ name: StaticString, _ phrase: Phrase) -> Attribute {
            Attribute(name: name, value: phrase)
        }

        /// One that is true by being there.
        static func flag(_ name: StaticString) -> Attribute { .set(name, "") }

        static func `class`(_ value: String) -> Attribute { .set("class", value) }
    }

    let language: Language
    private(set) var bytes: [UInt8] = []

    init(in language: Language) { self.language = language }

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

    mutating func element(_ tag: StaticString, _ attributes: [Attribute] = [], say phrase: Phrase) {
        element(tag, attributes) { $0.say(phrase) }
    }

    /// Also of an element that has no end, as `input`.
    mutating func open(_ tag: StaticString, _ attributes: [Attribute] = []) {
        bytes += "<\(tag)".utf8
        for attribute in attributes {
            bytes += " \(attribute.name)=\"".utf8
            say(attribute.value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func say(_ phrase: Phrase) { text(phrase.text(in: language)) }

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
                "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{61C}":
                bytes += "\u{FFFD}".utf8
            default: bytes += String(scalar).utf8
            }
        }
    }

    /// What was received can be of any length; a page shows so much of it, and says that there is more.
    mutating func text(_ text: String, atMost count: Int) {
        let shown = text.prefix(count)
        self.text(String(shown))
        if shown.endIndex < text.endIndex { self.text("…") }
    }

    mutating func doctype() { bytes += "<!doctype html>\n".utf8 }
}
