import Store

/// The words of a search as people type them, and the filter they mean.
///
///     failed login                both words stand somewhere in the event
///     "failed login"              these words together; `""` inside stands for one `"`
///     host:ws-01 user:"maria k"   a field has this value, without regard to ASCII case
///     Image:*\\cmd.exe  ip:10.0.*  ends with, begins with; `*part*` contains; `field:*` is there
///     bytes:>1000  bytes:<=9      as numbers
///     a OR b   -a   NOT a   (a OR b) c
///
/// - Bounds: 4,096 bytes, 64 terms, 8 parentheses deep.
enum SearchText {
    static let bytesMax = 4096
    static let termsMax = 64
    static let depthMax = 8

    /// Why the words mean nothing, and where.
    struct Mistake: Error, Hashable, CustomStringConvertible {
        enum Reason: String, Hashable, CaseIterable {
            case tooLong, tooMany, tooDeep, openQuote, openParenthesis, strayParenthesis
            case missingTerm, missingValue, notANumber
        }

        let reason: Reason
        /// From 1, in characters.
        let column: Int

        var description: String {
            let what =
                switch reason {
                case .tooLong: "A search has at most \(bytesMax) bytes; ask for less."
                case .tooMany: "A search has at most \(termsMax) terms; ask in parts."
                case .tooDeep: "Parentheses stand at most \(depthMax) deep."
                case .openQuote: "A quotation mark is not closed; add one at the end."
                case .openParenthesis: "A parenthesis is not closed; add `)`."
                case .strayParenthesis: "There is a `)` without a `(`."
                case .missingTerm: "A term is missing here, as after OR, NOT or `-`."
                case .missingValue:
                    "A value is missing after the `:`; `field:*` asks whether it is there."
                case .notANumber: "After >, <, >= and <= stands a number."
                }
            return "\(what) (column \(column))"
        }
    }

    /// - Throws: ``Mistake``. No words at all are everything.
    static func filter(_ text: String) throws(Mistake) -> EventFilter {
        guard text.utf8.count <= bytesMax else { throw Mistake(reason: .tooLong, column: 1) }
        var reader = SearchReader(text)
        return try reader.whole()
    }

    /// A term that asks for one value of a field, quoted where it must be.
    static func term(_ field: String, _ value: String) -> String {
        "\(quoted(field)):\(quoted(value))"
    }

    /// As words that stand together.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.first != "-" && text.first != ">" && text.first != "<"
            && text.allSatisfy { !$0.isWhitespace && !"\"():*".contains($0) }
            && text != "OR" && text != "NOT" && text != "AND"
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

/// Reads the words once, from left to right.
private struct SearchReader {
    private struct Piece {
        var text: String
        let isQuoted: Bool
        let column: Int
    }

    private let letters: [Character]
    private var at = 0
    private var terms = 0

    init(_ text: String) { letters = Array(text) }

    private func mistake(
        _ reason: SearchText.Mistake.Reason, at place: Int? = nil
    ) -> SearchText.Mistake {
        SearchText.Mistake(reason: reason, column: (place ?? at) + 1)
    }

    mutating func whole() throws(SearchText.Mistake) -> EventFilter {
        skipSpace()
        guard at < letters.count else { return .everything }
        let filter = try either(depth: 0)
        guard at == letters.count else { throw mistake(.strayParenthesis) }
        return filter
    }

    private mutating func skipSpace() {
        while at < letters.count, letters[at].isWhitespace { at += 1 }
    }

    /// Whether this word stands here, alone; then it is passed.
    private mutating func takes(_ word: String) -> Bool {
        skipSpace()
        let end = at + word.count
        guard end <= letters.count, String(letters[at..<end]) == word,
            end == letters.count || letters[end].isWhitespace || letters[end] == "("
        else { return false }
        at = end
        return true
    }

