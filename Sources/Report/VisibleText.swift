import Engine

/// Text from events as it may be shown to a person: nothing in it can act on the reader.
///
/// Control, format and bidirectional characters become visible escapes (`\x1b`, `\u{202e}`), so
/// that a command line cannot recolour a terminal, reorder itself or hide a part.
package struct VisibleText {
    package let text: String
    /// Bytes of the original that are not shown.
    let cutBytes: Int

    /// - Parameters:
    ///   - bytesMax: where the original is cut, at a character's edge.
    ///   - keepingLines: leaves line feeds and tabs as they are.
    package init(_ original: String, bytesMax: Int = .max, keepingLines: Bool = false) {
        let excerpt = Excerpt(original, bytesMax: bytesMax)
        let source = excerpt.text
        cutBytes = excerpt.cutBytes
        if Self.isHarmless(source) {
            text = source
            return
        }
        var shown = ""
        shown.reserveCapacity(source.utf8.count + 16)
        for scalar in source.unicodeScalars {
            if keepingLines, scalar == "\n" || scalar == "\t" {
                shown.unicodeScalars.append(scalar)
            } else if scalar.actsOnReader {
                shown += Self.escape(scalar)
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        text = shown
    }

    private static func isHarmless(_ text: String) -> Bool {
        let utf8 = text.utf8Span.span
        for index in 0..<utf8.count where utf8[index] < 0x20 || utf8[index] >= 0x7f { return false }
        return true
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default: break
        }
        let hex = String(scalar.value, radix: 16)
        if scalar.value < 0x100 { return "\\x" + (hex.utf8.count < 2 ? "0" + hex : hex) }
        return "\\u{\(hex)}"
    }
}
