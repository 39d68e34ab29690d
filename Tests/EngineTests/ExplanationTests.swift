import Sigma
import TestKit
import Testing

@testable import Engine

@Suite struct `Explaining alerts` {
    @Test func `forgets rules beyond its limit and explains them anew`() throws {
        var collection = RuleCollection()
        let count = Explanation.readyMax + 3
        for number in 0..<count {
            let digits = String(100_000 + number)
            let pattern = TextPattern(
                pieces: [.anyRun, .literal(Array("x\(digits)".utf8)), .anyRun], cased: false)
            collection.rules.append(
                Rule(
                    metadata: RuleMetadata(
                        id: "00000000-0000-4000-8000-000000\(digits)", title: digits,
                        level: .medium, source: SourceLocation(path: "made")),
                    logsource: Logsource(product: "test"),
                    condition: .test(
                        Predicate(field: "A", test: .text(pattern), selection: digits))))
        }
        let set = RuleSet(
            collection, mappings: [try `Fast and plain evaluation`.mapping([])])
        let program = set.program(for: ClassKey(source: 0, values: [], isSeveral: false))
        var event = EventBuffer(names: set.names, paths: set.paths)
        let value = "x100007 x\(100_000 + count - 1)"
        event.begin(source: [UInt8]().span)
        event.append(event.names.intern("A"), value)
        var explanation = Explanation(set.regexes)
        var matcher = Matcher(set.regexes)
        matcher.folded.begin()
        for local in 0..<UInt32(count) {
            let place = explanation.place(local, of: program, set)
            #expect(explanation.readyCount <= Explanation.readyMax)
            #expect(explanation.rule(at: place).index == Int(local))
        }
        for (local, selection) in [(7, "100007"), (count - 1, String(100_000 + count - 1))] {
            for _ in 0..<2 {
                let place = explanation.place(UInt32(local), of: program, set)
                let explains = explanation.explain(
                    at: place, event: event, folded: &matcher.folded, pool: &matcher.regexes)
                #expect(explains)
                #expect(
                    explanation.matches == [
                        Alert.Match(
                            selection: selection, field: "A", value: value,
                            asked: "|contains x\(selection)")
                    ])
            }
        }
        let other = explanation.place(8, of: program, set)
        let explains = explanation.explain(
            at: other, event: event, folded: &matcher.folded, pool: &matcher.regexes)
        #expect(!explains && explanation.matches.isEmpty)
    }
}
