import Engine
import Sigma
import TestKit
import Testing

/// One expression, its flags (`i`, `m`, `s`), what it finds and what it does not.
private struct Vector: Sendable, CustomTestStringConvertible {
    var pattern: String
    var flags = ""
    var matches: [String] = []
    var misses: [String] = []
    var testDescription: String { "/\(pattern)/\(flags)" }

    init(_ pattern: String, _ flags: String = "", yes: [String] = [], no: [String] = []) {
        self.pattern = pattern
        self.flags = flags
        matches = yes
        misses = no
    }
}

private let vectors: [Vector] = [
    // Literals and search.
    Vector("abc", yes: ["abc", "xxabcxx"], no: ["", "ab", "aBc", "ab c"]),
    Vector("", yes: ["", "anything"]),
    Vector("a|", yes: ["", "b"]),
    Vector("clipboard]::", yes: ["[clipboard]::"], no: ["clipboard::"]),
    Vector("a}b{c", yes: ["a}b{c"]),
    Vector("^a{,3}$", yes: ["", "aaa"], no: ["aaaa", "a{,3}"]),
    Vector("a{,}", yes: ["a{,}"], no: ["aaa"]),
    Vector("a{x", yes: ["a{x"]),
    Vector("{", yes: ["{"]),
    // Escapes.
    Vector("\\x41\\x{e9}\\u0042\\u{1F600}", yes: ["AéB😀"], no: ["aéB😀"]),
    Vector("^\\x{10FFFF}$", yes: ["\u{10FFFF}"]),
    Vector("\\t\\n\\r\\f\\v\\a\\e\\0", yes: ["\t\n\r\u{0C}\u{0B}\u{07}\u{1B}\0"]),
    Vector("\\012\\cA", no: ["\n\u{01}\u{02}x", "12"].map { String($0.dropFirst()) }),
    Vector("\\0012", yes: ["\u{01}2"]),
    Vector("\\cA\\cz", yes: ["\u{01}\u{1A}"]),
    Vector("\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\\\/\\-\\_\\é", yes: [".*+?()[]{}|^$\\/-_é"]),
    Vector("\\Qa.b*\\E+", yes: ["a.b*", "a.b**"], no: ["aXbb", "a.b"]),
    Vector("\\Q(((", yes: ["((("]),
    Vector("a\\Eb", yes: ["ab"]),
    Vector(
        "\\String\\]", yes: ["[ String]".replacing("S", with: "xt"), "String]"], no: [" tring]"]),
    Vector("\\f53f", yes: ["\u{0C}53f"], no: ["f53f"]),
    // Named sets are ASCII.
    Vector("^\\d\\D$", yes: ["1a", "1é"], no: ["11", "٣a"]),
    Vector("^\\w\\W$", yes: ["_ ", "Zé", "9-"], no: ["aa", "é "]),
    Vector("^\\s\\S$", yes: [" a", "\t\u{A0}", "\u{0B}x"], no: ["  ", "\u{A0}x"]),
    Vector("^\\h\\H\\V\\N$", yes: ["\u{A0}xxx"], no: ["\nxxx", "\txx\n"]),
    Vector("^\\N{2}$", yes: ["ab"], no: ["a"]),
    Vector("^\\v$", yes: ["\u{2028}", "\r"], no: [" "]),
    // Classes.
    Vector("^[a-c]$", yes: ["a", "c"], no: ["d", "A", "-"]),
    Vector("^[^a-c]$", yes: ["d", "é", "\n", "😀"], no: ["a", "", "dd"]),
    Vector("^[]a]$", yes: ["]", "a"]),
    Vector("^[^]a]$", yes: ["b"], no: ["]", "a"]),
    Vector("^[a-]$", yes: ["a", "-"], no: ["b"]),
    Vector("^[-a]$", yes: ["a", "-"]),
    Vector("^[a-\\d]$", yes: ["a", "-", "5"], no: ["b"]),
    Vector("^[\\d-x]$", yes: ["5", "-", "x"], no: ["y"]),
    Vector("^[\\w+|\\s]$", yes: ["+", "|", " ", "q"], no: ["`"]),
    Vector("^[\\b]$", yes: ["\u{08}"], no: ["b"]),
    Vector("^[\\x41-\\x{43}\\]\\\\]$", yes: ["A", "B", "C", "]", "\\"], no: ["D"]),
    Vector("^[à-ÿ]$", yes: ["é"], no: ["É", "e"]),
    Vector("^[[:alpha:][:digit:]_]$", yes: ["a", "7", "_"], no: ["-", "é"]),
    Vector("^[[:^space:]]$", yes: ["a", "é"], no: [" "]),
    Vector("^[[:punct:]]$", yes: ["!", "`", "~"], no: ["a", " "]),
    Vector("^[[:upper:]]$", "i", yes: ["a", "A"], no: ["1"]),
    Vector("^[[a:]$", yes: ["[", "a", ":"]),
    Vector("^[[:a]$", yes: ["[", ":", "a"]),
    Vector("^[^\\W\\d]$", yes: ["a", "_"], no: ["1", " "]),
    Vector("^[\\Wa]$", yes: ["a", " ", "é"], no: ["b"]),
    Vector("[^\\W\\w]", no: ["", "a", "é", "\n"]),
    Vector("^[.*+(|]$", yes: [".", "*", "+", "(", "|"], no: ["a"]),
    // The dot.
    Vector("^.$", yes: ["a", "é", "😀", "\r"], no: ["", "ab", "\n"]),
    Vector("^.$", "s", yes: ["\n", "a"]),
    Vector("^...$", yes: ["日本語"], no: ["日本"]),
    Vector("(?s:a.b)c.d", yes: ["a\nbcxd"], no: ["a\nbc\nd"]),
    // Anchors.
    Vector("^abc$", yes: ["abc", "abc\n"], no: ["abc\n\n", "xabc", "a\nabc", "abcx"]),
    Vector("^abc$", "m", yes: ["abc", "x\nabc\ny", "abc\n\n"], no: ["xabc", "abcx"]),
    Vector("\\Aabc\\z", "m", yes: ["abc"], no: ["abc\n", "x\nabc"]),
    Vector("abc\\Z", "m", yes: ["abc", "abc\n"], no: ["abc\nx"]),
    Vector("(?m)^b$", yes: ["a\nb\nc"]),
    Vector("(?m:^)b$", yes: ["a\nb"], no: ["a\nb\nc"]),
    Vector("a$b", no: ["ab", "a\nb"]),
    Vector("a$\\nb", "m", yes: ["a\nb"]),
    Vector("a$\\n", yes: ["a\n"], no: ["a\nb"]),
    Vector("(^a|b)$", yes: ["a", "xb"], no: ["xa"]),
    Vector("$^", yes: [""], no: ["a", "\n\n"]),
    Vector("(^[a-z]{4}$)|(^[a-z]{8}$)", yes: ["abcd", "abcdabcd"], no: ["abcde", "abc"]),
    // Word boundaries.
    Vector("\\bfoo\\b", yes: ["foo", "a foo.", "foo\n"], no: ["foob", "afoo", "foo_"]),
    Vector("\\Boo\\B", yes: ["foob"], no: ["oo", "foo", "oob"]),
    Vector("é\\b", yes: ["éa"], no: ["é", "é "]),
    Vector("\\b", yes: ["a", " a"], no: ["", "  ", "é"]),
    Vector("\\B", yes: ["", "  ", "ab"], no: ["a"]),
    Vector("\\b^a", yes: ["a"], no: ["ba"]),
    Vector("(?:\\b|x)*y", yes: ["y", "xy", "ay"]),
    // Groups and flags.
    Vector("(a)(?:b)(?<n>c)(?P<m>d)(?'q'e)", yes: ["abcde"]),
    Vector("(?i)abc", yes: ["ABC", "aBc"]),
    Vector("a(?i)b|c", yes: ["aB", "C"], no: ["AB"]),
    Vector("(a(?i)b)c", yes: ["aBc"], no: ["abC"]),
    Vector("(?i:a)b", yes: ["Ab"], no: ["AB"]),
    Vector("(?i)a(?-i)b", yes: ["Ab"], no: ["AB"]),
    Vector("(?i-s:a.)", "s", yes: ["Ab"], no: ["A\n"]),
    Vector("(?^:a)b", "i", yes: ["aB"], no: ["AB"]),
    Vector("a(?#a comment)b", yes: ["ab"]),
    Vector("(?x) a b # c\n c [ ] \\ d", yes: ["abc  d"], no: ["abcd"]),
    Vector("(?x)a + b", yes: ["aab"]),
    Vector("()", yes: [""]),
    // Ignoring case.
    Vector("straße К", "i", yes: ["STRAßE к"], no: ["STRASSE К"]),
    Vector("k", "i", yes: ["k", "K", "\u{212A}"]),
    Vector("\u{212A}", "i", yes: ["k", "K", "\u{212A}"]),
    Vector("\u{212A}", yes: ["\u{212A}"], no: ["k", "K"]),
    Vector("[^k]", "i", no: ["k", "K", "\u{212A}"]),
    Vector("^[j-l]$", "i", yes: ["K", "\u{212A}"], no: ["M"]),
    Vector("s", "i", yes: ["S"], no: ["ſ"]),
    Vector("^[à-ö]$", "i", yes: ["É"], no: ["×"]),
    Vector("İ", "i", yes: ["İ"], no: ["i"]),
    Vector("Å", "i", yes: ["å", "\u{212B}"]),
    // Repetition.
    Vector("^ab*c$", yes: ["ac", "abbbc"], no: ["abb"]),
    Vector("^ab+c$", yes: ["abc"], no: ["ac"]),
    Vector("^ab?c$", yes: ["ac", "abc"], no: ["abbc"]),
    Vector("^a{3}$", yes: ["aaa"], no: ["aa", "aaaa"]),
    Vector("^a{2,}$", yes: ["aa", "aaaaa"], no: ["a"]),
    Vector("^a{0,2}$", yes: ["", "aa"], no: ["aaa"]),
    Vector("^(?:ab){1,2}?c$", yes: ["abc", "ababc"], no: ["c", "abababc"]),
    Vector("^a{0}b$", yes: ["b"], no: ["ab"]),
    Vector("^(a|b*)*c$", yes: ["c", "abbac"]),
    Vector("^(a*)+$", yes: ["", "aaa"], no: ["b"]),
    Vector("^(?:)*a$", yes: ["a"]),
    Vector("^(\\b){9}a", yes: ["a"]),
    Vector("^^*a", yes: ["a"], no: ["ba"]),
    Vector("(\\{\\d\\}){2,}\"\\s*-f", yes: ["\"{0}{1}\" -f"], no: ["\"{0}\"-f"]),
    Vector(
        "https?://(?:(?:25[0-5]|(?:2[0-4]|1\\d|[1-9])?\\d)(?:\\.|\\b)){4}",
        yes: ["http://10.0.0.255/x"], no: ["http://10.0.0/x", "http://256.1.1.x"]),
]