    private mutating func either(depth: Int) throws(SearchText.Mistake) -> EventFilter {
        var parts = [try every(depth: depth)]
        while takes("OR") { parts.append(try every(depth: depth)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func every(depth: Int) throws(SearchText.Mistake) -> EventFilter {
        var parts: [EventFilter] = []
        while true {
            let start = at
            if takes("OR") {
                at = start
                break
            }
            if takes("AND") { continue }
            guard at < letters.count, letters[at] != ")" else { break }
            parts.append(try one(depth: depth))
        }
        guard !parts.isEmpty else { throw mistake(.missingTerm) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func one(depth: Int) throws(SearchText.Mistake) -> EventFilter {
        skipSpace()
        guard at < letters.count, letters[at] != ")" else { throw mistake(.missingTerm) }
        guard depth < SearchText.depthMax else { throw mistake(.tooDeep) }
        if takes("NOT") { return .not(try one(depth: depth + 1)) }
        if letters[at] == "-" {
            at += 1
            guard at < letters.count, !letters[at].isWhitespace else { throw mistake(.missingTerm) }
            return .not(try one(depth: depth + 1))
        }
        if letters[at] == "(" {
            let start = at
            at += 1
            let inner = try either(depth: depth + 1)
            skipSpace()
            guard at < letters.count, letters[at] == ")" else {
                throw mistake(.openParenthesis, at: start)
            }
            at += 1
            return inner
        }
        return try term()
    }

    private mutating func term() throws(SearchText.Mistake) -> EventFilter {
        terms += 1
        guard terms <= SearchText.termsMax else { throw mistake(.tooMany) }
        let name = try piece(stopsAtColon: true)
        guard at < letters.count, letters[at] == ":" else { return .text(name.text) }
        at += 1
        guard at < letters.count, !letters[at].isWhitespace, letters[at] != ")" else {
            throw mistake(.missingValue)
        }
        for (sign, comparison) in [
            (">=", EventFilter.Comparison.greaterOrEqual), ("<=", .lessOrEqual), (">", .greater),
            ("<", .less),
        ]
        where at + sign.count <= letters.count
            && String(letters[at..<at + sign.count]) == sign
        {
            at += sign.count
            let value = try piece(stopsAtColon: false)
            guard Double(value.text) != nil else { throw mistake(.notANumber, at: value.column) }
            return .field(name.text, comparison, value.text)
        }
        let value = try piece(stopsAtColon: false)
        guard !value.isQuoted else { return .field(name.text, .equals, value.text) }
        return Self.pattern(name.text, value.text)
    }

    private static func pattern(_ field: String, _ value: String) -> EventFilter {
        let (begins, ends) = (value.hasPrefix("*"), value.hasSuffix("*"))
        let bare = String(value.dropFirst(begins ? 1 : 0).dropLast(ends && value.count > 1 ? 1 : 0))
        guard !bare.isEmpty else { return .exists(field) }
        return switch (begins, ends) {
        case (true, true): .field(field, .contains, bare)
        case (true, false): .field(field, .endsWith, bare)
        case (false, true): .field(field, .startsWith, bare)
        case (false, false): .field(field, .equals, bare)
        }
    }

    private mutating func piece(stopsAtColon: Bool) throws(SearchText.Mistake) -> Piece {
        let start = at
        guard at < letters.count else { throw mistake(.missingTerm) }
        if letters[at] == "\"" {
            var text = ""
            at += 1
            while true {
                guard at < letters.count else { throw mistake(.openQuote, at: start) }
                if letters[at] == "\"" {
                    at += 1
                    guard at < letters.count, letters[at] == "\"" else { break }
                }
                text.append(letters[at])
                at += 1
            }
            guard !text.isEmpty || !stopsAtColon else { throw mistake(.missingTerm, at: start) }
            return Piece(text: text, isQuoted: true, column: start)
        }
        while at < letters.count, !letters[at].isWhitespace, letters[at] != ")",
            !(stopsAtColon && (letters[at] == ":" || letters[at] == "("))
        {
            at += 1
        }
        guard at > start else { throw mistake(.missingTerm) }
        return Piece(text: String(letters[start..<at]), isQuoted: false, column: start)
    }
}
