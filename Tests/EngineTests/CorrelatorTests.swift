import Engine
import Sigma
import TestKit
import Testing

@Suite struct `Correlations` {
    // MARK: counts

    @Test func `event_count fires when the threshold is reached within the timespan`() {
        let many = correlation(.eventCount, by: ["User"], [(.greaterOrEqual, 3)])
        let (found, _) = firings(
            of: [many],
            [
                TestMatch(0, ["User": "a"]), TestMatch(1, ["User": "b"]),
                TestMatch(30, ["User": "a"]), TestMatch(60, ["User": "a"]),
                TestMatch(61, ["User": "b"]), TestMatch(62, ["User": "b"]),
            ])
        #expect(found.count == 1)
        #expect(found.first?.group == [.init(name: "User", value: "a")])
        #expect(found.first?.seconds == 60 && found.first?.value == 3)
        #expect(found.first?.records.map(\.record) == [1, 3, 4])
        #expect(found.first?.recordCount == 3 && found.first?.trigger.record == 4)
    }

    @Test func `the timespan includes its ends and nothing beyond`() {
        let pair = correlation(.eventCount, span: 60, [(.greaterOrEqual, 2)])
        #expect(firings(of: [pair], [TestMatch(0), TestMatch(60)]).firings.count == 1)
        #expect(firings(of: [pair], [TestMatch(0), TestMatch(60.000_001)]).firings.isEmpty)
    }

    @Test func `gt is one more than gte`() {
        let more = correlation(.eventCount, [(.greater, 2)])
        #expect(firings(of: [more], [TestMatch(0), TestMatch(1)]).firings.isEmpty)
        #expect(firings(of: [more], [TestMatch(0), TestMatch(1), TestMatch(2)]).firings.count == 1)
    }

    @Test func `fires again after it ceased, or after a whole timespan, and not in between`() {
        let pair = correlation(.eventCount, span: 60, [(.greaterOrEqual, 2)])
        let steady = (0..<20).map { TestMatch(Double($0) * 10) }
        #expect(firings(of: [pair], steady).firings.map(\.seconds) == [10, 80, 150])
        let pauses = [0, 10, 20, 200, 210, 220].map { TestMatch($0) }
        #expect(firings(of: [pair], pauses).firings.map(\.seconds) == [10, 210])
    }

    @Test func `a condition with an upper bound is judged when its window is complete`() {
        let exactly = correlation(.eventCount, span: 60, [(.equal, 3)])
        let three = [0, 10, 60].map { TestMatch($0) }
        let (found, _) = firings(of: [exactly], three)
        #expect(found.count == 1)
        #expect(found.first?.seconds == 60 && found.first?.decided.nanoseconds == 60_000_000_000)
        #expect(firings(of: [exactly], three + [TestMatch(59)]).firings.isEmpty)
        let range = correlation(.eventCount, span: 60, [(.greater, 1), (.lessOrEqual, 3)])
        #expect(firings(of: [range], three).firings.count == 1)
        #expect(firings(of: [range], [TestMatch(0)]).firings.isEmpty)
        let few = correlation(.eventCount, span: 60, [(.less, 3)])
        let later = [0, 1, 2, 100, 101].map { TestMatch($0) }
        #expect(firings(of: [few], later).firings.map(\.seconds) == [101])
        let other = correlation(.eventCount, span: 60, [(.notEqual, 3)])
        #expect(firings(of: [other], later).firings.map(\.value) == [2])
    }

    @Test func `several rules are counted together`() {
        let both = correlation(.eventCount, rules: ["r0", "r1"], [(.greaterOrEqual, 2)])
        #expect(firings(of: [both], [TestMatch(0, 0), TestMatch(1, 1)]).firings.count == 1)
        #expect(firings(of: [both], [TestMatch(0, 0), TestMatch(1, 2)]).firings.isEmpty)
    }

    @Test func `value_count counts different values, and tuples of several fields`() {
        let users = correlation(.valueCount, [(.greaterOrEqual, 2)], fields: ["User"])
        let same = [TestMatch(0, ["User": "a"]), TestMatch(1, ["User": "a"])]
        #expect(firings(of: [users], same).firings.isEmpty)
        #expect(firings(of: [users], same + [TestMatch(2, ["User": "b"])]).firings.count == 1)
        let pairs = correlation(.valueCount, [(.greaterOrEqual, 3)], fields: ["A", "B"])
        let tuples = [("x", "y"), ("x", "z"), ("xy", ""), ("x", "y")].enumerated().map {
            TestMatch(Double($0.offset), ["A": $0.element.0, "B": $0.element.1])
        }
        #expect(firings(of: [pairs], tuples).firings.map(\.value) == [3])
        let (none, correlator) = firings(of: [users], [TestMatch(0), TestMatch(1)])
        #expect(none.isEmpty && correlator.counters.valueless == 2)
    }

