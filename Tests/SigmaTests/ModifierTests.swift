import Sigma
import TestKit
import Testing

@Suite struct `Sigma modifiers` {
    /// (`modifiers: value`, event value, matches).
    static let known: [(String, String?, Bool)] = [
        ("contains: mid", "a MID z", true), ("contains: mid", "m-i-d", false),
        ("contains: 'a*c'", "xabcx", true), ("contains: ''", "", true),
        ("contains: 4688", "x4688y", true), ("contains: true", "is TRUE", true),
        ("startswith: ab", "ABc", true), ("startswith: ab", "cab", false),
        ("endswith: '\\cmd.exe'", "C:\\CMD.exe", true), ("endswith: '\\cmd.exe'", "cmd.exe", false),
        ("contains|all: [a, b]", "b-a", true), ("contains|all: [a, b]", "b", false),
        ("all|contains: [a, b]", "b-a", true), ("startswith|endswith: ab", "xaby", true),
        ("cased: Ab", "Ab", true), ("cased: Ab", "ab", false),
        ("cased|contains: Ab", "xAbx", true), ("contains|cased: Ab", "xabx", false),
        ("neq: a", "b", true), ("neq: a", "A", false), ("neq: a", nil, true),
        ("neq: [a, b]", "b", false), ("neq: [a, b]", "c", true), ("neq: 5", "6", true),
        ("neq: 5", "5", false), ("contains|neq: a", "xax", false),
        ("exists: yes", "x", true), ("exists: Off", "x", false), ("exists: true", "x", true),
        ("exists: true", nil, true), ("exists: false", "x", false),
        ("re: 'a.c$'", "xabc", true), ("re: 'a.c$'", "ABC", false), ("re|i: 'A.c'", "abC", true),
        ("re: '^\\d+$'", "123", true), ("re: '\\.exe'", "a.exe", true),
        ("re: '\\.exe'", "aXexe", false), ("re|s: 'a.b'", "a\nb", true),
        ("re: 'a.b'", "a\nb", false), ("re|m: '^b$'", "a\nb\nc", true),
        ("re: '^b$'", "a\nb\nc", false), ("re|i|m|s: '^B.C'", "a\nb\nc", true),
        ("re|ignorecase: B", "b", true), ("re|contains: 'b'", "abc", true),
        ("re|startswith: 'b|a'", "abc", true), ("re|startswith: 'b|c'", "abc", false),
        ("re|endswith: 'b|c'", "abc", true), ("re: 5", "15", true),
        ("lt: 5", "4.9", true), ("lt: 5", "5", false), ("lte: 5", "5", true), ("gt: -1", "0", true),
        ("gt: 15", "0x10", true), ("gte: 1.5", "1.5", true), ("gt: 1", "abc", false),
        ("gt: 1", "", false), ("gt: 1", nil, false), ("lt: [1, 10]", "5", true),
        ("gt: 1", "1e999", false), ("gt: 1", "18446744073709551616", true),
        ("cidr: 10.0.0.0/8", "10.255.0.1", true), ("cidr: 10.0.0.0/8", "11.0.0.1", false),
        ("cidr: 10.0.0.0/8", "::ffff:10.0.0.1", true), ("cidr: 10.0.0.0/8", "x10.0.0.1", false),
        ("cidr: 10.0.0.7", "10.0.0.7", true), ("cidr: 'fe80::/10'", "FE80::1%eth0", true),
        ("cidr: 'fe80::/10'", "fec0::1", false), ("cidr: '::1/128'", "0:0:0:0:0:0:0:1", true),
        ("cidr: ['10.0.0.0/8', 'fc00::/7']", "fd00::5", true),
        ("cidr|neq: 10.0.0.0/8", "1.2.3.4", true),
        ("hour: 3", "2024-05-06T03:59:00Z", true), ("hour: 3", "2024-05-06 04:00:00", false),
        ("minute|gte: 30", "2024-05-06T03:59:00Z", true), ("day: 6", "2024-05-06", true),
        ("month|lt: 5", "2024-05-06", false), ("year: 2024", "2024-05-06", true),
        ("week: 1", "2024-12-30T00:00:00Z", true), ("week: 53", "2021-01-03", true),
        ("hour: 3", "2024-05-06", false), ("hour: 3", "03:00", false), ("hour|neq: 3", "x", true),
        ("fieldref: Other", "SAME", true), ("fieldref: Nowhere", "same", false),
        ("fieldref|cased: Other", "SAME", false), ("fieldref|startswith: Other", "same-and", true),
        ("fieldref|endswith: Other", "the-same", true),
        ("fieldref|contains: Other", "a same b", true),
        ("fieldref|contains: Other", "sam", false), ("fieldref|neq: Other", "same", false),
        ("fieldref|neq: Other", "other", true),
        ("fieldref|startswith|endswith: Other", "asameb", true),
        ("windash|contains: ' -f '", "x /f y", true),
        ("windash|contains: ' -f '", "x \u{2013}f y", true),
        ("contains|windash: ' -f '", "x \u{2014}f y", true),
        ("contains|windash: ' /f '", "x \u{2015}f y", true),
        ("contains|windash: ' -f '", "x +f y", false),
        ("windash: '-param-name'", "/param-name", true),
        ("windash: '-param-name'", "/param/name", false),
        ("windash: 'a/b'", "a-b", false), ("contains|all|windash: ['-a', '-b']", "/b -a", true),
        ("contains|all|windash: ['-a', '-b']", "-a /a", false),
        ("windash: 'x -*-y'", "x -1/y", true),
        ("base64: 'foobar'", "Zm9vYmFy", true), ("base64: 'fooba'", "Zm9vYmE=", true),
        ("base64: 'foob'", "Zm9vYg==", true), ("base64: foob", "ZM9VYG==", true),
        ("base64|cased: foob", "ZM9VYG==", false), ("cased|base64: foob", "Zm9vYg==", true),
        ("wide|base64: 'ab'", "YQBiAA==", true), ("utf16le|base64: 'ab'", "YQBiAA==", true),
        ("utf16be|base64: 'ab'", "AGEAYg==", true), ("utf16|base64: 'ab'", "//5hAGIA", true),
        ("wide|base64: 'é'", "6QA=", true), ("wide: 'ab'", "a\0B\0", true),
        ("utf16be: 'a*'", "\0axyz", true), ("base64: '\\*'", "Kg==", true),
    ]

