extension PackedWriter {
    package mutating func add(_ expression: Expression, depth: Int = 0) {
        guard depth < PackedReader.depthMax else { return refuse() }
        switch expression {
        case .all(let parts): add(parts, tag: 0, depth)
        case .any(let parts): add(parts, tag: 1, depth)
        case .not(let part):
            add(byte: 2)
            add(part, depth: depth + 1)
        case .test(let predicate):
            add(byte: 3)
            add(predicate.field)
            add(predicate.selection)
            add(predicate.test)
        }
    }

    private mutating func add(_ parts: [Expression], tag: UInt8, _ depth: Int) {
        add(byte: tag)
        add(count: parts.count)
        for part in parts { add(part, depth: depth + 1) }
    }

    private mutating func add(_ test: Test) {
        switch test {
        case .text(let pattern):
            add(byte: 0)
            add(pattern)
        case .regex(let pattern):
            add(byte: 1)
            add(pattern)
        case .cidr(let block):
            add(byte: 2)
            add(block.high)
            add(block.low)
            add(byte: UInt8(clamping: block.prefixLength))
            add(block.text)
        case .compare(let comparison, let number):
            add(byte: 3)
            add(byte: comparison.code)
            add(number.bitPattern)
        case .isNull: add(byte: 4)
        case .exists(let wanted):
            add(byte: 5)
            add(wanted)
        case .fieldReference(let reference):
            add(byte: 6)
            add(reference.field)
            add(byte: reference.kind.code)
            add(reference.cased)
            add(reference.negated)
        case .timePart(let part, let comparison, let number):
            add(byte: 7)
            add(byte: part.code)
            add(byte: comparison.code)
            add(UInt64(bitPattern: Int64(number)))
        }
    }

    private mutating func add(_ pattern: TextPattern) {
        add(pattern.cased)
        add(count: pattern.pieces.count)
        for piece in pattern.pieces {
            switch piece {
            case .anyRun: add(byte: 0)
            case .anyOne: add(byte: 1)
            case .literal(let literal):
                add(byte: 2)
                add(bytes: literal)
            }
        }
    }

    package mutating func add(_ pattern: RegexPattern) {
        add(pattern.pattern)
        add(pattern.ignoreCase)
        add(pattern.multiline)
        add(pattern.dotAll)
    }
}

extension PackedReader {
    package mutating func expression(depth: Int = 0) throws(PackedFailure) -> Expression {
        guard depth < Self.depthMax else { throw .invalid }
        switch try byte() {
        case 0: return .all(try parts(depth))
        case 1: return .any(try parts(depth))
        case 2: return .not(try expression(depth: depth + 1))
        case 3:
            let field = try optionalText()
            let selection = try text()
            return .test(Predicate(field: field, test: try test(), selection: selection))
        default: throw .invalid
        }
    }

    private mutating func parts(_ depth: Int) throws(PackedFailure) -> [Expression] {
        let count = try count(bytesEach: 1)
        var parts: [Expression] = []
        for _ in 0..<count { parts.append(try expression(depth: depth + 1)) }
        return parts
    }

    private mutating func test() throws(PackedFailure) -> Test {
        switch try byte() {
        case 0: return .text(try textPattern())
        case 1: return .regex(try regexPattern())
        case 2:
            let high = try long()
            let low = try long()
            let length = Int(try byte())
            guard length <= 128 else { throw .invalid }
            return .cidr(CIDRBlock(high: high, low: low, prefixLength: length, text: try text()))
        case 3:
            let comparison = try comparison()
            return .compare(comparison, Double(bitPattern: try long()))
        case 4: return .isNull
        case 5: return .exists(try flag())
        case 6:
            let field = try text()
            guard let kind = FieldReference.Kind(code: try byte()) else { throw .invalid }
            let cased = try flag()
            return .fieldReference(
                FieldReference(field: field, kind: kind, cased: cased, negated: try flag()))
        case 7:
            guard let part = TimePart(code: try byte()) else { throw .invalid }
            let comparison = try comparison()
            guard let number = Int(exactly: Int64(bitPattern: try long())) else { throw .invalid }
            return .timePart(part, comparison, number)
        default: throw .invalid
        }
    }

    private mutating func textPattern() throws(PackedFailure) -> TextPattern {
        let cased = try flag()
        let count = try count(bytesEach: 1)
        var pieces: [TextPattern.Piece] = []
        for _ in 0..<count {
            switch try byte() {
            case 0: pieces.append(.anyRun)
            case 1: pieces.append(.anyOne)
            case 2: pieces.append(.literal(try run()))
            default: throw .invalid
            }
        }
        return TextPattern(pieces: pieces, cased: cased)
    }

    package mutating func regexPattern() throws(PackedFailure) -> RegexPattern {
        let pattern = try text()
        let ignoreCase = try flag()
        let multiline = try flag()
        return RegexPattern(
            pattern: pattern, ignoreCase: ignoreCase, multiline: multiline, dotAll: try flag())
    }

    package mutating func comparison() throws(PackedFailure) -> Comparison {
        guard let comparison = Comparison(code: try byte()) else { throw .invalid }
        return comparison
    }
}

// The numbers are part of the packed form: new cases go to the end.

extension Comparison {
    private static let coded: [Comparison] = [
        .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]
    init?(code: UInt8) {
        guard Int(code) < Self.coded.count else { return nil }
        self = Self.coded[Int(code)]
    }
    var code: UInt8 { UInt8(clamping: Self.coded.firstIndex(of: self) ?? 255) }
}

extension TimePart {
    private static let coded: [TimePart] = [.minute, .hour, .day, .week, .month, .year]
    init?(code: UInt8) {
        guard Int(code) < Self.coded.count else { return nil }
        self = Self.coded[Int(code)]
    }
    var code: UInt8 { UInt8(clamping: Self.coded.firstIndex(of: self) ?? 255) }
}

extension FieldReference.Kind {
    private static let coded: [FieldReference.Kind] = [.equals, .startsWith, .endsWith, .contains]
    init?(code: UInt8) {
        guard Int(code) < Self.coded.count else { return nil }
        self = Self.coded[Int(code)]
    }
    var code: UInt8 { UInt8(clamping: Self.coded.firstIndex(of: self) ?? 255) }
}
