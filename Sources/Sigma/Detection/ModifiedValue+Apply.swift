/// Why a modifier does not fit its value; one sentence that names the cure.
struct ModifierMisuse: Error {
    var reason = RuleProblem.Reason.modifierMisuse
    var message: String
}

extension ModifiedValue {
    /// What one modifier makes of the value: one value, or several of which any may match.
    ///
    /// - Parameter isFirst: no other value modifier came before.
    func applying(
        _ modifier: Modifier, isFirst: Bool
    ) throws(ModifierMisuse) -> [ModifiedValue] {
        switch modifier {
        case .all, .neq, .expand: return [self]
        case .contains, .startswith, .endswith: return [try anchored(modifier)]
        case .cased: return [try caseSensitive()]
        case .re: return [try regularExpression(isFirst: isFirst)]
        case .i, .ignorecase, .m, .multiline, .s, .dotall: return [try flagged(modifier)]
        case .cidr: return [try addressBlock(isFirst: isFirst)]
        case .exists: return [try existence(isFirst: isFirst)]
        case .fieldref: return [try reference()]
        case .windash: return try windowsDashes()
        case .wide, .utf16le, .utf16be, .utf16, .base64, .base64offset:
            return try encoded(modifier)
        case .lt, .lte, .gt, .gte: return [try compared(modifier)]
        case .minute, .hour, .day, .week, .month, .year: return [try partOfTime(modifier)]
        }
    }

    /// The value as text, where a text modifier may take it so.
    private func textPieces(for modifier: Modifier) throws(ModifierMisuse) -> [TextPattern.Piece] {
        switch self {
        case .text(let pieces, _): return pieces
        case .number(_, let written, _), .boolean(_, let written):
            return [.literal(Array(written.utf8))]
        default:
            throw ModifierMisuse(
                message: "`\(modifier.rawValue)` takes text, not \(typeName)"
                    + (isRegex ? "; put it before nothing else, or leave out `re`" : ""))
        }
    }

    private var isRegex: Bool { if case .regex = self { true } else { false } }

    private var isCased: Bool { if case .text(_, let cased) = self { cased } else { false } }

    private func anchored(_ modifier: Modifier) throws(ModifierMisuse) -> ModifiedValue {
        switch self {
        case .fieldReference(var reference):
            switch (reference.kind, modifier) {
            case (.equals, .startswith): reference.kind = .startsWith
            case (.equals, .endswith): reference.kind = .endsWith
            case (.startsWith, .startswith), (.endsWith, .endswith): break
            default: reference.kind = .contains
            }
            return .fieldReference(reference)
        case .regex(var pattern):
            // A regular expression is searched anywhere, so `contains` asks for nothing more.
            if modifier == .contains { return self }
            guard !pattern.multiline else {
                throw ModifierMisuse(
                    message: "`\(modifier.rawValue)` after `re|m` is unclear; "
                        + "write `^` or `$` in the expression")
            }
            pattern.pattern =
                modifier == .startswith ? "^(?:\(pattern.pattern))" : "(?:\(pattern.pattern))$"
            return .regex(pattern)
        default:
            var builder = PieceBuilder()
            if modifier != .startswith { builder.append(.anyRun) }
            for piece in try textPieces(for: modifier) { builder.append(piece) }
            if modifier != .endswith { builder.append(.anyRun) }
            return .text(builder.finish(), cased: isCased)
        }
    }

    private func caseSensitive() throws(ModifierMisuse) -> ModifiedValue {
        if case .fieldReference(var reference) = self {
            reference.cased = true
            return .fieldReference(reference)
        }
        if isRegex {
            throw ModifierMisuse(
                message: "a regular expression minds case already; leave out `cased`")
        }
        return .text(try textPieces(for: .cased), cased: true)
    }

    /// `re` and `expand` are read before the wildcards are, so here is only what is no text.
    private func regularExpression(isFirst: Bool) throws(ModifierMisuse) -> ModifiedValue {
        guard isFirst else {
            throw ModifierMisuse(message: "`re` must stand before the other modifiers")
        }
        switch self {
        case .regex: return self
        case .number(_, let written, _), .boolean(_, let written):
            return .regex(RegexPattern(pattern: written))
        default: throw ModifierMisuse(message: "`re` takes text, not \(typeName)")
        }
    }