@Suite struct `Regular expression vectors` {
    @Test(arguments: vectors)
    fileprivate func `finds what it says and nothing else`(vector: Vector) throws {
        let regex = try LinearRegex(
            RegexPattern(
                pattern: vector.pattern, ignoreCase: vector.flags.contains("i"),
                multiline: vector.flags.contains("m"), dotAll: vector.flags.contains("s")))
        var matcher = RegexMatcher(regex)
        for text in vector.matches {
            let answer1 = matcher.matches(text.utf8)
            #expect(answer1, "in \(text.debugDescription)")
            #expect(regex.firstMatch(in: Array(text.utf8)) != nil, "in \(text.debugDescription)")
        }
        for text in vector.misses {
            let answer2 = matcher.matches(text.utf8)
            #expect(!answer2, "in \(text.debugDescription)")
            #expect(regex.firstMatch(in: Array(text.utf8)) == nil, "in \(text.debugDescription)")
        }
        #expect(vector.matches.count + vector.misses.count > 0)
    }

    @Test(arguments: [
        ("b+", "aabbbc", 2..<5), ("b+?", "aabbbc", 2..<3), ("a|ab", "xab", 1..<2),
        ("ab|a", "xab", 1..<3), ("^", "abc", 0..<0), ("$", "abc", 3..<3), ("é", "aéb", 1..<3),
        ("(?m)^b$", "a\nb\nc", 2..<3), (".*foo", "x foo foo y", 0..<9),
        (".*?foo", "x foo foo y", 0..<5), ("a{2,3}", "aaaa", 0..<3), ("a{2,3}?", "aaaa", 0..<2),
    ])
    func `says where the first match stands`(pattern: String, text: String, range: Range<Int>)
        throws
    {
        let regex = try LinearRegex(RegexPattern(pattern: pattern))
        #expect(regex.firstMatch(in: Array(text.utf8)) == range)
    }

