@testable import Engine
import Sigma
import TestKit
import Testing

/// Cost is counted in instructions visited, never in time.
@Suite struct `Regular expression cost` {
    private static let hostile: [(String, String)] = [
        ("(a+)+$", String(repeating: "a", count: 5000) + "!"),
        ("(a|a)*b", String(repeating: "a", count: 5000)),
        ("(a|aa)+$", String(repeating: "a", count: 5000) + "!"),
        ("(.*)*x", String(repeating: "y", count: 5000)),
        ("(a?){50}a{50}b", String(repeating: "a", count: 5000)),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", String(repeating: "a", count: 5000)),
        ("(x+x+)+y", String(repeating: "x", count: 5000)),
        (".*.*.*.*=.*", String(repeating: "é", count: 2500)),
        ("[a-z]{20,60}Z", String(repeating: "abcxyz", count: 1000)),
        (".{1000,}", String(repeating: "ab\n", count: 2000)),
        ("\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+Q", String(repeating: "+a", count: 2500)),
    ]

    @Test(arguments: hostile)
    func `stays below two visits of each instruction a symbol`(pattern: String, text: String) throws
    {
        let regex = try LinearRegex(RegexPattern(pattern: pattern))
        var matcher = RegexMatcher(regex)
        let before = matcher.visits
        _ = matcher.matches(text.utf8)
        let bound = UInt64(2 * regex.instructionCount * (text.utf8.count + 2))
        #expect(matcher.visits - before <= bound)
        // What it learnt is enough for the same text: not one instruction is visited again.
        let learnt = matcher.visits
        _ = matcher.matches(text.utf8)
        #expect(matcher.visits == learnt)
    }

    @Test func `a text that needs more states than fit is finished by stepping`() throws {
        let regex = try LinearRegex(RegexPattern(pattern: "a[ab]{14}c"))
        var random = SplitMix64(seed: 5)
        let text = (0..<50_000).map { _ in Bool.random(using: &random) ? UInt8(0x61) : 0x62 }
        var matcher = RegexMatcher(regex, bytesMax: 16 << 10)
        let before = matcher.visits
        let answer1 = matcher.matches(text)
        #expect(!answer1)
        let answer2 = matcher.matches(text + [0x61] + Array(repeating: 0x62, count: 14) + [0x63])
        #expect(answer2)
        #expect(matcher.bytesHeld < 40 << 10)
        #expect(
            matcher.visits - before <= UInt64(2 * regex.instructionCount * 2 * (text.count + 20)))
    }

    @Test func `counted repetition of a class needs a state for each count only`() throws {
        let regex = try LinearRegex(RegexPattern(pattern: "[a-z]{20,60}\\d"))
        var matcher = RegexMatcher(regex)
        var random = SplitMix64(seed: 6)
        for _ in 0..<200 {
            let text = (0..<500).map { _ in UInt8.random(in: 0x5F...0x7A, using: &random) }
            let answer3 = matcher.matches(text)
            #expect(!answer3)
        }
        #expect(matcher.stateCount <= 63)
    }

    @Test func `the pool stays within its memory and answers the same`() throws {
        var random = SplitMix64(seed: 8)
        let regexes = try (0..<200).map { number in
            try LinearRegex(RegexPattern(pattern: "[ab]{3}\(number)?(a|b)[^x]{0,\(number % 40)}c"))
        }
        var pool = RegexPool(regexes, bytesMax: 256 << 10)
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: 0x61...0x64, using: &random)
            }
            for index in stride(from: Int.random(in: 0..<7, using: &random), to: 200, by: 7) {
                let pooled = text.withUnsafeBufferPointer { pool.matches(index, $0) }
                #expect(pooled == regexes[index].matches(text))
                #expect(pool.bytesHeld <= 320 << 10)
            }
        }
        #expect(pool.drops > 0)
        #expect(pool.count == 200 && pool[3]?.pattern == regexes[3].pattern)
    }

    @Test func `the table of folded pairs misses no scalar`() {
        let table = Dictionary(uniqueKeysWithValues: FoldedPairs.all.map { ($0.scalar, $0.folded) })
        var intoASCII: [UInt32] = []
        for value: UInt32 in 0x80...0x10_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let folded = CaseFolding.fold(scalar)
            if folded.isASCII { intoASCII.append(value) }
            let known = table[value] ?? value
            if known != folded.value { Issue.record("U+\(String(value, radix: 16)) is missing") }
            if folded != scalar, CaseFolding.fold(folded) != folded {
                Issue.record("folding U+\(String(value, radix: 16)) twice goes further")
            }
        }
        #expect(intoASCII == [0x212A])
    }

    @Test func `sets of scalars behave like sets`() {
        var random = SplitMix64(seed: 9)
        for _ in 0..<500 {
            let ranges = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                let low = UInt32.random(in: 0...60, using: &random)
                return low...low + UInt32.random(in: 0...9, using: &random)
            }
            let set = ScalarSet(ranges)
            let inverted = set.inverted
            for value: UInt32 in Array(0...80) + [ScalarSet.invalid] {
                #expect(set.contains(value) == ranges.contains { $0.contains(value) })
                #expect(inverted.contains(value) != set.contains(value))
            }
            #expect(inverted.inverted == set)
        }
    }
}
