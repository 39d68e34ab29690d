/// A value on its way through the modifiers of its field.
enum ModifiedValue {
    case text([TextPattern.Piece], cased: Bool)
    /// A plain number; text modifiers see it as it was written.
    case number(Double, written: String, canonical: String)
    case boolean(Bool, written: String)
    case null
    case regex(RegexPattern)
    case cidr(CIDRBlock)
    case compare(Comparison, Double)
    case exists(Bool)
    case fieldReference(FieldReference)
    case timePart(TimePart, Comparison, Int)

    init(_ scalar: YAMLScalar) {
        switch scalar.value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value, written: scalar.text)
        case .number(let value, let canonical):
            self = .number(value, written: scalar.text, canonical: canonical)
        case .text: self = .text(TextPattern.pieces(of: scalar.text), cased: false)
        }
    }

    var typeName: String {
        switch self {
        case .text: "text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        case .regex: "a regular expression"
        case .cidr: "an address block"
        case .compare: "a comparison"
        case .exists: "an existence test"
        case .fieldReference: "a field reference"
        case .timePart: "a part of a time"
        }
    }

    /// Bytes held, for the limit on what modifiers make.
    var byteCount: Int {
        switch self {
        case .text(let pieces, _):
            pieces.reduce(0) {
                if case .literal(let bytes) = $1 { $0 + bytes.count } else { $0 + 1 }
            }
        case .regex(let pattern): pattern.pattern.utf8.count
        default: 16
        }
    }

    /// The tests, any of which may pass. Two where a number was not written in canonical form.
    func tests(isKeyword: Bool) -> [Test] {
        switch self {
        case .text(let pieces, let cased): return [.text(Self.pattern(pieces, cased, isKeyword))]
        case .number(_, let written, let canonical):
            let forms = written == canonical ? [canonical] : [canonical, written]
            return forms.map {
                .text(Self.pattern([.literal(Array($0.utf8))], false, isKeyword))
            }
        case .boolean(let value, _):
            let word = value ? "true" : "false"
            return [.text(Self.pattern([.literal(Array(word.utf8))], false, isKeyword))]
        case .null: return [.isNull]
        case .regex(let pattern): return [.regex(pattern)]
        case .cidr(let block): return [.cidr(block)]
        case .compare(let comparison, let value): return [.compare(comparison, value)]
        case .exists(let expected): return [.exists(expected)]
        case .fieldReference(let reference): return [.fieldReference(reference)]
        case .timePart(let part, let comparison, let value):
            return [.timePart(part, comparison, value)]
        }
    }

    /// A keyword is looked for anywhere, so it gets its wildcards here and evaluators need no
    /// special case.
    private static func pattern(
        _ pieces: [TextPattern.Piece], _ cased: Bool, _ isKeyword: Bool
    ) -> TextPattern {
        var builder = PieceBuilder()
        if isKeyword { builder.append(.anyRun) }
        for piece in pieces {
            if case .literal(let bytes) = piece {
                builder.append(cased ? bytes : CaseFolding.fold(bytes))
            } else {
                builder.append(piece)
            }
        }
        if isKeyword { builder.append(.anyRun) }
        return TextPattern(pieces: builder.finish(), cased: cased)
    }
}