    @Test func `takes broken UTF-8 one byte at a time`() throws {
        let pair = try LinearRegex(RegexPattern(pattern: "^..$"))
        #expect(pair.matches([0xFF, 0x80]))
        #expect(pair.matches([0xE2, 0x82]))
        #expect(pair.matches([0xC3, 0xA9, 0xC3]))
        #expect(!pair.matches([0xC3, 0xA9]))
        #expect(!pair.matches([0xED, 0xA0, 0x80, 0x41]))
        let sets = try LinearRegex(RegexPattern(pattern: "^[^a]\\W\\D\\S$"))
        #expect(sets.matches([0xFF, 0xFE, 0x80, 0xC3]))
        let bounded = try LinearRegex(RegexPattern(pattern: "^[\\x{80}-\\x{10FFFF}]$"))
        #expect(!bounded.matches([0xFF]))
        #expect(bounded.matches([0xC2, 0x80]))
    }

    @Test func `gives the same answer to the same text after other texts`() throws {
        let regex = try LinearRegex(RegexPattern(pattern: "\\b[a-c]{2,4}\\d?$"))
        var matcher = RegexMatcher(regex)
        let texts = ["abc", "abc1", "abcabc", "x abc", "", "ab\n", "é", "abc12"]
        let first = texts.map { matcher.matches($0.utf8) }
        for (text, answer) in zip(texts, first).reversed() {
            let answer3 = matcher.matches(text.utf8)
            #expect(answer3 == answer)
        }
        #expect(first == [true, true, false, true, false, true, false, false])
    }
}
