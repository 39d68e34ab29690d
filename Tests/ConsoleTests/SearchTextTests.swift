import Store
import TestKit
import Testing

@testable import Console

@Suite struct `The words of a search` {
    @Test(arguments: [
        ("", EventFilter.everything), ("  ", .everything), ("failed", .text("failed")),
        ("failed login", .all([.text("failed"), .text("login")])),
        (#""failed ""bad"" login""#, .text(#"failed "bad" login"#)),
        ("host:ws-01", .field("host", .equals, "ws-01")),
        (#"user:"maria k""#, .field("user", .equals, "maria k")),
        (#"Image:*\cmd.exe"#, .field("Image", .endsWith, #"\cmd.exe"#)),
        ("ip:10.0.*", .field("ip", .startsWith, "10.0.")),
        ("ip:*0.1*", .field("ip", .contains, "0.1")), ("ip:*", .exists("ip")),
        ("ip:**", .exists("ip")), (#"ip:"*""#, .field("ip", .equals, "*")),
        ("bytes:>1000", .field("bytes", .greater, "1000")),
        ("bytes:<=-1.5", .field("bytes", .lessOrEqual, "-1.5")),
        ("url:http://a/b:c", .field("url", .equals, "http://a/b:c")),
        ("a OR b c", .any([.text("a"), .all([.text("b"), .text("c")])])),
        ("(a OR b) -c", .all([.any([.text("a"), .text("b")]), .not(.text("c"))])),
        ("NOT (host:a)", .not(.field("host", .equals, "a"))),
        ("a AND b", .all([.text("a"), .text("b")])), ("ORACLE", .text("ORACLE")),
    ])
    func `mean this`(words: String, filter: EventFilter) throws {
        #expect(try SearchText.filter(words) == filter)
    }

    @Test(arguments: [
        ("\"a", SearchText.Mistake.Reason.openQuote, 1), ("(a", .openParenthesis, 1),
        ("a)", .strayParenthesis, 2), ("a OR", .missingTerm, 5), ("- a", .missingTerm, 2),
        ("host:", .missingValue, 6), ("host: a", .missingValue, 6), ("n:>x", .notANumber, 4),
        (":a", .missingTerm, 1), ("()", .missingTerm, 2), ("a OR OR b", .missingTerm, 5),
        (String(repeating: "(", count: 9) + "a", .tooDeep, 9),
        (String(repeating: "a ", count: 65), .tooMany, 129),
        (String(repeating: "a", count: 4097), .tooLong, 1),
    ])
    func `are refused with their place`(
        words: String, reason: SearchText.Mistake.Reason, column: Int
    ) {
        let found = #expect(throws: SearchText.Mistake.self) {
            _ = try SearchText.filter(words)
        }
        #expect(found?.reason == reason)
        #expect(found?.column == column)
    }

    @Test func `as a term ask for exactly the value they were made of`() throws {
        var random = SplitMix64(seed: 3)
        let letters: [Character] = [
            "a", "\"", "*", ":", "(", ")", "\\", " ", "-", ">", "é", "<", "\u{202E}", "O", "R",
        ]
        for _ in 0..<2_000 {
            let value = String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    letters[Int.random(in: 0..<letters.count, using: &random)]
                })
            let term = SearchText.term("field name", value)
            #expect(
                try SearchText.filter("x \(term) y")
                    == .all([.text("x"), .field("field name", .equals, value), .text("y")]),
                "\(term.debugDescription)")
        }
    }
}
