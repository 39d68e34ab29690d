/// Text from logs made fit for a person's screen.
enum Words {
    /// Control and direction-changing characters become `\u{…}`, line ends `⏎`; nothing else
    /// changes.
    static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var plain = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                if !plain.hasSuffix("⏎") { plain += "⏎" }
            } else if scalar == "\t" {
                plain += " "
            } else if isUnsafe(scalar) {
                plain += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff:
            true
        default: false
        }
    }

    /// At most `bytesMax` bytes, cut at a character, with `…` where something is missing.
    static func bounded(_ text: String, bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var kept = ""
        var count = 3
        for character in text {
            count += character.utf8.count
            guard count <= bytesMax else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    static func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        count == 1 ? "1 \(one)" : "\(count) \(many ?? one + "s")"
    }

    /// `a, b and c`; of more than `most` the rest are counted.
    static func list(_ words: [String], most: Int = 4) -> String {
        if words.count > most {
            return words.prefix(most).joined(separator: ", ") + " and \(words.count - most) more"
        }
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
