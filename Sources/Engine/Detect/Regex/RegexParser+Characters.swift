/// Escapes and classes in square brackets.
extension RegexParser {
    enum Escape {
        case scalar(Unicode.Scalar)
        case set(ScalarSet)
        case assertion(RegexAssertion)
        /// `\Q`: what follows is literal until `\E`.
        case quote
        /// `\E` without `\Q`.
        case nothing
    }

    /// Reads the escape at the current backslash.
    mutating func escape(inClass: Bool) throws(RegexFailure) -> Escape {
        let start = index
        index += 1
        guard let scalar = current else { throw failure(.badEscape, at: start) }
        index += 1
        if let set = Self.namedSet(scalar) { return .set(set) }
        switch scalar {
        case "t": return .scalar("\t")
        case "n": return .scalar("\n")
        case "r": return .scalar("\r")
        case "f": return .scalar("\u{0C}")
        case "a": return .scalar("\u{07}")
        case "e": return .scalar("\u{1B}")
        case "c":
            guard let control = current, (0x20...0x7E).contains(control.value) else {
                throw failure(.badEscape, at: start)
            }
            index += 1
            let upper = (0x61...0x7A).contains(control.value) ? control.value - 0x20 : control.value
            return .scalar(try valid(upper ^ 0x40, from: start))
        case "x", "u", "o": return .scalar(try numbered(scalar, from: start))
        case "0": return .scalar(try octal(digitsMax: 3, from: index - 1, start: start))
        case "1"..."9":
            guard inClass, scalar.value < 0x38 else {
                throw failure(inClass ? .badEscape : .backReference, at: start)
            }
            return .scalar(try octal(digitsMax: 3, from: index - 1, start: start))
        case "b" where inClass: return .scalar("\u{08}")
        case "E": return .nothing
        case "N" where !inClass && (current != "{" || peek(1).map(Self.startsCount) == true):
            return .set(.notNewline)
        case "Q" where !inClass: return .quote
        case "g" where !inClass, "k" where !inClass: throw failure(.backReference, at: start)
        case "p", "P": throw failure(.unicodeProperty, at: start)
        default: break
        }
        if !inClass, let assertion = Self.assertion(scalar) { return .assertion(assertion) }
        if "BAzZGKRXCNQk".unicodeScalars.contains(scalar) {
            throw failure(.unsupportedEscape("\\\(scalar)"), at: start)
        }
        guard scalar.value >= 0x80 || !ScalarSet.word.contains(scalar.value) || scalar == "_" else {
            throw failure(.unknownEscape("\\\(scalar)"), at: start)
        }
        return .scalar(scalar)
    }

    /// `\N{U+E9}` would be a name; `\N{2}` repeats.
    private static func startsCount(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "," || ScalarSet.digit.contains(scalar.value)
    }

    private static func namedSet(_ scalar: Unicode.Scalar) -> ScalarSet? {
        switch scalar {
        case "d": .digit
        case "D": ScalarSet.digit.inverted
        case "w": .word
        case "W": ScalarSet.word.inverted
        case "s": .space
        case "S": ScalarSet.space.inverted
        case "h": .horizontalSpace
        case "H": ScalarSet.horizontalSpace.inverted
        case "v": .verticalSpace
        case "V": ScalarSet.verticalSpace.inverted
        default: nil
        }
    }

    private static func assertion(_ scalar: Unicode.Scalar) -> RegexAssertion? {
        switch scalar {
        case "b": .wordBoundary
        case "B": .notWordBoundary
        case "A": .textStart
        case "z": .textEnd
        case "Z": .textEndOrFinalNewline
        default: nil
        }
    }

    // MARK: numbers

    /// `\xHH`, `\x{H…}`, `\uHHHH`, `\u{H…}` or `\o{O…}`, after the letter.
    private mutating func numbered(
        _ kind: Unicode.Scalar, from start: Int
    ) throws(RegexFailure) -> Unicode.Scalar {
        let radix: UInt32 = kind == "o" ? 8 : 16
        var value: UInt32 = 0
        if take("{") {
            var digits = 0
            while let digit = digit(radix: radix) {
                value = value * radix + digit
                digits += 1
                guard value <= 0x10_FFFF else { throw failure(.badEscape, at: start) }
            }
            guard digits > 0, take("}") else { throw failure(.badEscape, at: start) }
            return try valid(value, from: start)
        }
        guard kind != "o" else { throw failure(.badEscape, at: start) }
        // PCRE takes as many digits as there are, up to two; `\u` is not PCRE's and wants all four.
        for place in 0..<(kind == "u" ? 4 : 2) {
            guard let digit = digit(radix: radix) else {
                guard kind == "x", place > 0 else { throw failure(.badEscape, at: start) }
                break
            }
            value = value * radix + digit
        }
        return try valid(value, from: start)
    }

