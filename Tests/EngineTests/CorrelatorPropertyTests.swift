import Engine
import Sigma
import TestKit
import Testing

/// Recomputes everything for each match over the sorted list; knows nothing of heaps, groups that
/// are forgotten, or running sums.
private struct PlainCorrelator {
    var correlation: Correlation
    var isSliding: Bool

    struct Answer: Hashable {
        var group: [String], seconds: Double, value: Double, records: [UInt64]
    }

    func answers(_ matches: [TestMatch]) -> [Answer] {
        var groups: [[String]: [(slot: Int, match: TestMatch)]] = [:]
        for match in matches {
            guard let slot = correlation.rules.firstIndex(of: ruleNames[match.rule]) else {
                continue
            }
            let key = correlation.groupBy.compactMap { match.fields[$0] }
            guard key.count == correlation.groupBy.count else { continue }
            let needsField = ![.eventCount, .temporal, .temporalOrdered].contains(correlation.kind)
            if needsField, match.fields["n"] == nil { continue }
            groups[key, default: []].append((slot, match))
        }
        var answers: [Answer] = []
        for (key, list) in groups {
            let sorted = list.sorted {
                ($0.match.seconds, $0.match.order, -$0.slot) < (
                    $1.match.seconds, $1.match.order, -$1.slot
                )
            }
            answers += isSliding ? sliding(key, sorted) : complete(key, sorted)
        }
        return answers
    }

    private func sliding(_ key: [String], _ list: [(slot: Int, match: TestMatch)]) -> [Answer] {
        var answers: [Answer] = []
        var held = false
        var fired = -Double.infinity
        for end in list.indices {
            let now = list[end].match.seconds
            let window = list[...end].filter {
                $0.match.seconds >= now - Double(correlation.timespanSeconds)
            }
            let holds = judge(window)
            if holds, !held || now > fired + Double(correlation.timespanSeconds) {
                fired = now
                answers.append(answer(key, window))
            }
            held = holds
        }
        return answers
    }

    private func complete(_ key: [String], _ list: [(slot: Int, match: TestMatch)]) -> [Answer] {
        var answers: [Answer] = []
        var rest = list[...]
        while let first = rest.first {
            let end = first.match.seconds + Double(correlation.timespanSeconds)
            let window = Array(rest.prefix { $0.match.seconds <= end })
            rest = rest.dropFirst(window.count)
            if judge(window) { answers.append(answer(key, window)) }
        }
        return answers
    }

    private func answer(_ key: [String], _ window: [(slot: Int, match: TestMatch)]) -> Answer {
        var part = window
        if correlation.kind == .temporalOrdered {
            part = []
            var slot = Int(value(window)) - 1
            for entry in window.reversed() where entry.slot == slot {
                part.append(entry)
                slot -= 1
            }
        }
        return Answer(
            group: key, seconds: part.map(\.match.seconds).max() ?? 0, value: value(window),
            records: Set(part.map { $0.match.order + 1 }).sorted())
    }

    private func value(_ window: [(slot: Int, match: TestMatch)]) -> Double {
        let texts = window.map { $0.match.fields["n"] ?? "" }
        let numbers = texts.compactMap { Double($0) }
        switch correlation.kind {
        case .eventCount: return Double(window.count)
        case .valueCount: return Double(Set(texts).count)
        case .valueSum: return numbers.reduce(0, +)
        case .valueAverage: return numbers.reduce(0, +) / Double(numbers.count)
        case .valueMedian, .valuePercentile:
            let sorted = numbers.sorted()
            let rank = (correlation.percentile ?? 50) / 100 * Double(sorted.count - 1)
            let low = Int(rank.rounded(.down))
            let high = Int(rank.rounded(.up))
            return sorted[low] + (sorted[high] - sorted[low]) * (rank - Double(low))
        case .temporal: return Double(Set(window.map(\.slot)).count)
        case .temporalOrdered:
            var next = 0
            for entry in window where entry.slot == next { next += 1 }
            return Double(next)
        }
    }

    private func judge(_ window: [(slot: Int, match: TestMatch)]) -> Bool {
        if let condition = correlation.ruleCondition {
            let seen = Set(window.map { correlation.rules[$0.slot] })
            return truth(condition, seen)
        }
        let number = value(window)
        if correlation.conditions.isEmpty { return Int(number) == correlation.rules.count }
        return correlation.conditions.allSatisfy {
            switch $0.comparison {
            case .equal: number == $0.value
            case .notEqual: number != $0.value
            case .less: number < $0.value
            case .lessOrEqual: number <= $0.value
            case .greater: number > $0.value
            case .greaterOrEqual: number >= $0.value
            }
        }
    }

    private func truth(_ condition: RuleCondition, _ seen: Set<String>) -> Bool {
        switch condition {
        case .rule(let name): seen.contains(name)
        case .all(let parts): parts.allSatisfy { truth($0, seen) }
        case .any(let parts): parts.contains { truth($0, seen) }
        case .not(let part): !truth(part, seen)
        }
    }
}