    @Test(arguments: known)
    func `a field with modifiers`(item: String, value: String?, expected: Bool) {
        let rule = RuleText.selection("Field|\(item)")
        #expect(matches(rule, [("Field", value), ("Other", "same")]) == expected)
    }

    @Test func `exists asks for the field, not for its value`() {
        #expect(matches(RuleText.selection("F|exists: false"), [("G", "x")]) == true)
        #expect(matches(RuleText.selection("F|exists: true"), [("G", "x")]) == false)
    }

    @Test func `base64offset finds text at any place of encoded text`() {
        let rule = RuleText.selection("F|base64offset|contains: 'http://evil'")
        // printf 'http://evil', 'xhttp://evil', 'xyhttp://evil!' through a base64 program.
        for encoded in ["aHR0cDovL2V2aWw=", "eGh0dHA6Ly9ldmls", "eHlodHRwOi8vZXZpbCE="] {
            #expect(matches(rule, [("F", "-enc \(encoded)")]) == true, "\(encoded)")
        }
        #expect(matches(rule, [("F", "aHR0cDovL2dvb2Q=")]) == false)
    }

    @Test func `every encoded offset is in the encoding of the text with anything around it`() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<60 {
            let text = (0..<Int.random(in: 4...9, using: &random)).map { _ in
                ["a", "b", "ä", "Z", "7"].randomElement(using: &random)!
            }.joined()
            let rule = RuleText.selection("F|base64offset|contains|cased: '\(text)'")
            for before in 0..<4 {
                for after in 0..<3 {
                    let whole =
                        String(repeating: "x", count: before) + text
                        + String(repeating: "y", count: after)
                    let encoder = load(RuleText.selection("F|base64|cased: '\(whole)'"))
                    guard case .test(let predicate)? = encoder.rules.first?.condition,
                        case .text(let pattern) = predicate.test,
                        case .exact(let encoded) = pattern.shape
                    else {
                        Issue.record("expected an exact text")
                        return
                    }
                    let value = String(decoding: encoded, as: UTF8.self)
                    #expect(matches(rule, [("F", value)]) == true, "\(text) in \(whole)")
                }
            }
        }
    }

    @Test func `keywords take modifiers too`() {
        let regex = RuleText.selection("'|re': 'ev[i]l'")
        #expect(matches(regex, [("A", "so evil")]) == true)
        let wide = RuleText.selection("'|cased|all': [Ab, cd]")
        #expect(matches(wide, [("A", "xAb"), ("B", "cdx")]) == true)
        #expect(matches(wide, [("A", "xab"), ("B", "cdx")]) == false)
        let start = RuleText.selection("'|startswith': ab")
        #expect(matches(start, [("A", "abc")]) == true)
        #expect(matches(start, [("A", "xabc")]) == false)
    }

    static let misuses: [(String, String)] = [
        ("F|containz: a", "9:11 unknown-modifier"), ("F|contains|: a", "9:20 unknown-modifier"),
        ("F|Contains: a", "9:11 unknown-modifier"), ("'F|nope': a", "9:12 unknown-modifier"),
        ("F|contains|re: a", "9:20 modifier-misuse"), ("F|i: a", "9:11 modifier-misuse"),
        ("F|re|cased: a", "9:14 modifier-misuse"), ("F|contains: null", "9:11 modifier-misuse"),
        ("F|lt: '5'", "9:11 modifier-misuse"), ("F|gt: abc", "9:11 modifier-misuse"),
        ("F|lt|hour: 5", "9:14 modifier-misuse"), ("F|hour: 1.5", "9:11 modifier-misuse"),
        ("F|exists: 'true'", "9:11 modifier-misuse"),
        ("F|contains|exists: true", "9:20 modifier-misuse"),
        ("F|exists: 1", "9:11 modifier-misuse"), ("'|exists': true", "9:20 modifier-misuse"),
        ("'|lt': 5", "9:16 modifier-misuse"), ("F|fieldref: 'a*'", "9:11 modifier-misuse"),
        ("F|contains|fieldref: a", "9:20 modifier-misuse"),
        ("'|fieldref': a", "9:22 modifier-misuse"),
        ("F|base64: 'a*'", "9:11 modifier-misuse"),
        ("F|contains|base64: a", "9:20 modifier-misuse"),
        ("F|windash: null", "9:11 modifier-misuse"), ("F|re|windash: a", "9:14 modifier-misuse"),
        ("F|cidr: 10.0.0.1/8", "9:17 cidr"), ("F|cidr: 10.0.0.0/33", "9:17 cidr"),
        ("F|cidr: nonsense", "9:17 cidr"), ("F|cidr: '10.0.*'", "9:17 cidr"),
        ("F|cidr: 10.0.0.0/", "9:17 cidr"), ("F|cidr: 01.0.0.0/8", "9:17 cidr"),
        ("F|cidr: 'fe80::1::/10'", "9:17 cidr"), ("F|cidr: 'fe80::%eth0/10'", "9:17 cidr"),
        ("F|contains|cidr: 10.0.0.0/8", "9:20 modifier-misuse"),
        ("F|expand: '%none%'", "9:19 placeholder-without-values"),
        ("F|windash: '-a -b -c -d -e'", "9:11 limit"),
    ]

    @Test(arguments: misuses)
    func `misuse is refused where it stands`(item: String, expected: String) {
        let collection = load(RuleText.selection(item))
        #expect(collection.rules.isEmpty)
        #expect(refusals(collection) == [expected], "\(collection.problems.map(\.message))")
    }

    @Test func `all modifiers of the specification are known`() {
        // The names that appear as code in the modifiers appendix 2.1.
        let names =
            "all startswith endswith contains exists cased neq windash re base64 base64offset "
            + "utf16le utf16be utf16 wide lt lte gt gte minute hour day week month year cidr "
            + "expand fieldref i m s"
        for name in names.split(separator: " ") {
            let collection = load(RuleText.selection("F|\(name): a"))
            #expect(!collection.problems.contains { $0.reason == .unknownModifier }, "\(name)")
        }
    }

    @Test func `a regular expression that cannot be run is refused with its reason`() {
        let options = RuleLoader.Options(validateRegex: { pattern in
            pattern.pattern.contains("(?=") ? "look-ahead is not linear" : nil
        })
        let collection = load(
            RuleText.selection("F|re:\n    - 'ok'\n    - 'a(?=b)'"), options: options)
        #expect(refusals(collection) == ["11:15 regex"])
        #expect(collection.problems.first?.message == "look-ahead is not linear")
    }
}

