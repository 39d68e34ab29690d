import Engine
import Sigma
import TestKit
import Testing

@Suite struct `Correlation limits` {
    @Test(arguments: [
        (correlation(.eventCount, rules: [], [(.greater, 1)]), CorrelationRefusal.Reason.noRules),
        (correlation(.eventCount, rules: ["zz"], [(.greater, 1)]), .unknownRule("zz")),
        (correlation(.eventCount, rules: ["c"], [(.greater, 1)]), .cycle),
        (correlation(.eventCount), .noCondition),
        (correlation(.valueCount, [(.greater, 1)]), .noField),
        (correlation(.eventCount, span: 0, [(.greater, 1)]), .timespan),
        (correlation(.eventCount, [(.greaterOrEqual, 10_001)]), .threshold),
        (correlation(.eventCount, [(.greater, 10_000)]), .threshold),
        (
            correlation(.valuePercentile, [(.greater, 1)], fields: ["n"], percentile: 101),
            .percentile
        ),
        (correlation(.temporalOrdered, condition: .rule("r0")), .orderedCondition),
        (correlation(.temporal, condition: .rule("r9")), .conditionRule("r9")),
    ])
    func `what cannot run is refused with its reason`(
        refused: Correlation, reason: CorrelationRefusal.Reason
    ) {
        let good = correlation(.eventCount, id: "good", [(.greaterOrEqual, 1)])
        let (found, correlator) = firings(of: [refused, good], [TestMatch(0)])
        #expect(correlator.refusals == [CorrelationRefusal(correlation: 0, reason: reason)])
        #expect(found.map(\.correlation) == [1])
    }

