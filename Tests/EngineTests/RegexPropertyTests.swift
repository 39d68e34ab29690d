import Engine
import Sigma
import TestKit
import Testing

@Suite struct `Regular expression properties` {
    private struct Trial {
        var oracle: RegexOracle
        var flags: RegexOracle.Flags
        var regex: LinearRegex

        init(_ random: inout SplitMix64) throws {
            oracle = .random(depth: 3, &random)
            flags = RegexOracle.Flags(
                ignoreCase: .random(using: &random), multiline: .random(using: &random),
                dotAll: .random(using: &random))
            regex = try LinearRegex(
                RegexPattern(
                    pattern: oracle.pattern, ignoreCase: flags.ignoreCase,
                    multiline: flags.multiline, dotAll: flags.dotAll))
        }

        /// Half of the texts are made to match, with something around; the rest are noise.
        func text(_ random: inout SplitMix64) -> RegexOracle.Text {
            var text = RegexOracle.Text()
            let noise = { (text: inout RegexOracle.Text, random: inout SplitMix64) in
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    if Int.random(in: 0..<12, using: &random) == 0 {
                        text.appendInvalid()
                    } else {
                        text.append(RegexOracle.letters.randomElement(using: &random) ?? "a")
                    }
                }
            }
            noise(&text, &random)
            if Bool.random(using: &random) { oracle.sample(flags, into: &text, &random) }
            noise(&text, &random)
            return text
        }
    }

    @Test func `agrees with plain backtracking on random expressions and texts`() throws {
        var random = SplitMix64(seed: 2026)
        var judged = 0
        var found = 0
        var gaveUp = 0
        for _ in 0..<4000 {
            let trial = try Trial(&random)
            var matcher = RegexMatcher(trial.regex)
            // So small a table is emptied all the time.
            var cramped = RegexMatcher(trial.regex, bytesMax: 1)
            for _ in 0..<5 {
                let text = trial.text(&random)
                let context = "/\(trial.oracle.pattern)/ \(trial.flags) on \(text.bytes)"
                let answer = trial.oracle.search(text, trial.flags)
                if answer == .gaveUp {
                    gaveUp += 1
                    continue
                }
                judged += 1
                let expected = answer != .nothing
                let answer1 = matcher.matches(text.bytes)
                #expect(answer1 == expected, "\(context)")
                let answer2 = cramped.matches(text.bytes)
                #expect(answer2 == expected, "cramped \(context)")
                let range = trial.regex.firstMatch(in: text.bytes)
                #expect((range != nil) == expected, "\(context)")
                guard let range, case .found(let first) = answer else { continue }
                found += 1
                #expect(range.lowerBound == text.offsets[first.lowerBound], "\(context)")
                if trial.oracle.hasNullableLoop {
                    let end = try #require(text.offsets.firstIndex(of: range.upperBound))
                    let exact = trial.oracle.search(
                        text, trial.flags, from: first.lowerBound, endingAt: end)
                    #expect(exact != .nothing, "\(context)")
                } else {
                    #expect(range.upperBound == text.offsets[first.upperBound], "\(context)")
                }
            }
        }
        #expect(judged > 18_000 && found > 8000 && gaveUp < judged / 20)
    }

    @Test func `a matching text, folded, always holds a required literal`() throws {
        var random = SplitMix64(seed: 77)
        var checked = 0
        for _ in 0..<6000 {
            let trial = try Trial(&random)
            guard let literals = trial.regex.requiredLiterals else { continue }
            #expect(!literals.isEmpty && literals.count <= 64)
            for literal in literals {
                #expect(literal.count >= 2)
                #expect(CaseFolding.fold(literal) == literal, "/\(trial.oracle.pattern)/")
            }
            for _ in 0..<6 {
                let text = trial.text(&random)
                guard trial.regex.matches(text.bytes) else { continue }
                checked += 1
                let folded = CaseFolding.fold(text.bytes)
                #expect(
                    literals.contains { holds(folded, $0) },
                    "/\(trial.oracle.pattern)/ \(trial.flags) on \(text.bytes): \(literals)")
            }
        }
        #expect(checked > 1500)
    }

    @Test(
        arguments: [
            ("abc", "", ["abc"]), ("ABC", "", ["abc"]), ("a", "", nil), ("a|bc", "", nil),
            ("foo|barx", "", ["foo", "barx"]), ("(?i)\\.exe[\"']?\\s+x", "", [".exe"]),
            ("a{3}", "", ["aaa"]), ("(ab){2,}", "", ["abab"]), ("x*abc?d*", "", ["ab"]),
            ("foo.*barbaz", "", ["barbaz"]), ("https?://", "", ["http://", "https://"]),
            ("[Pp]rogram[Dd]ata", "", ["programdata"]), ("[^a]bc", "", ["bc"]), ("\\w+", "", nil),
            ("\u{212A}elvin", "", ["kelvin"]), ("ÄÖ", "i", ["äö"]), ("a.b", "", nil),
            ("(foo|)bar", "", ["bar"]), ("(?:foo)?", "", nil), ("^ab\\b$", "", ["ab"]),
            ("foobar|foo", "", ["foo"]),
        ] as [(String, String, [String]?)])
    func `chooses good literals`(pattern: String, flags: String, literals: [String]?) throws {
        let regex = try LinearRegex(
            RegexPattern(pattern: pattern, ignoreCase: flags.contains("i")))
        #expect(
            regex.requiredLiterals.map { Set($0) }
                == literals.map { Set($0.map { Array($0.utf8) }) })
    }

    private func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains {
            text[$0..<$0 + part.count].elementsEqual(part)
        }
    }
}
