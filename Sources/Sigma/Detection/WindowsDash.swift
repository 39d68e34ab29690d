/// The `windash` modifier: Windows programs take several characters for the dash of an option.
enum WindowsDash {
    /// `-`, `/`, en dash, em dash, horizontal bar.
    static let dashes: [Unicode.Scalar] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"]

    /// Every combination of the five characters where the value has one of them at the start of a
    /// word: before a letter, digit or underscore, and not after one. So `-enc` has five variants,
    /// and the dash within `-param-name` and the slash within `a/b` stay as they are.
    ///
    /// - Returns: nil where there would be more than `countMax`.
    static func variants(
        of pieces: [TextPattern.Piece], countMax: Int
    ) -> [[TextPattern.Piece]]? {
        var variants: [PieceBuilder] = [PieceBuilder()]
        for piece in pieces {
            guard case .literal(let bytes) = piece,
                let text = String(validating: bytes, as: UTF8.self)
            else {
                // Encoded text (wide) is no UTF-8; its bytes must not change.
                for index in variants.indices { variants[index].append(piece) }
                continue
            }
            for part in split(Array(text.unicodeScalars)) {
                if let plain = part {
                    for index in variants.indices { variants[index].append(plain) }
                    continue
                }
                guard variants.count * dashes.count <= countMax else { return nil }
                variants = variants.flatMap { variant in
                    dashes.map { dash in
                        var copy = variant
                        copy.append(UTF8.encode(dash) ?? UTF8.encodedReplacementCharacter)
                        return copy
                    }
                }
            }
        }
        return variants.map { $0.finish() }
    }

    /// The bytes between options' dashes, and nil for each such dash.
    private static func split(_ scalars: [Unicode.Scalar]) -> [[UInt8]?] {
        var parts: [[UInt8]?] = []
        var plain: [UInt8] = []
        for (position, scalar) in scalars.enumerated() {
            let isOption =
                dashes.contains(scalar)
                && (position == 0 || !isWord(scalars[position - 1]))
                && position + 1 < scalars.count && isWord(scalars[position + 1])
            if isOption {
                if !plain.isEmpty { parts.append(plain) }
                plain.removeAll()
                parts.append(nil)
            } else {
                plain.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        if !plain.isEmpty { parts.append(plain) }
        return parts
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            let lower = scalar.value | 0x20
            return scalar == "_" || scalar.value &- 0x30 < 10 || lower &- 0x61 < 26
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
