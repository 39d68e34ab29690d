/// The `expand` modifier: `%name%` stands for each of the values a site gives that name.
///
/// `\%` is a plain percent sign. A percent sign without a partner is plain too, and so are two with
/// nothing, a blank or a backslash between. The site's values are patterns: `srv*` is a wildcard.
///
/// - Source: Sigma rules specification 2.1, "Placeholders".
struct Placeholders {
    enum Failure: Error, Hashable {
        /// The rule cannot be used before the site names the values.
        case noValues(name: String)
        case tooMany
    }

    private enum Part {
        /// Text of the rule, escapes other than `\%` still in it.
        case text([UInt8])
        case placeholder(String)
    }

    let values: [String: [String]]

    /// Every combination of values for a text value.
    func expand(_ text: String) throws(Failure) -> [[TextPattern.Piece]] {
        try combine(text) { TextPattern.pieces(of: $0) }
    }

    /// Every combination for a regular expression, in which the site's values match as they stand,
    /// their wildcards turned into `.*` and `.`.
    func expandRegex(_ text: String) throws(Failure) -> [String] {
        let combinations = try combine(text) { bytes in [.literal(bytes)] }
        return combinations.map { pieces in
            pieces.reduce(into: "") { result, piece in
                if case .literal(let bytes) = piece {
                    result += String(decoding: bytes, as: UTF8.self)
                }
            }
        }
    }

    private func combine(
        _ text: String, _ plain: ([UInt8]) -> [TextPattern.Piece]
    ) throws(Failure) -> [[TextPattern.Piece]] {
        let isRegex = if case .literal? = plain([UInt8(ascii: "*")]).first { true } else { false }
        var results: [PieceBuilder] = [PieceBuilder()]
        for part in Self.parts(of: text, isRegex: isRegex) {
            switch part {
            case .text(let bytes):
                let pieces = plain(bytes)
                for index in results.indices {
                    for piece in pieces { results[index].append(piece) }
                }
            case .placeholder(let name):
                guard let choices = values[name], !choices.isEmpty else {
                    throw .noValues(name: name)
                }
                guard results.count * choices.count <= SigmaLimits.expansionsPerValueMax else {
                    throw .tooMany
                }
                let expanded = choices.map {
                    isRegex ? Self.regexPieces($0) : TextPattern.pieces(of: $0)
                }
                results = results.flatMap { result in
                    expanded.map { choice in
                        var copy = result
                        for piece in choice { copy.append(piece) }
                        return copy
                    }
                }
            }
        }
        return results.map { $0.finish() }
    }

    private static func regexPieces(_ value: String) -> [TextPattern.Piece] {
        var pattern: [UInt8] = []
        for piece in TextPattern.pieces(of: value) {
            switch piece {
            case .anyRun: pattern += Array(".*".utf8)
            case .anyOne: pattern.append(UInt8(ascii: "."))
            case .literal(let bytes):
                for byte in bytes {
                    if "\\^$.|?*+()[]{}".utf8.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
                    pattern.append(byte)
                }
            }
        }
        return [.literal(pattern)]
    }

    private static func parts(of text: String, isRegex: Bool) -> [Part] {
        let bytes = Array(text.utf8)
        let percent = UInt8(ascii: "%")
        let backslash = UInt8(ascii: "\\")
        var parts: [Part] = []
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == backslash, index + 1 < bytes.count {
                // An escaped backslash must not escape the percent sign behind it.
                if bytes[index + 1] != percent { plain.append(byte) }
                plain.append(bytes[index + 1])
                index += 2
            } else if byte == percent, let end = bytes[(index + 1)...].firstIndex(of: percent),
                end > index + 1,
                !bytes[index..<end].contains(where: { $0 == backslash || $0 <= 0x20 })
            {
                if !plain.isEmpty { parts.append(.text(plain)) }
                plain.removeAll()
                parts.append(
                    .placeholder(String(decoding: bytes[(index + 1)..<end], as: UTF8.self)))
                index = end + 1
            } else {
                plain.append(byte)
                index += 1
            }
        }
        if !plain.isEmpty { parts.append(.text(plain)) }
        return parts
    }
}