@Suite struct `Correlation properties` {
    private static let cases: [(Correlation, isSliding: Bool)] = [
        (correlation(.eventCount, by: ["u"], span: 20, [(.greaterOrEqual, 3)]), true),
        (correlation(.eventCount, rules: ["r0", "r2"], span: 7, [(.greater, 1)]), true),
        (correlation(.eventCount, by: ["u"], span: 20, [(.equal, 2)]), false),
        (correlation(.eventCount, by: ["u", "h"], span: 30, [(.greater, 1), (.less, 4)]), false),
        (
            correlation(.valueCount, by: ["u"], span: 25, [(.greaterOrEqual, 3)], fields: ["n"]),
            true
        ),
        (correlation(.valueCount, by: ["u"], span: 25, [(.lessOrEqual, 2)], fields: ["n"]), false),
        (correlation(.valueSum, by: ["u"], span: 15, [(.greater, 12)], fields: ["n"]), true),
        (correlation(.valueAverage, by: ["u"], span: 15, [(.greater, 4)], fields: ["n"]), false),
        (correlation(.valueMedian, by: ["u"], span: 30, [(.less, 4)], fields: ["n"]), false),
        (
            correlation(
                .valuePercentile, by: ["u"], span: 30, [(.greater, 6)], fields: ["n"],
                percentile: 75),
            false
        ),
        (correlation(.temporal, rules: ["r0", "r1", "r2"], by: ["u"], span: 12), true),
        (
            correlation(.temporal, rules: ["r0", "r1", "r2"], span: 5, [(.greaterOrEqual, 2)]), true
        ),
        (
            correlation(
                .temporal, rules: ["r0", "r1", "r2"], by: ["u"], span: 9,
                condition: .all([.rule("r0"), .not(.rule("r1"))])), false
        ),
        (correlation(.temporalOrdered, rules: ["r0", "r1", "r2"], by: ["u"], span: 15), true),
        (correlation(.temporalOrdered, rules: ["r2", "r0"], span: 4), true),
    ]

    private func matches(_ random: inout SplitMix64) -> [TestMatch] {
        var orders = Array(0..<UInt64(40))
        orders.shuffle(using: &random)
        return orders.map { order in
            var fields: [String: String] = [:]
            if Int.random(in: 0..<9, using: &random) > 0 {
                fields["u"] = ["a", "b"].randomElement(using: &random)
            }
            fields["h"] = ["x", "y"].randomElement(using: &random)
            if Int.random(in: 0..<9, using: &random) > 0 {
                fields["n"] = String(Int.random(in: -2...9, using: &random))
            }
            return TestMatch(
                Double(Int.random(in: 0..<100, using: &random)),
                Int.random(in: 0..<3, using: &random), order: order + 1, fields)
        }
    }

    @Test(arguments: 0..<cases.count)
    func `agrees with recomputing everything over the sorted matches`(index: Int) {
        let (correlation, isSliding) = Self.cases[index]
        let plain = PlainCorrelator(correlation: correlation, isSliding: isSliding)
        var random = SplitMix64(seed: UInt64(100 + index))
        var count = 0
        for _ in 0..<150 {
            let matches = matches(&random)
            let expected = plain.answers(matches)
            let found = firings(of: [correlation], matches).firings.map {
                PlainCorrelator.Answer(
                    group: $0.group.map(\.value), seconds: $0.seconds, value: $0.value,
                    records: $0.records.map(\.record))
            }
            count += expected.count
            #expect(found.count == expected.count)
            #expect(Set(found) == Set(expected))
        }
        #expect(count > 50)
    }

    @Test func `any order of arrival within the bound gives the same firings`() {
        var random = SplitMix64(seed: 3)
        var correlations: [Correlation] = Self.cases.enumerated().map { index, one in
            var correlation = one.0
            correlation.metadata.id = "c\(index)"
            return correlation
        }
        correlations.append(
            correlation(
                .eventCount, id: "top", rules: ["c0", "c2", "r1"], by: ["u"], span: 40,
                [(.greaterOrEqual, 2)]))
        correlations.append(
            correlation(
                .valueCount, id: "peak", rules: ["top", "c1"], span: 60, [(.greaterOrEqual, 1)],
                fields: ["h"]))
        var limits = CorrelationLimits()
        limits.latenessSeconds = 15
        var unbounded = limits
        unbounded.latenessSeconds = nil
        var count = 0
        for _ in 0..<200 {
            let sorted = matches(&random).sorted { ($0.seconds, $0.order) < ($1.seconds, $1.order) }
            let expected = firings(of: correlations, sorted, limits: limits)
            count += expected.firings.count
            #expect(Set(expected.firings.map(\.correlation)).count > 5)
            let arrivals = sorted.map {
                ($0.seconds + Double.random(in: 0..<15, using: &random), $0)
            }
            let delayed = arrivals.sorted { $0.0 < $1.0 }.map(\.1)
            let (found, correlator) = firings(of: correlations, delayed, limits: limits)
            #expect(correlator.counters.late == 0)
            #expect(found == expected.firings)
            let anyOrder = firings(
                of: correlations, sorted.shuffled(using: &random), limits: unbounded)
            #expect(anyOrder.firings == expected.firings)
            #expect(anyOrder.correlator.counters == correlator.counters)
        }
        #expect(count > 2000)
    }
}
