import Engine
import Sigma

/// Writes HTML by construction: markup comes from `StaticString`s in this program, and text from a
/// run has one way in, which makes it visible (``VisibleText``) and escapes it. There is no call
/// that takes markup at run time.
struct HTMLWriter {
    /// One attribute; the value is escaped like text.
    struct Attribute {
        let name: StaticString
        /// Nil for an attribute that stands alone, like `open`.
        let value: String?

        static func `class`(_ value: String) -> Attribute { .init(name: "class", value: value) }
        static func id(_ value: String) -> Attribute { .init(name: "id", value: value) }
        static func label(_ value: String) -> Attribute { .init(name: "aria-label", value: value) }
        static func labelled(by id: String) -> Attribute {
            .init(name: "aria-labelledby", value: id)
        }
        /// A place on the same page.
        static func link(to id: String) -> Attribute { .init(name: "href", value: "#\(id)") }
        static func set(_ name: StaticString, _ value: String) -> Attribute {
            .init(name: name, value: value)
        }
        static func set(_ name: StaticString, _ value: Int) -> Attribute {
            .init(name: name, value: String(value))
        }
        static func flag(_ name: StaticString) -> Attribute { .init(name: name, value: nil) }
        static let hidden = Attribute(name: "aria-hidden", value: "true")
    }

    static let textBytesMax = 4096

    private(set) var bytes: [UInt8] = []

    init() { markup("<!doctype html>\n") }

    /// Hands over what was written so far.
    mutating func take() -> [UInt8] {
        let taken = bytes
        bytes.removeAll(keepingCapacity: true)
        return taken
    }

    mutating func element(
        _ tag: StaticString, _ attributes: [Attribute] = [],
        _ body: (inout HTMLWriter) throws -> Void
    ) rethrows {
        open(tag, attributes)
        try body(&self)
        close(tag)
    }

    mutating func element(_ tag: StaticString, _ attributes: [Attribute] = [], text: String) {
        open(tag, attributes)
        self.text(text)
        close(tag)
    }

    /// An element without content or end tag (`meta`, `br`).
    mutating func void(_ tag: StaticString, _ attributes: [Attribute] = []) {
        open(tag, attributes)
    }

    /// For elements whose content is handed over in between; ``close(_:)`` must follow.
    mutating func open(_ tag: StaticString, _ attributes: [Attribute] = []) {
        bytes.append(UInt8(ascii: "<"))
        markup(tag)
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            markup(attribute.name)
            guard let value = attribute.value else { continue }
            markup("=\"")
            escaped(VisibleText(value, bytesMax: Self.textBytesMax).text)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func close(_ tag: StaticString) {
        markup("</")
        markup(tag)
        bytes.append(UInt8(ascii: ">"))
        if Self.blocks.contains(tag.description) { bytes.append(UInt8(ascii: "\n")) }
    }

    /// Names and sentences; longer than ``textBytesMax`` is cut, as only an attacker makes them.
    mutating func text(_ text: String) {
        let shown = VisibleText(text, bytesMax: Self.textBytesMax)
        escaped(shown.text)
        if shown.cutBytes > 0 { markup(" …") }
    }

    /// Line feeds and tabs stay: for `pre`.
    mutating func lines(_ text: String) { escaped(VisibleText(text, keepingLines: true).text) }

    mutating func styleSheet(_ css: StaticString) {
        markup("<style>")
        markup(css)
        markup("</style>\n")
    }

    // Line breaks after these keep the source readable; white space does not matter there.
    private static let blocks: Set<String> = [
        "article", "aside", "dd", "details", "div", "dl", "footer", "h1", "h2", "h3", "h4",
        "header", "li", "main", "nav", "ol", "p", "pre", "section", "svg", "table", "tr", "ul",
    ]

    private mutating func markup(_ text: StaticString) {
        bytes.append(contentsOf: text.description.utf8)
    }

    private mutating func escaped(_ text: String) {
        let utf8 = text.utf8Span.span
        for index in 0..<utf8.count {
            switch utf8[index] {
            case UInt8(ascii: "&"): markup("&amp;")
            case UInt8(ascii: "<"): markup("&lt;")
            case UInt8(ascii: ">"): markup("&gt;")
            case UInt8(ascii: "\""): markup("&quot;")
            case UInt8(ascii: "'"): markup("&#39;")
            case let byte: bytes.append(byte)
            }
        }
    }
}

extension HTMLWriter {
    /// Severity as a word; colour only supports it.
    mutating func badge(_ level: Level) {
        element("span", [.class("lv lv-\(level.name)")], text: level.label)
    }

    /// Text that may be long: the beginning, and how much is missing.
    mutating func value(_ text: String, bytesMax: Int) {
        let shown = VisibleText(text, bytesMax: bytesMax, keepingLines: true)
        escaped(shown.text)
        if shown.cutBytes > 0 {
            element(
                "span", [.class("cut")], text: " … \(Figures.bytes(Double(shown.cutBytes))) more")
        }
    }

    /// A moment, for people and for programs.
    mutating func time(_ time: Timestamp?, clockOnly: Bool = false) {
        guard let time else { return text("–") }
        let shown = clockOnly ? TimeRange.clock(time) : TimeRange.moment(time)
        element("time", [.set("datetime", time.text)], text: shown)
    }
}
