package import Sigma

/// Makes rules and events that meet often: few fields, few letters, every kind of test.
///
/// The same seed gives the same rules and events on any machine.
package struct RuleGenerator {
    package static let fieldNames = ["A", "B", "C", "Image", "a.b"]

    private var random: SplitMix64
    private let alphabet: [String] = [
        "a", "b", "A", "B", "ab", "ä", "Ä", "К", "к", "K", "İ", "ß", "日", "-", "/", "\\", "*", "?",
        "0", "1", " ", ".", "exe", "cmd.exe",
    ]
    private let numbers = [
        "0", "1", "-1", "10", "16", "0x10", "0xZ", "1.5", "1e1", "1e999", "4688", "0x1250",
        "18446744073709551616", "007", "+1", "1.", ".5", "-0",
    ]
    private let addresses = [
        "10.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::1",
        "256.0.0.1", "10.0.0", "2001:db8::5", "1:2:3:4:5:6:7:8",
    ]
    private let blocks = [
        "10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "fe80::/10", "::1/128", "::/0", "2001:db8::/33",
        "192.168.0.0/23",
    ]
    private let times = [
        "2024-02-29T23:59:01Z", "2021-01-03 00:00:00.000", "2020-12-31",
        "2024-12-30T12:30:00+02:00",
        "2023-02-30T01:02:03Z", "2024-13-01T00:00:00Z", "1700000000", "2024-02-29T24:00:00Z",
    ]

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    // MARK: rules

    package mutating func rule(number: Int = 0) -> Rule {
        let digits = String(number)
        let id =
            "00000000-0000-4000-8000-"
            + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return Rule(
            metadata: RuleMetadata(
                id: id, title: "generated \(number)", level: .medium,
                source: SourceLocation(path: "generated")),
            logsource: Logsource(product: "test"), condition: expression(depth: 3))
    }

    package mutating func expression(depth: Int) -> Expression {
        guard depth > 0, chance(70) else { return .test(predicate()) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: return .all(parts(depth))
        case 2, 3: return .any(parts(depth))
        default: return .not(expression(depth: depth - 1))
        }
    }

    private mutating func parts(_ depth: Int) -> [Expression] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in expression(depth: depth - 1) }
    }

    private mutating func predicate() -> Predicate {
        if chance(15) {
            let test: Test =
                chance(20) ? .regex(regex()) : .text(textPattern(keyword: chance(85)))
            return Predicate(field: nil, test: test, selection: "keywords")
        }
        return Predicate(field: pick(Self.fieldNames), test: test(), selection: "selection")
    }

    private mutating func test() -> Test {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: return .text(textPattern(keyword: false))
        case 9, 10: return .regex(regex())
        case 11, 12:
            guard case .success(let block) = CIDRBlock.parse(pick(blocks)) else { return .isNull }
            return .cidr(block)
        case 13, 14: return .compare(comparison(), pick([0, 1, -1, 1.5, 10, 16, 4688, 0.5]))
        case 15: return .isNull
        case 16: return .exists(chance(50))
        case 17, 18:
            return .fieldReference(
                FieldReference(
                    field: pick(Self.fieldNames),
                    kind: pick([.equals, .startsWith, .endsWith, .contains]), cased: chance(30),
                    negated: chance(20)))
        default:
            let part: TimePart = pick([.minute, .hour, .day, .week, .month, .year])
            let value = pick([0, 1, 2, 3, 9, 12, 23, 29, 30, 53, 59, 2020, 2021, 2024])
            return .timePart(part, comparison(), value)
        }
    }

    private mutating func comparison() -> Comparison {
        pick([.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
    }

    private mutating func textPattern(keyword: Bool) -> TextPattern {
        let cased = chance(20)
        var pieces: [TextPattern.Piece] = []
        func add(_ piece: TextPattern.Piece) {
            if case .literal(let bytes) = piece {
                if bytes.isEmpty { return }
                if case .literal(let before)? = pieces.last {
                    pieces[pieces.count - 1] = .literal(before + bytes)
                    return
                }
            }
            if piece == .anyRun, pieces.last == .anyRun { return }
            pieces.append(piece)
        }
        if keyword { add(.anyRun) }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: add(.anyRun)
            case 1: add(.anyOne)
            case 2 where chance(20): add(.literal([pick([0x80, 0xC3, 0xFF, 0x00])]))
            default:
                let bytes = Array(text().utf8)
                add(.literal(cased ? bytes : CaseFolding.fold(bytes)))
            }
        }
        if keyword { add(.anyRun) }
        return TextPattern(pieces: pieces, cased: cased)
    }

    private mutating func regex() -> RegexPattern {
        let atoms = [
            "a", "b", "A", "[ab]", "[^a]", ".", "(?:a|b)", "(ab)", "\\.", "1", "ä", "\\\\",
        ]
        let marks = ["", "", "", "*", "+", "?", "{1,2}"]
        var pattern = chance(25) ? "^" : ""
        for _ in 0..<Int.random(in: 1...4, using: &random) { pattern += pick(atoms) + pick(marks) }
        if chance(20) { pattern += "|" + pick(atoms) + pick(atoms) }
        if chance(25) { pattern += "$" }
        return RegexPattern(pattern: pattern, ignoreCase: chance(40))
    }

    // MARK: events

    package mutating func event() -> PlainEvent {
        var fields: [PlainEvent.Field] = []
        for name in Self.fieldNames where chance(65) {
            for _ in 0..<(chance(80) ? 1 : Int.random(in: 2...3, using: &random)) {
                fields.append(PlainEvent.Field(name: name, value: value()))
            }
        }
        if chance(10) { fields.append(PlainEvent.Field(name: "other", value: value())) }
        fields.shuffle(using: &random)
        return PlainEvent(fields: fields, rawLine: chance(30) ? Array(text().utf8) : nil)
    }

    private mutating func value() -> [UInt8]? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0, 1: return nil
        case 2: return []
        case 3, 4: return Array(pick(numbers).utf8)
        case 5, 6: return Array(pick(addresses).utf8)
        case 7: return Array(pick(times).utf8)
        case 8:
            var bytes = Array(text().utf8)
            bytes.insert(
                pick([0x80, 0xC3, 0xFF, 0xED, 0xF0, 0x00]),
                at: Int.random(in: 0...bytes.count, using: &random))
            return bytes
        default: return Array(text().utf8)
        }
    }

    private mutating func text() -> String {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in pick(alphabet) }.joined()
    }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }
}
