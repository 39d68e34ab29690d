import Testing

/// The rules of the house, held against this checkout.
@Suite struct `The house` {
    private static let checkout = Checkout.here
    private static let sources = Checkout.sources

    private static func pass(_ violations: [Violation]) -> [Violation] {
        violations.filter { violation in !Exception.all.contains { $0.covers(violation) } }
    }

    private static func complete() -> [Violation] {
        let texts = Dictionary(
            uniqueKeysWithValues: checkout.files.map { ($0.path, $0.text ?? "") })
        return CompletenessRules.violations(paths: checkout.paths) { texts[$0] ?? "" }
    }

    @Test func `is found`() {
        #expect(Self.sources.count > 100)
        #expect(Self.checkout.paths.contains("Package.swift"))
    }

    @Test func `imports along the arrows only`() {
        #expect(Self.pass(Self.sources.flatMap(RoomRules.violations)) == [])
    }

    @Test func `keeps files short`() {
        #expect(Self.pass(Self.checkout.files.flatMap(SizeRules.violations)) == [])
    }

    @Test func `keeps functions short`() {
        #expect(Self.pass(Self.sources.flatMap(SizeRules.violations)) == [])
    }

    @Test func `uses no banned word`() {
        #expect(Self.pass(Self.sources.flatMap(WordRules.violations)) == [])
    }

    @Test func `names no machine and ends no line in spaces`() {
        let root = Self.checkout.root
        let violations = Self.checkout.files.flatMap {
            TextRules.violations(in: $0, checkout: root)
        }
        #expect(Self.pass(violations) == [])
    }

    @Test func `names only files that exist in its documents`() {
        let paths = Self.checkout.paths
        let violations = Self.checkout.files.flatMap {
            DocumentRules.violations(in: $0, paths: paths)
        }
        #expect(Self.pass(violations) == [])
    }

    @Test func `has tests and a page for every decoder, and events for every rule`() {
        #expect(Self.pass(Self.complete()) == [])
    }

    @Test func `keeps no exception it does not need`() {
        let root = Self.checkout.root
        let paths = Self.checkout.paths
        var violations = Self.complete()
        for source in Self.sources {
            violations += RoomRules.violations(in: source) + SizeRules.violations(in: source)
            violations += WordRules.violations(in: source)
        }
        for file in Self.checkout.files {
            violations += SizeRules.violations(in: file)
            violations += TextRules.violations(in: file, checkout: root)
            violations += DocumentRules.violations(in: file, paths: paths)
        }
        let idle = Exception.all.filter { exception in
            !violations.contains { exception.covers($0) }
        }
        #expect(idle.map(\.path) == [])
    }
}
