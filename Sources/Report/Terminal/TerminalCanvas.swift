import Engine

/// Lines for a terminal of a given width.
///
/// Text enters only through ``VisibleText``, and escape sequences only as a ``Style``: nothing that
/// stood in an event can act on the terminal.
struct TerminalCanvas {
    enum Style {
        case plain, strong, dim, critical, high, medium, low, informational, good

        fileprivate var code: String {
            switch self {
            case .plain: ""
            case .strong: "1"
            case .dim: "2"
            case .critical: "1;97;41"
            case .high: "1;31"
            case .medium: "33"
            case .low: "36"
            case .informational: "2"
            case .good: "32"
            }
        }
    }

    /// More than a screen of one value tells nothing more.
    static func visible(_ text: String) -> String { VisibleText(text, bytesMax: 8192).text }

    enum Side { case left, right }

    let width: Int
    let colour: Bool
    private var done = ""
    private var column = 0

    init(width: Int, colour: Bool) {
        self.width = min(max(width, 40), 240)
        self.colour = colour
    }

    /// Hands over the lines so far.
    mutating func take() -> String {
        defer { done = "" }
        return done
    }

    mutating func put(_ text: String, _ style: Style = .plain) {
        append(Self.visible(text), style)
    }

    /// One cell: cut with `…` where it is too long, filled with spaces where it is too short.
    mutating func put(
        _ text: String, _ style: Style = .plain, in cell: Int, at side: Side = .left
    ) {
        let shown = TextWidth.cut(Self.visible(text), to: max(0, cell))
        let fill = max(0, cell - TextWidth.of(shown))
        if side == .right { append(String(repeating: " ", count: fill), .plain) }
        append(shown, style)
        if side == .left { append(String(repeating: " ", count: fill), .plain) }
    }

    /// The rest of the line, cut where the terminal ends.
    mutating func putRest(_ text: String, _ style: Style = .plain) {
        append(TextWidth.cut(Self.visible(text), to: max(0, width - column)), style)
    }

    mutating func endLine() {
        while done.utf8.last == UInt8(ascii: " ") { done.unicodeScalars.removeLast() }
        done += "\n"
        column = 0
    }

    mutating func blankLine() {
        if column > 0 { endLine() }
        done += "\n"
    }

    /// Wraps at spaces; the lines after the first are indented by `hanging` as well.
    mutating func paragraph(
        _ text: String, _ style: Style = .plain, indent: Int, hanging: Int = 0, linesMax: Int = 6
    ) {
        let room = max(16, width - indent - hanging)
        let lines = TextWidth.wrap(Self.visible(text), to: room, linesMax: linesMax)
        for (index, line) in lines.enumerated() {
            append(String(repeating: " ", count: indent + (index > 0 ? hanging : 0)), .plain)
            append(line, style)
            endLine()
        }
    }

    /// Goes on in the line begun and wraps; the lines after the first are indented by `hanging`.
    mutating func hangingParagraph(_ text: String, _ style: Style, hanging: Int) {
        let shown = Self.visible(text)
        let first = TextWidth.wrap(shown, to: max(8, width - column), linesMax: 2)
        guard first.count > 1 else {
            append(shown, style)
            return endLine()
        }
        // What stands in the first line is known only after wrapping it to its own room.
        let words = TextWidth.prefix(shown, columns: max(8, width - column))
        append(words.head, style)
        endLine()
        paragraph(words.tail, style, indent: hanging, linesMax: 3)
    }

    mutating func rule() {
        append(String(repeating: "─", count: width), .dim)
        endLine()
    }

    private mutating func append(_ shown: String, _ style: Style) {
        guard !shown.isEmpty else { return }
        column += TextWidth.of(shown)
        if colour, !style.code.isEmpty {
            done += "\u{1b}[\(style.code)m\(shown)\u{1b}[0m"
        } else {
            done += shown
        }
    }
}

/// How many columns text takes, by Unicode's East Asian width in its coarse ranges.
enum TextWidth {
    static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
    }

    static func cut(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var shown = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let next = self.columns(of: scalar)
            if used + next > columns - 1 { break }
            shown.unicodeScalars.append(scalar)
            used += next
        }
        return shown + "…"
    }

    static func wrap(_ text: String, to columns: Int, linesMax: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        func room(for word: Substring) -> Bool {
            used == 0 || used + 1 + of(String(word)) <= columns
        }
        for word in text.split(separator: " ") {
            if !room(for: word) {
                lines.append(line)
                if lines.count == linesMax {
                    lines[linesMax - 1] = cut(lines[linesMax - 1] + " …", to: columns)
                    return lines
                }
                (line, used) = ("", 0)
            }
            if used > 0 { line += " " }
            let shown = cut(String(word), to: columns)
            line += shown
            used += (used > 0 ? 1 : 0) + of(shown)
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// The words that fit, and the rest.
    static func prefix(_ text: String, columns: Int) -> (head: String, tail: String) {
        var head = ""
        var rest = text[...]
        while let word = rest.split(separator: " ", maxSplits: 1).first {
            let longer = head.isEmpty ? String(word) : "\(head) \(word)"
            if of(longer) > columns, !head.isEmpty { break }
            head = cut(longer, to: columns)
            rest = rest.drop { $0 == " " }.dropFirst(word.count)
        }
        return (head, String(rest.drop { $0 == " " }))
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return 1 }
        switch value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f,
            0x1f900...0x1f9ff, 0x20000...0x3fffd:
            return 2
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return 1
        }
    }
}
