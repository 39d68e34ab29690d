extension TextPattern {
    /// Takes a written value apart into literals and wildcards, unfolded.
    ///
    /// `\*`, `\?` and `\\` stand for the second character; a backslash before anything else, or at
    /// the end, stands for itself. So `\\*` is a backslash and a wildcard, `\\\*` a backslash and
    /// a star, and three or four backslashes are two.
    ///
    /// - Source: Sigma rules specification 2.1, "Escape Character".
    static func pieces(of text: String) -> [Piece] {
        pieces(of: Array(text.utf8))
    }

    static func pieces(of bytes: [UInt8]) -> [Piece] {
        var builder = PieceBuilder()
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "*"): builder.append(.anyRun)
            case UInt8(ascii: "?"): builder.append(.anyOne)
            case UInt8(ascii: "\\"):
                if index < bytes.count, isEscapable(bytes[index]) {
                    builder.append(bytes[index])
                    index += 1
                } else {
                    builder.append(byte)
                }
            default: builder.append(byte)
            }
        }
        return builder.finish()
    }

    private static func isEscapable(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\")
    }
}

/// Joins literals and wildcards so that ``TextPattern``'s rule about neighbours holds.
struct PieceBuilder {
    private(set) var pieces: [TextPattern.Piece] = []
    private var literal: [UInt8] = []

    mutating func append(_ byte: UInt8) { literal.append(byte) }

    mutating func append(_ bytes: some Sequence<UInt8>) { literal.append(contentsOf: bytes) }

    mutating func append(_ piece: TextPattern.Piece) {
        switch piece {
        case .literal(let bytes): literal.append(contentsOf: bytes)
        case .anyRun:
            flush()
            if pieces.last != .anyRun { pieces.append(.anyRun) }
        case .anyOne:
            flush()
            pieces.append(.anyOne)
        }
    }

    consuming func finish() -> [TextPattern.Piece] {
        flush()
        return pieces
    }

    private mutating func flush() {
        guard !literal.isEmpty else { return }
        pieces.append(.literal(literal))
        literal.removeAll()
    }
}
