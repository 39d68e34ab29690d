internal import Sigma

/// A question that no field matcher answers, as plain values: asked only for candidate rules.
struct TestRow {
    enum Kind: UInt8 {
        case glob, regex, cidr, compare, isNull, exists, anything, fieldReference, timePart
    }
    var kind: Kind
    /// The glob compares unfolded bytes; `exists` wants presence; the reference is negated.
    var flag = false
    /// The reference compares unfolded bytes.
    var cased = false
    var comparison = Comparison.equal
    var part = TimePart.minute
    var reference = FieldReference.Kind.equals
    var number = 0.0
    var high: UInt64 = 0
    var low: UInt64 = 0
    var prefixLength = 0
    /// Glob code in the literal table.
    var codeStart: UInt32 = 0
    var codeCount: UInt32 = 0
    /// The other field of a reference.
    var field: UInt32 = 0
    /// Index into the rule set's regular expressions.
    var regex: UInt32 = 0

    init(
        _ test: Test, names: FieldNames, literals: inout [UInt8], regexes: RegexCatalogue
    ) {
        switch test {
        case .text(let pattern):
            kind = pattern.shape == .anything ? .anything : .glob
            flag = pattern.cased
            let code = Glob.encode(pattern)
            codeStart = UInt32(literals.count)
            codeCount = UInt32(code.count)
            literals += code
        case .regex(let pattern):
            kind = .regex
            guard let number = regexes[pattern] else {
                preconditionFailure("a refused pattern reached a program")
            }
            regex = UInt32(number)
        case .cidr(let block):
            kind = .cidr
            high = block.high
            low = block.low
            prefixLength = block.prefixLength
        case .compare(let comparison, let number):
            kind = .compare
            self.comparison = comparison
            self.number = number
        case .isNull: kind = .isNull
        case .exists(let wanted):
            kind = .exists
            flag = wanted
        case .fieldReference(let reference):
            kind = .fieldReference
            flag = reference.negated
            cased = reference.cased
            self.reference = reference.kind
            field = (names.find(reference.field) ?? FieldNames.overflow).rawValue
        case .timePart(let part, let comparison, let value):
            kind = .timePart
            self.part = part
            self.comparison = comparison
            number = Double(value)
        }
    }
}