@Suite struct `Placeholders` {
    static let options = RuleLoader.Options(placeholders: [
        "servers": ["srv*", "db?"], "one": ["a.b"], "empty": [],
    ])

    @Test func `each value of the site takes the placeholder's place`() {
        let rule = RuleText.selection(#"F|expand: 'x\%servers%'"#.replacing("\\%", with: "%"))
        #expect(matches(rule, [("F", "xSRV01")], options: Self.options) == true)
        #expect(matches(rule, [("F", "xdb7")], options: Self.options) == true)
        #expect(matches(rule, [("F", "x%servers%")], options: Self.options) == false)
    }

    @Test func `an escaped percent sign is plain`() {
        let rule = RuleText.selection(#"F|expand: '\%plain%one%'"#)
        #expect(matches(rule, [("F", "%plaina.b")], options: Self.options) == true)
        let path = RuleText.selection(#"F|contains|expand: 'C:\\%one%'"#)
        #expect(matches(path, [("F", #"C:\a.b\x"#)], options: Self.options) == true)
    }

    @Test func `without the modifier percent signs are plain`() {
        let rule = RuleText.selection("F: '%one%'")
        #expect(matches(rule, [("F", "%ONE%")], options: Self.options) == true)
    }

    @Test func `in a regular expression the site's text matches as it stands`() {
        let rule = RuleText.selection("F|re|expand: '^%one%$'")
        #expect(matches(rule, [("F", "a.b")], options: Self.options) == true)
        #expect(matches(rule, [("F", "axb")], options: Self.options) == false)
    }

    @Test func `a placeholder without values refuses the rule`() {
        for value in ["%empty%", "%other%", "a%one%%other%"] {
            let collection = load(RuleText.selection("F|expand: '\(value)'"), options: Self.options)
            #expect(refusals(collection) == ["9:19 placeholder-without-values"], "\(value)")
        }
    }

    @Test func `lone percent signs and names with blanks are plain`() {
        for text in ["100% of %%", "%% 100%", "%a b%"] {
            let rule = RuleText.selection("F|expand: '\(text)'")
            #expect(matches(rule, [("F", text)], options: Self.options) == true, "\(text)")
        }
    }

    @Test func `what a site's values may become is bounded`() {
        let many = RuleLoader.Options(placeholders: ["n": (0..<40).map(String.init)])
        let collection = load(RuleText.selection("F|expand: '%n%%n%'"), options: many)
        #expect(refusals(collection) == ["9:19 limit"])
    }
}