    private mutating func octal(
        digitsMax: Int, from first: Int, start: Int
    ) throws(RegexFailure) -> Unicode.Scalar {
        index = first
        var value: UInt32 = 0
        for _ in 0..<digitsMax {
            guard let digit = digit(radix: 8) else { break }
            value = value * 8 + digit
        }
        return try valid(value, from: start)
    }

    private mutating func digit(radix: UInt32) -> UInt32? {
        guard let value = current?.value else { return nil }
        let digit: UInt32
        switch value {
        case 0x30...0x39: digit = value - 0x30
        case 0x41...0x46: digit = value - 0x37
        case 0x61...0x66: digit = value - 0x57
        default: return nil
        }
        guard digit < radix else { return nil }
        index += 1
        return digit
    }

    private func valid(_ value: UInt32, from start: Int) throws(RegexFailure) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value) else { throw failure(.badEscape, at: start) }
        return scalar
    }

    // MARK: classes

    /// Reads a class after its `[`.
    mutating func characterClass() throws(RegexFailure) -> ScalarSet {
        let start = index - 1
        let negated = take("^")
        // Ranges written out fold under (?i); named sets are what they are, as in PCRE.
        var ranges: [ClosedRange<UInt32>] = []
        var named: [ClosedRange<UInt32>] = []
        var isFirst = true
        while true {
            guard let scalar = current else { throw failure(.unclosedClass, at: start) }
            if scalar == "]", !isFirst {
                index += 1
                break
            }
            isFirst = false
            switch try classItem() {
            case .scalar(let low):
                if let high = try rangeEnd() {
                    guard low <= high else { throw failure(.rangeOutOfOrder) }
                    ranges.append(low.value...high.value)
                } else {
                    ranges.append(low.value...low.value)
                }
            case .set(let set): named += set.ranges
            default: break
            }
        }
        var result = ScalarSet(ranges)
        if flags.ignoreCase { result = result.closedUnderCase }
        result.formUnion(ScalarSet(named))
        return negated ? result.inverted : result
    }

    private mutating func classItem() throws(RegexFailure) -> Escape {
        let scalar = scalars[index]
        if scalar == "\\" { return try escape(inClass: true) }
        if scalar == "[", let set = try posixClass() { return .set(set) }
        index += 1
        return .scalar(scalar)
    }

    /// The scalar after a `-`, when the `-` makes a range. `[a-\d]` and `[a-]` hold a plain `-`.
    private mutating func rangeEnd() throws(RegexFailure) -> Unicode.Scalar? {
        guard current == "-", let next = peek(1), next != "]" else { return nil }
        let hyphen = index
        index += 1
        if case .scalar(let high) = try classItem() { return high }
        index = hyphen
        return nil
    }

    /// `[:name:]` or `[:^name:]` at the current `[`; nil when the `[` is just that.
    private mutating func posixClass() throws(RegexFailure) -> ScalarSet? {
        guard let mark = peek(1), mark == ":" || mark == "." || mark == "=" else { return nil }
        var place = index + 2
        let negated = place < scalars.count && scalars[place] == "^"
        if negated { place += 1 }
        var name = ""
        while place < scalars.count, ScalarSet.word.contains(scalars[place].value) {
            name.unicodeScalars.append(scalars[place])
            place += 1
        }
        guard place + 1 < scalars.count, scalars[place] == mark, scalars[place + 1] == "]" else {
            return nil
        }
        guard mark == ":" else { throw failure(.collatingElement) }
        guard let set = ScalarSet.posix(name, ignoreCase: flags.ignoreCase) else {
            throw failure(.unknownPOSIXClass)
        }
        index = place + 2
        return negated ? set.inverted : set
    }
}