    @Test func `what refers to a refused one is refused too`() {
        let chain = [
            correlation(.eventCount, id: "a", rules: ["b"], [(.greater, 0)]),
            correlation(.eventCount, id: "b", rules: ["c"], [(.greater, 0)]),
            correlation(.eventCount, id: "c", rules: ["nowhere"], [(.greater, 0)]),
            correlation(.eventCount, id: "x", rules: ["y"], [(.greater, 0)]),
            correlation(.eventCount, id: "y", rules: ["x"], [(.greater, 0)]),
        ]
        let correlator = Correlator(correlations: chain, ruleIDs: ruleNames)
        #expect(
            correlator.refusals.map(\.reason) == [
                .unknownRule("b"), .unknownRule("c"), .unknownRule("nowhere"), .cycle, .cycle,
            ])
    }

    @Test func `the group touched longest ago is forgotten`() {
        var limits = CorrelationLimits()
        limits.groupsPerCorrelation = 2
        let pair = correlation(.eventCount, by: ["User"], [(.greaterOrEqual, 2)])
        let users = ["a", "b", "a", "c", "b", "c"]
        let matches = users.enumerated().map { TestMatch(Double($0.offset), ["User": $0.element]) }
        let (found, correlator) = firings(of: [pair], matches, limits: limits)
        #expect(found.map { $0.group[0].value } == ["a", "c"])
        #expect(correlator.counters.evictedGroups == 2)
    }

    @Test func `matches held for a group, and over all groups, are bounded`() {
        var limits = CorrelationLimits()
        limits.entriesPerGroup = 5
        let users = correlation(.valueCount, span: 1000, [(.greaterOrEqual, 5)], fields: ["User"])
        let same = (0..<20).map { TestMatch(Double($0), ["User": "u\($0 / 5)"]) }
        let (none, correlator) = firings(of: [users], same, limits: limits)
        #expect(none.isEmpty)
        #expect(correlator.counters.evictedEntries == 15 && correlator.entriesHeld == 5)

        limits = CorrelationLimits()
        limits.entriesMax = 10
        let byUser = correlation(.eventCount, by: ["User"], span: 1000, [(.greaterOrEqual, 9)])
        let spread = (0..<100).map { TestMatch(Double($0), ["User": "u\($0 % 7)"]) }
        let (few, second) = firings(of: [byUser], spread, limits: limits)
        #expect(few.isEmpty && second.entriesHeld == 10)
        let single = (0..<100).map { TestMatch(Double($0), ["User": "u"]) }
        #expect(firings(of: [byUser], single, limits: limits).correlator.entriesHeld == 10)
    }

    @Test func `a complete window counts what a limit made it forget`() {
        var limits = CorrelationLimits()
        limits.entriesPerGroup = 5
        let few = correlation(.eventCount, [(.lessOrEqual, 5)])
        let (found, _) = firings(of: [few], (0..<9).map { TestMatch(Double($0)) }, limits: limits)
        #expect(found.isEmpty)
    }

    @Test func `windows that run empty are forgotten`() {
        let pair = correlation(.eventCount, by: ["User"], span: 10, [(.greaterOrEqual, 2)])
        let apart = (0..<1000).map { TestMatch(Double($0) * 20, ["User": "\($0)"]) }
        #expect(firings(of: [pair], apart).correlator.entriesHeld == 1)
    }

    @Test func `a firing lists the latest records and counts all`() {
        var limits = CorrelationLimits()
        limits.recordsPerFiring = 3
        let five = correlation(.eventCount, id: "five", [(.greaterOrEqual, 5)])
        let above = correlation(.eventCount, id: "above", rules: ["five"], [(.greaterOrEqual, 1)])
        let (found, _) = firings(
            of: [five, above], (0..<5).map { TestMatch(Double($0)) }, limits: limits)
        #expect(found.map { $0.records.map(\.record) } == [[3, 4, 5], [3, 4, 5]])
        #expect(found.map(\.recordCount) == [5, 5])
    }

    @Test func `a match beyond the lateness bound is counted, and used while its window is held`() {
        var limits = CorrelationLimits()
        limits.latenessSeconds = 10
        let three = correlation(.eventCount, span: 60, [(.greaterOrEqual, 3)])
        let (found, correlator) = firings(
            of: [three], [TestMatch(0), TestMatch(50), TestMatch(61), TestMatch(30)], limits: limits
        )
        #expect(correlator.counters.late == 1 && correlator.counters.lateDropped == 0)
        #expect(found.map(\.recordCount) == [3])
        let (none, second) = firings(
            of: [three], [TestMatch(0), TestMatch(500), TestMatch(520), TestMatch(30)],
            limits: limits)
        #expect(none.isEmpty && second.counters.lateDropped == 1)
    }

    @Test func `a match that waits is taken early when too many wait`() {
        var limits = CorrelationLimits()
        limits.pendingMax = 3
        let pair = correlation(.eventCount, by: ["User"], [(.greaterOrEqual, 9)])
        let (_, correlator) = firings(
            of: [pair], (0..<10).map { TestMatch(Double($0), ["User": "a"]) }, limits: limits)
        #expect(correlator.counters.early == 7)
    }

    @Test func `time passing alone completes a window`() {
        let exact = correlation(.eventCount, span: 60, [(.equal, 1)])
        var correlator = Correlator(correlations: [exact], ruleIDs: ruleNames)
        #expect(
            correlator.add(rule: 0, time: TestMatch(0).time, reference: TestMatch(0).reference) {
                _ in nil
            }.isEmpty)
        #expect(correlator.advance(to: TestMatch(660).time).isEmpty)
        #expect(correlator.advance(to: TestMatch(661).time).count == 1)
        #expect(correlator.finish().isEmpty)
    }

    @Test func `long values are cut and the ends of time are survived`() {
        var limits = CorrelationLimits()
        limits.valueBytesMax = 4
        let pair = correlation(.eventCount, by: ["User"], span: .max, [(.greaterOrEqual, 2)])
        var correlator = Correlator(correlations: [pair], ruleIDs: ruleNames, limits: limits)
        var found: [Firing] = []
        for time in [Int64.min, .max, 0, .min, .max] {
            found += correlator.add(
                rule: 0, time: Timestamp(nanoseconds: time), reference: TestMatch(0).reference
            ) { _ in "ab日本" }
        }
        found += correlator.finish()
        #expect(correlator.counters.cut == 5)
        #expect(found.allSatisfy { $0.group[0].value.utf8.count <= 6 })
    }
}