    @Test func `a value that leaves the window is counted no more`() {
        let users = correlation(.valueCount, span: 10, [(.greaterOrEqual, 2)], fields: ["User"])
        let apart = [TestMatch(0, ["User": "a"]), TestMatch(11, ["User": "b"])]
        #expect(firings(of: [users], apart).firings.isEmpty)
    }

    // MARK: numbers

    private func numbers(_ values: [String]) -> [TestMatch] {
        values.enumerated().map { TestMatch(Double($0.offset), ["n": $0.element]) }
    }

    @Test func `value_sum adds numbers however they are written`() {
        let sum = correlation(.valueSum, [(.greater, 1000)], fields: ["n"])
        let (found, correlator) = firings(
            of: [sum], numbers(["0x10", "-6", "9.5e2", "x", "", "40", "0.5", "inf", "nan"]))
        #expect(found.map(\.value) == [1000.5])
        #expect(correlator.counters.valueless == 4)
        #expect(firings(of: [sum], numbers(["1e999", "1000"])).firings.isEmpty)
    }

    @Test func `a sum forgets what left the window, even after huge values`() {
        let sum = correlation(.valueSum, span: 10, [(.greater, 5)], fields: ["n"])
        let matches = [
            TestMatch(0, ["n": "-1e300"]), TestMatch(9, ["n": "3"]), TestMatch(15, ["n": "3.5"]),
        ]
        #expect(firings(of: [sum], matches).firings.map(\.value) == [6.5])
    }

