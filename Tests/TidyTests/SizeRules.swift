/// How long a file and a function may be.
enum SizeRules {
    static let fileLinesMax = 500
    static let functionLinesMax = 60

    static func violations(in file: Checkout.File) -> [Violation] {
        let written = [".swift", ".py", ".sh", ".h", ".c", ".mjs", ".css"].contains {
            file.path.hasSuffix($0)
        }
        guard written, !Checkout.isData(file.path) else { return [] }
        let lines = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard lines > fileLinesMax else { return [] }
        let message = "\(lines) lines; cut it by ideas to at most \(fileLinesMax)"
        return [Violation(path: file.path, line: 0, message: message)]
    }

    static func violations(in source: SwiftSource) -> [Violation] {
        functions(of: source).compactMap { line, lines in
            guard lines > functionLinesMax else { return nil }
            let message = "a function of \(lines) lines; cut it to at most \(functionLinesMax)"
            return Violation(path: source.path, line: line, message: message)
        }
    }

    /// Every function, initialiser and subscript with a body: where it starts, and its lines from
    /// its keyword to its closing brace.
    static func functions(of source: SwiftSource) -> [(line: Int, lines: Int)] {
        let words = tokens(of: source)
        var found: [(line: Int, lines: Int)] = []
        for (index, word) in words.enumerated() where opensFunction(words, index) {
            guard let closing = closingBrace(words, after: index) else { continue }
            found.append((word.line, words[closing].line - word.line + 1))
        }
        return found
    }

    private struct Token {
        var text: Substring
        var line: Int
    }

    /// Words, and each other character that is not a space alone.
    private static func tokens(of source: SwiftSource) -> [Token] {
        var tokens: [Token] = []
        for (index, line) in source.code.enumerated() {
            var rest = line.drop { $0 == " " }
            while let first = rest.first {
                var word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                if word.isEmpty { word = rest.prefix(1) }
                if first != " " { tokens.append(Token(text: word, line: index + 1)) }
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }

    private static func opensFunction(_ tokens: [Token], _ index: Int) -> Bool {
        let isMember = index > 0 && tokens[index - 1].text == "."
        let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
        switch tokens[index].text {
        case "func": return true
        case "init": return !isMember && ["(", "<", "?", "!"].contains(next)
        case "subscript": return !isMember && ["(", "<"].contains(next)
        case "deinit": return next == "{"
        default: return false
        }
    }

    private static let declarations: Set<Substring> = [
        "func", "var", "let", "init", "subscript", "case", "struct", "enum", "class", "protocol",
        "typealias", "associatedtype", "extension",
    ]

    /// Nil for a requirement of a protocol, which has no body.
    private static func closingBrace(_ tokens: [Token], after start: Int) -> Int? {
        var depth = 0
        var braces = 0
        var isInBody = false
        for index in (start + 1)..<tokens.count {
            switch tokens[index].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where isInBody || depth == 0:
                isInBody = true
                braces += 1
            case "}" where isInBody:
                braces -= 1
                if braces == 0 { return index }
            case "}" where depth == 0: return nil
            case let word where !isInBody && depth == 0 && declarations.contains(word): return nil
            default: break
            }
        }
        return nil
    }
}
