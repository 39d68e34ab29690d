import Engine
import Sigma
import TestKit
import Testing

private typealias Reason = RegexFailure.Reason

private let refused: [(String, Reason, Int)] = [
    ("a(?=b)", .lookAround, 1), ("a(?!b)", .lookAround, 1), ("(?<=b)a", .lookAround, 0),
    ("(?<!b)a", .lookAround, 0), ("(a)\\1", .backReference, 3),
    ("(?<n>a)\\k<n>", .backReference, 7),
    ("(a)\\g{1}", .backReference, 3), ("(?P<n>a)(?P=n)", .backReference, 8),
    ("(a)?(?(1)b)", .conditional, 4), ("(?R)", .recursion, 0), ("(a(?1))", .recursion, 2),
    ("(?-1)", .recursion, 0), ("(?&n)", .recursion, 0), ("(?P>n)", .recursion, 0),
    ("(?>a)", .atomicGroup, 0), ("a++", .possessiveQuantifier, 2),
    ("a{2}+", .possessiveQuantifier, 4), ("(*UTF8)a", .controlVerb, 0), ("(?C1)", .callout, 0),
    ("\\p{L}", .unicodeProperty, 0), ("[\\PL]", .unicodeProperty, 1),
    ("[[.a.]]", .collatingElement, 1), ("[[=a=]]", .collatingElement, 1),
    ("\\Ga", .unsupportedEscape("\\G"), 0), ("\\R", .unsupportedEscape("\\R"), 0),
    ("[\\B]", .unsupportedEscape("\\B"), 1), ("(?U)a", .unsupportedFlag("U"), 2),
    ("\\y", .unknownEscape("\\y"), 0), ("é\\y", .unknownEscape("\\y"), 2),
    ("[\\g]", .unknownEscape("\\g"), 1), ("[[:alfa:]]", .unknownPOSIXClass, 1),
    ("a\\", .badEscape, 1), ("\\x", .badEscape, 0), ("\\x{}", .badEscape, 0),
    ("\\x{110000}", .badEscape, 0), ("\\x{D800}", .badEscape, 0), ("\\u12", .badEscape, 0),
    ("\\x{41", .badEscape, 0), ("\\c", .badEscape, 0), ("[\\8]", .badEscape, 1),
    ("(?y)", .unsupportedFlag("y"), 2), ("(?~a)", .unknownGroup, 0), ("(?<>a)", .unknownGroup, 0),
    ("(?<n", .unknownGroup, 0), ("(?P", .unknownGroup, 0), ("(", .unclosedGroup, 0),
    ("(a", .unclosedGroup, 0), ("(?", .unclosedGroup, 0), ("(?i", .unclosedGroup, 0),
    ("(?#a", .unclosedGroup, 0), ("a)", .unopenedGroup, 1), ("[", .unclosedClass, 0),
    ("[]", .unclosedClass, 0), ("a[b", .unclosedClass, 1), ("[z-a]", .rangeOutOfOrder, 4),
    ("*a", .nothingToRepeat, 0), ("a|+", .nothingToRepeat, 2),
    ("a**", .nothingToRepeat, 2), ("a{2}{3}", .nothingToRepeat, 4), ("{2}", .nothingToRepeat, 0),
    ("(?i)*", .nothingToRepeat, 4), ("a{3,2}", .countOutOfOrder, 1),
    ("a{65536}", .countTooLarge, 1), ("a{99999999999999999999}", .countTooLarge, 1),
    ("a{65535}", .programTooLarge, 0), ("((a{99}){99}){99}", .programTooLarge, 0),
]

@Suite struct `Regular expression refusals` {
    @Test(arguments: refused)
    fileprivate func `names the construct and the place`(
        pattern: String, reason: Reason, offset: Int
    ) {
        #expect(throws: RegexFailure(offset: offset, reason: reason)) {
            try LinearRegex(RegexPattern(pattern: pattern))
        }
        #expect(!reason.phrase.isEmpty)
    }

    @Test func `refuses a pattern longer than its limit, and takes one that is as long`() throws {
        let letters = String(repeating: "a", count: RegexLimits.patternBytesMax - 1)
        let longest = "^" + letters
        #expect(try LinearRegex(RegexPattern(pattern: longest)).matches(letters.utf8))
        #expect(throws: RegexFailure(offset: RegexLimits.patternBytesMax, reason: .patternTooLong))
        {
            try LinearRegex(RegexPattern(pattern: longest + "a"))
        }
    }

    @Test func `refuses groups nested beyond the limit, and takes those within it`() throws {
        func nested(_ depth: Int) -> RegexPattern {
            RegexPattern(
                pattern: String(repeating: "(", count: depth) + "a"
                    + String(repeating: ")*", count: depth))
        }
        #expect(try LinearRegex(nested(RegexLimits.nestingMax)).matches("a".utf8))
        #expect(throws: RegexFailure(offset: RegexLimits.nestingMax, reason: .nestedTooDeep)) {
            try LinearRegex(nested(RegexLimits.nestingMax + 1))
        }
    }

    @Test func `refuses a pattern that tells too many characters apart`() throws {
        func letters(_ count: UInt32) -> RegexPattern {
            var pattern = ""
            for value in 0x4E00..<0x4E00 + count {
                pattern.unicodeScalars.append(Unicode.Scalar(value) ?? "x")
            }
            return RegexPattern(pattern: pattern)
        }
        let most = UInt32(RegexLimits.characterClassesMax)
        _ = try LinearRegex(letters(most - 1))
        #expect(throws: RegexFailure(offset: 0, reason: .tooManyCharacterClasses)) {
            try LinearRegex(letters(most))
        }
    }

    @Test func `empty repetitions of repetitions cost nothing`() throws {
        let pattern =
            String(repeating: "(?:", count: 60) + "\\b" + String(repeating: "){65535}", count: 60)
        let regex = try LinearRegex(RegexPattern(pattern: pattern))
        #expect(regex.instructionCount == 2)
        #expect(regex.matches("a".utf8))
    }

    @Test func `random bytes as pattern and as text never crash`() {
        var random = SplitMix64(seed: 11)
        let pieces = Array(
            "ab()[]{}*+?|^$.\\dwsbBAzZQExu0123,:=!<>P'-#im é😀\n&\u{212A}".unicodeScalars)
        var compiled = 0
        for _ in 0..<20_000 {
            var pattern = ""
            for _ in 0..<Int.random(in: 0..<14, using: &random) {
                pattern.unicodeScalars.append(pieces.randomElement(using: &random) ?? "a")
            }
            let wanted = RegexPattern(
                pattern: pattern, ignoreCase: .random(using: &random),
                multiline: .random(using: &random), dotAll: .random(using: &random))
            do {
                let regex = try LinearRegex(wanted)
                compiled += 1
                var matcher = RegexMatcher(regex)
                for _ in 0..<3 {
                    let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    let answer1 = matcher.matches(text)
                    #expect(answer1 == (regex.firstMatch(in: text) != nil))
                }
            } catch {
                #expect(error.offset >= 0 && error.offset <= pattern.utf8.count)
            }
        }
        #expect(compiled > 2000)
    }
}
