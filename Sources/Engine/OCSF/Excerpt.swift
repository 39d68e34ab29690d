/// The beginning of a text, cut at a character's edge.
package struct Excerpt {
    package let text: String
    /// Bytes that are missing.
    package let cutBytes: Int

    package init(_ original: String, bytesMax: Int) {
        let utf8 = original.utf8Span.span
        guard utf8.count > max(0, bytesMax) else {
            text = original
            cutBytes = 0
            return
        }
        var end = max(0, bytesMax)
        while end > 0, utf8[end] & 0xc0 == 0x80 { end -= 1 }
        text = String(original.utf8.prefix(end)) ?? ""
        cutBytes = utf8.count - end
    }
}
