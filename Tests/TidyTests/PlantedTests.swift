import Testing

/// Each rule finds what is planted, and lets pass what only looks like it.
@Suite struct `A rule of the house` {
    private func source(_ path: String, _ text: String) -> SwiftSource {
        SwiftSource(path: path, text: text)
    }

    @Test(arguments: [
        ("Sources/Engine/A.swift", "import Foundation", "Foundation"),
        ("Sources/Sigma/A.swift", "import Engine", "Engine"),
        ("Sources/Engine/A.swift", "package import Yams", "Yams"),
        ("Sources/Report/A.swift", "internal import struct Collect.InputReader", "Collect"),
        ("Sources/Collect/Read/A.swift", "@preconcurrency import Report", "Report"),
        ("Sources/Unknown/A.swift", "", "Unknown"),
    ])
    func `finds an import against the arrows`(path: String, text: String, named: String) {
        let found = RoomRules.violations(in: source(path, text))
        #expect(found.count == 1)
        #expect(found.first?.message.contains("`\(named)`") == true)
    }

    @Test(arguments: [
        ("Sources/Engine/A.swift", "internal import CSIMD\nimport Synchronization"),
        ("Sources/kagari/A.swift", "import Foundation\nimport Report"),
        ("Tests/EngineTests/A.swift", "import Foundation"),
        ("Sources/Engine/A.swift", "// import Foundation\n/* import Foundation */"),
        ("Sources/Engine/A.swift", "let text = \"\"\"\nimport Foundation\n\"\"\""),
    ])
    func `lets an import along the arrows pass`(path: String, text: String) {
        #expect(RoomRules.violations(in: source(path, text)) == [])
    }

    @Test(arguments: WordRules.banned.map(\.word))
    func `finds a banned word and names the cure`(word: String) {
        let found = WordRules.violations(in: source("Sources/Engine/A.swift", "let a = 1\n\(word)"))
        #expect(found.map(\.line) == [2])
        #expect(found.first?.message.contains("no `\(word)`: ") == true)
    }

    @Test(arguments: [
        "// print(this)", "let text = \"as! try! print(\"", "canvas.print(line)", "reprint(line)",
        "let text = #\"Date() \"quoted\" fatalError(\"#", "func `print(`() {}", "x.birthDate()",
        "/* outer /* inner */ DispatchQueue */", "let a = \"\\(b) print(\"",
    ])
    func `lets a word pass that is only text or another name`(line: String) {
        #expect(WordRules.violations(in: source("Sources/Engine/A.swift", line)) == [])
    }

    @Test func `sees code inside an interpolation and after a string`() {
        let text = "let a = \"\\(b.map { try! f(\"x\") })\"\nlet c = \"\"; d as! E"
        #expect(
            WordRules.violations(in: source("Sources/Engine/A.swift", text)).map(\.line) == [1, 2])
    }

    @Test func `lets a test write to the terminal, but not cast by force`() {
        let text = "print(a)\nb as! C"
        #expect(
            WordRules.violations(in: source("Tests/EngineTests/A.swift", text)).map(\.line) == [2])
    }

    @Test func `finds notes to oneself that name no issue`() {
        let later = "TO" + "DO"
        let text = "// \(later): later\n// \(later)(#7): soon\n// FIX" + "ME"
        #expect(
            WordRules.violations(in: source("Sources/Engine/A.swift", text)).map(\.line).sorted()
                == [1, 3])
    }

    @Test(arguments: [(60, 0), (61, 1)])
    func `measures a function from its keyword to its brace`(lines: Int, count: Int) {
        let body = String(repeating: "    a { \"}\" }\n", count: lines - 2)
        let text = "struct S {\nfunc f(_ g: () -> Void = {}) -> [Int] {\n\(body)}\nvar x = 1\n}"
        let file = source("Sources/Engine/A.swift", text)
        #expect(SizeRules.functions(of: file).map(\.lines) == [lines])
        #expect(SizeRules.violations(in: file).count == count)
    }

    @Test func `measures initialisers, not calls of them or requirements`() {
        let text = """
            protocol P {
                func f()
                init(a: Int)
                subscript(i: Int) -> Int { get }
            }
            struct S { init?(a: Int) {
                self.init(b: .init(a))
            } }
            """
        let found = SizeRules.functions(of: source("Sources/Engine/A.swift", text))
        #expect(found.map(\.line) == [4, 6])
        #expect(found.map(\.lines) == [1, 3])
    }

    @Test(arguments: [(500, 0), (501, 1)])
    func `measures a file`(lines: Int, count: Int) {
        let text = String(repeating: "a\n", count: lines)
        let file = Checkout.File(path: "Sources/Engine/A.swift", text: text)
        #expect(SizeRules.violations(in: file).count == count)
    }

    @Test(arguments: [
        ("a \n", 1), ("a\t\n", 1), ("a\r\n", 1), ("a", 1), ("see /wo" + "rk/main", 2),
        ("in /checkout/of/mine/Sources\n", 1), ("a\n", 0), ("network/main\n", 0),
    ])
    func `finds spaces at a line's end and folders of one machine`(text: String, count: Int) {
        let file = Checkout.File(path: "docs/a.md", text: text)
        #expect(TextRules.violations(in: file, checkout: "/checkout/of/mine").count == count)
    }

    @Test func `finds a document's dead names`() {
        let text = """
            [one](../README.md) [two](gone.md#part) [three](https://example.com/a.md)
            `Sources/Engine/Alert.swift`, `Sources/Gone.swift`, `Sources/*.swift`, `swift build`
            """
        let file = Checkout.File(path: "docs/a.md", text: text)
        let found = DocumentRules.violations(
            in: file, paths: ["README.md", "Sources/Engine/Alert.swift"])
        #expect(
            found.map(\.description) == [
                "docs/a.md:1: names `docs/gone.md`, which does not exist",
                "docs/a.md:2: names `Sources/Gone.swift`, which does not exist",
            ])
    }

    @Test func `finds a decoder without test or page, and a rule without events`() {
        let paths: Set = [
            "Sources/Engine/Decode/AccessLog/AccessLogDecoder.swift",
            "Sources/Engine/Decode/Bare/Bare.swift",
            "Tests/EngineTests/Fixtures/access-log",
            "Content/rules/windows/a.yml", "Content/rules/windows/b.yml",
            "Content/rule-events/windows/a.yml", "docs/formats/access-log.md",
        ]
        let found = CompletenessRules.violations(paths: paths) { path in
            path.hasPrefix("docs/") ? "`AccessLogDecoder`" : ""
        }
        #expect(
            found.map(\.path) == [
                "Sources/Engine/Decode/Bare", "Sources/Engine/Decode/Bare",
                "Sources/Engine/Decode/Bare", "Content/rules/windows/b.yml",
            ])
    }
}