    @Test func `value_avg, value_median and value_percentile are judged over the whole window`() {
        let average = correlation(.valueAverage, [(.greater, 500)], fields: ["n"])
        #expect(firings(of: [average], numbers(["900", "100", "100"])).firings.isEmpty)
        #expect(
            firings(of: [average], numbers(["900", "100", "800"])).firings.map(\.value) == [600])
        let median = correlation(.valueMedian, [(.greaterOrEqual, 15)], fields: ["n"])
        #expect(
            firings(of: [median], numbers(["10", "1", "20", "1000"])).firings.map(\.value) == [15])
        #expect(firings(of: [median], numbers(["10", "1", "1000"])).firings.isEmpty)
        let high = correlation(
            .valuePercentile, [(.greaterOrEqual, 90)], fields: ["n"], percentile: 90)
        let hundred = numbers((0...100).map(String.init)).map { match in
            var match = match
            match.seconds /= 10
            return match
        }
        #expect(firings(of: [high], hundred).firings.map(\.value) == [90])
    }

    @Test func `value_percentile without a percentile finds rare values`() {
        let rare = correlation(
            .valuePercentile, by: ["Host"], span: 1000, [(.lessOrEqual, 1)], fields: ["image"])
        var matches = (0..<199).map { TestMatch(Double($0), ["Host": "h", "image": "svchost"]) }
        matches.append(TestMatch(199, ["Host": "h", "image": "mimikatz"]))
        let (found, _) = firings(of: [rare], matches)
        #expect(found.map(\.value) == [0.5])
        #expect(found.first?.records.map(\.record) == [200])
        #expect(firings(of: [rare], Array(matches.dropFirst(150))).firings.isEmpty)
    }

    // MARK: temporal

    @Test func `temporal wants every rule within the timespan, in any order`() {
        let all = correlation(
            .temporal, rules: ["r0", "r1", "r2"], by: ["Host", "User"], span: 300)
        let who = ["Host": "h", "User": "u"]
        let matches = [TestMatch(0, 2, who), TestMatch(100, 0, who), TestMatch(300, 1, who)]
        #expect(firings(of: [all], matches).firings.map(\.value) == [3])
        #expect(
            firings(of: [all], Array(matches.dropLast()) + [TestMatch(301, 1, who)]).firings.isEmpty
        )
        let stranger = ["Host": "h", "User": "v"]
        #expect(
            firings(of: [all], Array(matches.dropLast()) + [TestMatch(300, 1, stranger)]).firings
                .isEmpty)
        let two = correlation(.temporal, rules: ["r0", "r1", "r2"], [(.greaterOrEqual, 2)])
        #expect(firings(of: [two], [TestMatch(0, 2), TestMatch(1, 0)]).firings.count == 1)
    }

    @Test func `temporal_ordered wants the written order`() {
        let steps = correlation(.temporalOrdered, rules: ["r0", "r1", "r2"], span: 60)
        let good = [
            TestMatch(0, 1), TestMatch(1, 0), TestMatch(2, 2), TestMatch(3, 1), TestMatch(4, 0),
            TestMatch(5, 2),
        ]
        let (found, _) = firings(of: [steps], good)
        #expect(found.map(\.seconds) == [5])
        #expect(found.first?.records.map(\.record) == [2, 4, 6])
        #expect(
            firings(of: [steps], [TestMatch(0, 2), TestMatch(1, 1), TestMatch(2, 0)]).firings
                .isEmpty)
        #expect(
            firings(of: [steps], [TestMatch(0, 0), TestMatch(40, 1), TestMatch(61, 2)]).firings
                .isEmpty)
    }

    @Test func `one record cannot be two steps, but order decides within one moment`() {
        let steps = correlation(.temporalOrdered, rules: ["r0", "r1"])
        #expect(
            firings(of: [steps], [TestMatch(0, 0, order: 7), TestMatch(0, 1, order: 7)]).firings
                .isEmpty)
        #expect(
            firings(of: [steps], [TestMatch(0, 0, order: 7), TestMatch(0, 1, order: 8)]).firings
                .count == 1)
        #expect(
            firings(of: [steps], [TestMatch(0, 0, order: 8), TestMatch(0, 1, order: 7)]).firings
                .isEmpty)
    }

    @Test func `extended conditions say which rules must and must not be seen`() {
        let either = correlation(
            .temporal, rules: ["r0", "r1", "r2"],
            condition: .all([.rule("r0"), .any([.rule("r1"), .rule("r2")])]))
        #expect(firings(of: [either], [TestMatch(0, 2), TestMatch(1, 0)]).firings.count == 1)
        #expect(firings(of: [either], [TestMatch(0, 2), TestMatch(1, 1)]).firings.isEmpty)
        let without = correlation(
            .temporal, rules: ["r0", "r1"], condition: .all([.rule("r0"), .not(.rule("r1"))]))
        #expect(firings(of: [without], [TestMatch(0, 0), TestMatch(59, 1)]).firings.isEmpty)
        #expect(
            firings(of: [without], [TestMatch(0, 0), TestMatch(61, 1)]).firings.map(\.seconds) == [
                0
            ])
    }

    // MARK: groups

    @Test func `aliases join different fields of different rules`() {
        let joined = correlation(
            .temporal, rules: ["r0", "r1"], by: ["internal", "remote"],
            aliases: [
                "internal": ["r0": "destination.ip", "r1": "source.ip"],
                "remote": ["r0": "source.ip", "r1": "destination.ip"],
            ], span: 10)
        let error = TestMatch(0, 0, ["destination.ip": "10.0.0.1", "source.ip": "8.8.8.8"])
        let back = TestMatch(5, 1, ["source.ip": "10.0.0.1", "destination.ip": "8.8.8.8"])
        let other = TestMatch(5, 1, ["source.ip": "8.8.8.8", "destination.ip": "10.0.0.1"])
        let (found, correlator) = firings(of: [joined], [error, back])
        #expect(
            found.first?.group == [
                .init(name: "internal", value: "10.0.0.1"), .init(name: "remote", value: "8.8.8.8"),
            ])
        #expect(firings(of: [joined], [error, other]).firings.isEmpty)
        #expect(correlator.fields(ofRule: 1) == ["source.ip", "destination.ip"])
        #expect(correlator.wants(rule: 0) && !correlator.wants(rule: 2))
    }

    @Test func `a match without a group-by field, or without a time, takes no part`() {
        let many = correlation(.eventCount, by: ["User"], [(.greaterOrEqual, 2)])
        var (found, correlator) = firings(
            of: [many], [TestMatch(0, ["User": "a"]), TestMatch(1), TestMatch(2)])
        #expect(found.isEmpty && correlator.counters.ungrouped == 2)
        found = correlator.add(rule: 0, time: nil, reference: TestMatch(0).reference) { _ in "a" }
        #expect(found.isEmpty && correlator.counters.timeless == 1)
    }

    @Test func `takes events as they are retained`() {
        var correlator = Correlator(
            correlations: [correlation(.eventCount, by: ["User"], [(.greaterOrEqual, 1)])],
            ruleIDs: ruleNames)
        let event = RetainedEvent(
            reference: TestMatch(0).reference, time: TestMatch(9).time, [("User", "eve")])
        _ = correlator.add(rule: 0, event: event)
        #expect(correlator.finish().first?.group.first?.value == "eve")
    }

    // MARK: chains

    @Test func `a firing is a match for correlations above, by its group`() {
        let guessing = correlation(
            .eventCount, id: "many", by: ["User"], span: 600, [(.greaterOrEqual, 3)])
        let success = correlation(
            .temporalOrdered, id: "in", rules: ["many", "r1"], by: ["User"], span: 600)
        let user = ["User": "a"]
        let matches = [
            TestMatch(0, 0, user), TestMatch(1, 0, user), TestMatch(2, 0, user),
            TestMatch(9, 1, user),
        ]
        for correlations in [[guessing, success], [success, guessing]] {
            let (found, _) = firings(of: correlations, matches)
            #expect(found.map { correlations[$0.correlation].metadata.id } == ["many", "in"])
            #expect(
                found.last?.records.map(\.record) == [1, 2, 3, 4] && found.last?.recordCount == 4)
            #expect(found.last?.seconds == 9)
            let wrongWay =
                [TestMatch(0, 1, user)]
                + matches.dropLast().map { TestMatch($0.seconds + 1, 0, user) }
            #expect(firings(of: correlations, wrongWay).firings.count == 1)
            let stranger = Array(matches.dropLast()) + [TestMatch(9, 1, ["User": "b"])]
            #expect(firings(of: correlations, stranger).firings.count == 1)
        }
    }

    @Test func `a chain may group by a field that the correlation below does not`() {
        let spraying = correlation(
            .valueCount, id: "spray", by: ["Host"], span: 600, [(.greaterOrEqual, 3)],
            fields: ["User"])
        let success = correlation(
            .temporalOrdered, id: "in", rules: ["spray", "r1"], by: ["Account"],
            aliases: ["Account": ["spray": "User", "r1": "TargetUser"]], span: 600)
        let matches = ["a", "b", "c"].enumerated().map {
            TestMatch(Double($0.offset), ["Host": "h", "User": $0.element])
        }
        let (found, correlator) = firings(
            of: [success, spraying], matches + [TestMatch(9, 1, ["TargetUser": "b"])])
        #expect(found.map(\.correlation) == [1, 0])
        #expect(found.last?.group == [.init(name: "Account", value: "b")])
        #expect(correlator.fields(ofRule: 0) == ["Host", "User"])
        #expect(
            firings(of: [success, spraying], matches + [TestMatch(9, 1, ["TargetUser": "d"])])
                .firings.count == 1)
    }

    @Test func `a firing counts once in a group above, however many values it carries`() {
        let lower = correlation(.eventCount, id: "low", by: ["Host"], [(.greaterOrEqual, 2)])
        let upper = correlation(
            .valueCount, id: "up", rules: ["low"], [(.greaterOrEqual, 1)], fields: ["Host"])
        let counted = correlation(.eventCount, id: "n", rules: ["low"], [(.greaterOrEqual, 2)])
        let matches = [
            TestMatch(0, ["Host": "h", "User": "a"]), TestMatch(1, ["Host": "h", "User": "b"]),
        ]
        let (found, _) = firings(of: [lower, upper, counted], matches)
        #expect(found.map(\.correlation) == [0, 1])
    }

    @Test func `a complete window hands its firing on when it ends`() {
        let exact = correlation(.eventCount, id: "two", span: 60, [(.equal, 2)])
        let then = correlation(.temporalOrdered, id: "then", rules: ["two", "r1"], span: 60)
        let matches = [TestMatch(0), TestMatch(1), TestMatch(50, 1), TestMatch(70, 1)]
        let (found, _) = firings(of: [exact, then], matches)
        #expect(found.map(\.correlation) == [0, 1])
        #expect(found.map(\.seconds) == [1, 70])
    }
}
