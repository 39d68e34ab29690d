/// What must come together: a decoder with its tests and its page, a rule with its events.
enum CompletenessRules {
    static func violations(paths: Set<String>, text: (String) -> String) -> [Violation] {
        decoders(paths, text) + rules(paths)
    }

    private static func decoders(_ paths: Set<String>, _ text: (String) -> String) -> [Violation] {
        let folder = "Sources/Engine/Decode/"
        let formats = Set(
            paths.filter { $0.hasPrefix(folder) && $0.hasSuffix(".swift") }
                .map { $0.dropFirst(folder.count).split(separator: "/") }
                .filter { $0.count > 1 }.map { String($0[0]) })
        let tests = paths.filter { $0.hasPrefix("Tests/") && $0.hasSuffix(".swift") }.map(text)
        let pages = paths.filter { $0.hasPrefix("docs/formats/") }.map(text)
        return formats.sorted().flatMap { format in
            let decoder = format + "Decoder"
            let path = folder + format
            var found: [Violation] = []
            if !paths.contains("\(path)/\(decoder).swift") {
                found.append(
                    Violation(path: path, line: 0, message: "has no `\(decoder).swift`"))
            }
            let fixtures = "Tests/EngineTests/Fixtures/" + words(of: format)
            if !paths.contains(fixtures), !tests.contains(where: { $0.contains(decoder) }) {
                found.append(
                    Violation(path: path, line: 0, message: "is in no test and has no \(fixtures)"))
            }
            if !pages.contains(where: { $0.contains(decoder) }) {
                let message = "no page in docs/formats names `\(decoder)`"
                found.append(Violation(path: path, line: 0, message: message))
            }
            return found
        }
    }

    private static func rules(_ paths: Set<String>) -> [Violation] {
        paths.filter { $0.hasPrefix("Content/rules/") && $0.hasSuffix(".yml") }.sorted()
            .compactMap { rule in
                let events = "Content/rule-events/" + rule.dropFirst("Content/rules/".count)
                guard !paths.contains(events) else { return nil }
                let message = "has no events beside it; write \(events)"
                return Violation(path: rule, line: 0, message: message)
            }
    }

    /// `AccessLog` → `access-log`, `ZeekTSV` → `zeek-tsv`.
    static func words(of name: String) -> String {
        let letters = Array(name)
        var words = ""
        for (index, letter) in letters.enumerated() {
            let afterLower = index > 0 && letters[index - 1].isLowercase
            if letter.isUppercase, afterLower { words += "-" }
            words += letter.lowercased()
        }
        return words
    }
}
