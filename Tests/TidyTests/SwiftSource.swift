/// A Swift file with its comments, strings and raw identifiers blanked out, line by line as before.
///
/// It knows enough of the language to tell code from text; it does not parse.
struct SwiftSource {
    let path: String
    /// As written.
    let lines: [Substring]
    /// The same lines with only code left; everything else is spaces.
    let code: [Substring]
    /// The code in one piece.
    let wholeCode: String

    init(path: String, text: String) {
        self.path = path
        lines = text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var eraser = Eraser(bytes: Array(text.utf8))
        wholeCode = String(decoding: eraser.erase(), as: UTF8.self)
        code = wholeCode.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }
}

private struct Eraser {
    private enum Place {
        /// Code; `parentheses` counts the open ones inside an interpolation.
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
        case lineComment
        case blockComment(depth: Int)
        case identifier
    }

    private var bytes: [UInt8]
    private var at = 0
    private var places: [Place] = [.code(parentheses: 0)]

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func erase() -> [UInt8] {
        while at < bytes.count {
            switch places[places.count - 1] {
            case .code(let parentheses): stepInCode(parentheses)
            case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
            case .lineComment: stepInLineComment()
            case .blockComment(let depth): stepInBlockComment(depth)
            case .identifier: stepInIdentifier()
            }
        }
        return bytes
    }

    private func has(_ text: StaticString, at index: Int) -> Bool {
        text.withUTF8Buffer { wanted in
            index + wanted.count <= bytes.count
                && wanted.indices.allSatisfy { bytes[index + $0] == wanted[$0] }
        }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < bytes.count {
            if bytes[at] != UInt8(ascii: "\n") { bytes[at] = UInt8(ascii: " ") }
            at += 1
        }
    }

    private mutating func stepInCode(_ parentheses: Int) {
        if has("//", at: at) { return places.append(.lineComment) }
        if has("/*", at: at) {
            blank(2)
            return places.append(.blockComment(depth: 1))
        }
        if has("`", at: at) {
            blank()
            return places.append(.identifier)
        }
        var hashes = 0
        while has("#", at: at + hashes) { hashes += 1 }
        if has("\"", at: at + hashes) {
            let isMultiline = has("\"\"\"", at: at + hashes)
            blank(hashes + (isMultiline ? 3 : 1))
            return places.append(.string(hashes: hashes, isMultiline: isMultiline))
        }
        if places.count > 1, bytes[at] == UInt8(ascii: "(") {
            places[places.count - 1] = .code(parentheses: parentheses + 1)
        } else if places.count > 1, bytes[at] == UInt8(ascii: ")") {
            if parentheses == 0 { places.removeLast() }
            if parentheses > 0 { places[places.count - 1] = .code(parentheses: parentheses - 1) }
        }
        at += max(1, hashes)
    }

    private func hasHashes(_ count: Int, at index: Int) -> Bool {
        (0..<count).allSatisfy { has("#", at: index + $0) }
    }

    private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
        if has("\\", at: at), hasHashes(hashes, at: at + 1) {
            if has("(", at: at + 1 + hashes) {
                blank(hashes + 1)
                at += 1
                return places.append(.code(parentheses: 0))
            }
            return blank(hashes + 2)
        }
        let quotes = isMultiline ? 3 : 1
        let closes = isMultiline ? has("\"\"\"", at: at) : has("\"", at: at)
        if closes, hasHashes(hashes, at: at + quotes) {
            blank(quotes + hashes)
            places.removeLast()
            return
        }
        blank()
    }

    private mutating func stepInLineComment() {
        if bytes[at] == UInt8(ascii: "\n") { places.removeLast() }
        blank()
    }

    private mutating func stepInBlockComment(_ depth: Int) {
        if has("/*", at: at) {
            places[places.count - 1] = .blockComment(depth: depth + 1)
            return blank(2)
        }
        guard has("*/", at: at) else { return blank() }
        blank(2)
        if depth == 1 {
            places.removeLast()
        } else {
            places[places.count - 1] = .blockComment(depth: depth - 1)
        }
    }

    private mutating func stepInIdentifier() {
        if bytes[at] == UInt8(ascii: "`") { places.removeLast() }
        blank()
    }
}