    private func flagged(_ modifier: Modifier) throws(ModifierMisuse) -> ModifiedValue {
        guard case .regex(var pattern) = self else {
            throw ModifierMisuse(message: "`\(modifier.rawValue)` must stand after `re`")
        }
        switch modifier {
        case .i, .ignorecase: pattern.ignoreCase = true
        case .m, .multiline: pattern.multiline = true
        default: pattern.dotAll = true
        }
        return .regex(pattern)
    }

    private func addressBlock(isFirst: Bool) throws(ModifierMisuse) -> ModifiedValue {
        guard isFirst else {
            throw ModifierMisuse(message: "`cidr` must stand before the other modifiers")
        }
        guard case .text(let pieces, _) = self, pieces.count == 1,
            case .literal(let bytes) = pieces[0]
        else {
            throw ModifierMisuse(
                reason: .cidr, message: "`cidr` takes an address block such as 10.0.0.0/8")
        }
        switch CIDRBlock.parse(String(decoding: bytes, as: UTF8.self)) {
        case .success(let block): return .cidr(block)
        case .failure(let failure): throw ModifierMisuse(reason: .cidr, message: failure.message)
        }
    }

    private func existence(isFirst: Bool) throws(ModifierMisuse) -> ModifiedValue {
        guard isFirst else {
            throw ModifierMisuse(message: "`exists` cannot be joined with other modifiers")
        }
        guard case .boolean(let expected, _) = self else {
            throw ModifierMisuse(message: "`exists` takes true or false, without quotes")
        }
        return .exists(expected)
    }

    private func reference() throws(ModifierMisuse) -> ModifiedValue {
        let pieces = try textPieces(for: .fieldref)
        guard pieces.count == 1, case .literal(let bytes) = pieces[0] else {
            throw ModifierMisuse(
                message: "`fieldref` takes the name of a field, without wildcards; "
                    + "`contains` and the like stand after it")
        }
        return .fieldReference(
            FieldReference(
                field: String(decoding: bytes, as: UTF8.self), kind: .equals, cased: isCased,
                negated: false))
    }

    private func windowsDashes() throws(ModifierMisuse) -> [ModifiedValue] {
        let cased = isCased
        let variants = WindowsDash.variants(
            of: try textPieces(for: .windash), countMax: SigmaLimits.expansionsPerValueMax)
        guard let variants else {
            throw ModifierMisuse(
                reason: .limit,
                message: "`windash` makes more than \(SigmaLimits.expansionsPerValueMax) values "
                    + "of this one; split it at its dashes and join the parts with `all`")
        }
        return variants.map { .text($0, cased: cased) }
    }

    private func encoded(_ modifier: Modifier) throws(ModifierMisuse) -> [ModifiedValue] {
        let cased = isCased
        let pieces = try textPieces(for: modifier)
        if let widened = ValueEncoding.utf16(pieces, modifier) {
            return [.text(widened, cased: cased)]
        }
        guard pieces.count <= 1 else {
            throw ModifierMisuse(
                message: "`\(modifier.rawValue)` cannot encode a wildcard; "
                    + "write `\\*` or `\\?` where the character itself is meant")
        }
        var bytes: [UInt8] = []
        switch pieces.first {
        case .literal(let text): bytes = text
        case nil: break
        default:
            throw ModifierMisuse(message: "`\(modifier.rawValue)` cannot encode a wildcard")
        }
        let variants =
            modifier == .base64
            ? [ValueEncoding.base64(bytes)] : ValueEncoding.base64Offsets(bytes)
        return variants.map { .text($0.isEmpty ? [] : [.literal($0)], cased: cased) }
    }

    private func compared(_ modifier: Modifier) throws(ModifierMisuse) -> ModifiedValue {
        let comparison = modifier.comparison ?? .equal
        switch self {
        case .number(let value, _, _): return .compare(comparison, value)
        case .timePart(let part, .equal, let value): return .timePart(part, comparison, value)
        default:
            throw ModifierMisuse(
                message: "`\(modifier.rawValue)` takes a number without quotes, not \(typeName)")
        }
    }

    private func partOfTime(_ modifier: Modifier) throws(ModifierMisuse) -> ModifiedValue {
        guard case .number(let value, _, _) = self, let whole = Int(exactly: value),
            let part = modifier.timePart
        else {
            throw ModifierMisuse(
                message: "`\(modifier.rawValue)` takes a whole number and stands before "
                    + "a comparison such as `gte`")
        }
        return .timePart(part, .equal, whole)
    }
}
