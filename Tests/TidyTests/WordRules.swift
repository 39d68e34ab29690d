/// Words that do not belong in this code, each with what stands in its place.
enum WordRules {
    struct Banned {
        var word: String
        var instead: String
        /// Tests may use it.
        var isFineInTests = false
    }

    static let banned = [
        Banned(word: "try!", instead: "throw, or handle the error where it can be named"),
        Banned(word: "as!", instead: "use `as?` with a guard, or a type that needs no cast"),
        Banned(word: "fatalError(", instead: "use `precondition` with the broken invariant"),
        Banned(
            word: "print(", instead: "write through `Machine.say` or a reporter",
            isFineInTests: true),
        Banned(word: "debugPrint(", instead: "remove it"),
        Banned(word: "Task.detached", instead: "use a task group"),
        Banned(word: "DispatchQueue", instead: "use a task group, or a `Mutex` around a value"),
        Banned(word: "Date()", instead: "take the time as an argument (`now:`)"),
        Banned(word: "@unchecked Sendable", instead: "make it a value, or guard it by a `Mutex`"),
        Banned(word: "nonisolated(unsafe)", instead: "pass the value, or guard it by a `Mutex`"),
    ]

    static func violations(in source: SwiftSource) -> [Violation] {
        var found: [Violation] = []
        let isTest = source.path.hasPrefix("Tests/")
        for rule in banned where !(isTest && rule.isFineInTests) {
            guard source.wholeCode.contains(rule.word) else { continue }
            for (index, line) in source.code.enumerated() where holds(line, rule.word) {
                let message = "no `\(rule.word)`: \(rule.instead)"
                found.append(Violation(path: source.path, line: index + 1, message: message))
            }
        }
        return found + notes(in: source)
    }

    /// Notes to oneself stand in comments, so they are looked for in the text as written.
    private static func notes(in source: SwiftSource) -> [Violation] {
        // Put together, so that this file does not hold them.
        let fix = "FIX" + "ME"
        let later = "TO" + "DO"
        var found: [Violation] = []
        let whole = source.lines.joined(separator: "\n")
        guard whole.contains(fix) || whole.contains(later) else { return [] }
        for (index, line) in source.lines.enumerated() {
            if holds(line, fix) {
                let message = "no `\(fix)`: mend it, or open an issue"
                found.append(Violation(path: source.path, line: index + 1, message: message))
            }
            if holds(line, later), !holds(line, later + "(#") {
                let message = "a `\(later)` names its issue: `\(later)(#12)`"
                found.append(Violation(path: source.path, line: index + 1, message: message))
            }
        }
        return found
    }

    /// True where `word` stands in the line and is not the end of a longer name or a member.
    static func holds(_ line: Substring, _ word: String) -> Bool {
        let text = Array(line.utf8)
        let wanted = Array(word.utf8)
        guard text.count >= wanted.count else { return false }
        for start in 0...(text.count - wanted.count) {
            guard text[start] == wanted[0],
                text[start..<(start + wanted.count)].elementsEqual(wanted)
            else { continue }
            guard start > 0, isPartOfName(wanted[0]) else { return true }
            if !isPartOfName(text[start - 1]), text[start - 1] != UInt8(ascii: ".") { return true }
        }
        return false
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
