package import Sigma

/// An event as plain as can be: names and values in order, a name as often as it has values.
package struct PlainEvent: Hashable, Sendable, CustomStringConvertible {
    package struct Field: Hashable, Sendable {
        package var name: String
        /// UTF-8, not necessarily valid; nil for null.
        package var value: [UInt8]?

        package init(name: String, value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    package var fields: [Field]
    /// The line the event came from, where it came from one.
    package var rawLine: [UInt8]?

    package init(_ fields: [(name: String, value: String?)], rawLine: String? = nil) {
        self.fields = fields.map { Field(name: $0.name, value: $0.value.map { Array($0.utf8) }) }
        self.rawLine = rawLine.map { Array($0.utf8) }
    }

    package init(fields: [Field], rawLine: [UInt8]? = nil) {
        self.fields = fields
        self.rawLine = rawLine
    }

    package var description: String {
        let parts = fields.map { field in
            let value = field.value.map { "\"" + String(decoding: $0, as: UTF8.self) + "\"" }
            return "\(field.name)=\(value ?? "null")"
        }
        let raw = rawLine.map { " raw=\"" + String(decoding: $0, as: UTF8.self) + "\"" } ?? ""
        return parts.joined(separator: " ") + raw
    }
}

/// Answers whether a rule matches an event, slowly and as directly as the specification reads.
/// The engine must give the same answer to every question.
///
/// What the specification leaves open is decided here:
/// - *Fields.* Names compare byte for byte. A field with several values passes a test when one of
///   its values does; values that are null pass none.
/// - *Null.* `Field: null` passes where the field is absent or has no value but null. Every other
///   test but `exists: false` fails there. `exists: true` counts null as present.
/// - *Empty.* `Field: ''` passes for a value of length zero. The wildcard `*` passes for every
///   value that is not null, also the empty one.
/// - *Keywords* (no field) ask every value of the event, and the raw line where there is one; one
///   that passes is enough. Their wildcards at both ends are in the pattern already. Field names
///   are not asked.
/// - *Text* covers the whole value. `*` is any run of bytes, `?` one Unicode scalar, or one byte
///   where the bytes are not valid UTF-8. Uncased: the value is folded by `CaseFolding` and the
///   pattern was folded by the loader. Cased: bytes as they are.
/// - *Numbers.* A comparison reads the value as decimal (sign, fraction, exponent) or as `0x` and
///   up to 16 hexadecimal digits, without blanks; what does not read as a finite number fails,
///   also `notEqual`.
/// - *Address blocks.* The value must be an IPv4 or IPv6 address, whole; a zone (`%eth0`) is left
///   off. IPv4 is in a block as `::ffff:a.b.c.d`.
/// - *Field references* compare each value of the field with each value of the other and pass when
///   one pair does; an absent or null side passes nothing. `negated` turns the answer round, so it
///   passes where a side is absent.
/// - *Parts of a time* are read from the digits as they stand, without regard to zones:
///   `YYYY-MM-DD`, then `T` or one blank, then `HH:MM`, then anything; or the date alone, which has
///   no hour and minute. The date must exist. The week is the ISO 8601 week, 1...53. Other forms
///   fail.
/// - *Regular expressions* are searched anywhere in the value; see ``PlainRegex``.
package struct PlainEvaluator {
    package init() {}

    package func matches(_ rule: Rule, _ event: PlainEvent) -> Bool {
        matches(rule.condition, event)
    }

    package func matches(_ expression: Expression, _ event: PlainEvent) -> Bool {
        switch expression {
        case .all(let parts):
            for part in parts where !matches(part, event) { return false }
            return true
        case .any(let parts):
            for part in parts where matches(part, event) { return true }
            return false
        case .not(let inner): return !matches(inner, event)
        case .test(let predicate): return passes(predicate, event)
        }
    }

    private func passes(_ predicate: Predicate, _ event: PlainEvent) -> Bool {
        guard let field = predicate.field else {
            var values = event.fields.compactMap(\.value)
            if let line = event.rawLine { values.append(line) }
            return values.contains { passes(predicate.test, value: $0, event) }
        }
        let occurrences = event.fields.filter { $0.name == field }
        let values = occurrences.compactMap(\.value)
        switch predicate.test {
        case .isNull: return values.isEmpty
        case .exists(let expected): return occurrences.isEmpty != expected
        case .fieldReference(let reference):
            let others = event.fields.filter { $0.name == reference.field }.compactMap(\.value)
            let isMet = values.contains { value in
                others.contains { compare(value, $0, reference) }
            }
            return isMet != reference.negated
        default: return values.contains { passes(predicate.test, value: $0, event) }
        }
    }

    private func passes(_ test: Test, value: [UInt8], _ event: PlainEvent) -> Bool {
        switch test {
        case .text(let pattern):
            let input = pattern.cased ? value : CaseFolding.fold(value)
            return Self.glob(pattern.pieces[...], input[...])
        case .regex(let pattern): return PlainRegex.search(pattern, value) ?? false
        case .cidr(let block):
            let text = String(decoding: value, as: UTF8.self)
            let address = text.split(separator: "%", omittingEmptySubsequences: false).first ?? ""
            return CIDRBlock.address(address).map { Self.isIn(block, $0.high, $0.low) } ?? false
        case .compare(let comparison, let right):
            return Self.number(value).map { Self.compare($0, comparison, right) } ?? false
        case .timePart(let part, let comparison, let right):
            return Self.part(part, of: value)
                .map { Self.compare(Double($0), comparison, Double(right)) } ?? false
        case .isNull, .exists, .fieldReference: return false
        }
    }

    // MARK: text

    private static func glob(
        _ pieces: ArraySlice<TextPattern.Piece>, _ input: ArraySlice<UInt8>
    ) -> Bool {
        guard let piece = pieces.first else { return input.isEmpty }
        let rest = pieces.dropFirst()
        switch piece {
        case .literal(let bytes):
            return input.starts(with: bytes) && glob(rest, input.dropFirst(bytes.count))
        case .anyOne:
            return !input.isEmpty && glob(rest, input.dropFirst(scalarLength(input)))
        case .anyRun:
            for start in input.startIndex...input.endIndex where glob(rest, input[start...]) {
                return true
            }
            return false
        }
    }

    /// 1 where the bytes are no valid scalar.
    static func scalarLength(_ input: ArraySlice<UInt8>) -> Int {
        for length in 1...4 where input.count >= length {
            let prefix = input.prefix(length)
            if let text = String(validating: prefix, as: UTF8.self), text.unicodeScalars.count == 1
            {
                return length
            }
        }
        return 1
    }

    private func compare(_ left: [UInt8], _ right: [UInt8], _ reference: FieldReference) -> Bool {
        let value = reference.cased ? left : CaseFolding.fold(left)
        let other = reference.cased ? right : CaseFolding.fold(right)
        switch reference.kind {
        case .equals: return value == other
        case .startsWith: return value.starts(with: other)
        case .endsWith: return value.reversed().starts(with: other.reversed())
        case .contains:
            return other.isEmpty
                || value.indices.contains { value[$0...].starts(with: other) }
        }
    }

    // MARK: numbers, addresses, times

    package static func number(_ value: [UInt8]) -> Double? {
        let text = String(decoding: value, as: UTF8.self)
        if text.wholeMatch(of: /0[xX][0-9a-fA-F]{1,16}/) != nil {
            return UInt64(text.dropFirst(2), radix: 16).map { Double($0) }
        }
        guard text.wholeMatch(of: /[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/) != nil
        else { return nil }
        guard let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func compare(_ left: Double, _ comparison: Comparison, _ right: Double) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    private static func isIn(_ block: CIDRBlock, _ high: UInt64, _ low: UInt64) -> Bool {
        for bit in 0..<block.prefixLength {
            let mask = UInt64(1) << UInt64(63 - bit % 64)
            let mine = (bit < 64 ? block.high : block.low) & mask
            let other = (bit < 64 ? high : low) & mask
            if mine != other { return false }
        }
        return true
    }

    package static func part(_ part: TimePart, of value: [UInt8]) -> Int? {
        let text = String(decoding: value, as: UTF8.self)
        let form = /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2}).*)?/
            .dotMatchesNewlines()
        guard let match = text.wholeMatch(of: form), let year = Int(match.1),
            let month = Int(match.2), let day = Int(match.3), year > 0,
            (1...12).contains(month), (1...daysInMonth(month, year)).contains(day)
        else { return nil }
        let hour = match.4.flatMap { Int($0) }
        let minute = match.5.flatMap { Int($0) }
        if let hour, let minute {
            guard hour < 24, minute < 60 else { return nil }
        }
        switch part {
        case .year: return year
        case .month: return month
        case .day: return day
        case .hour: return hour
        case .minute: return minute
        case .week: return week(year: year, month: month, day: day)
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        month == 2 && isLeap(year)
            ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Week 1 is the week, Monday to Sunday, that holds the year's first Thursday.
    private static func week(year: Int, month: Int, day: Int) -> Int {
        var dayOfYear = day
        for earlier in (1..<12).prefix(month - 1) { dayOfYear += daysInMonth(earlier, year) }
        let week = (dayOfYear - weekday(year, dayOfYear) + 10) / 7
        if week < 1 { return weeksIn(year - 1) }
        return week > weeksIn(year) ? 1 : week
    }

    /// 1 is Monday, 7 is Sunday. 1 January of year 1 was a Monday.
    private static func weekday(_ year: Int, _ dayOfYear: Int) -> Int {
        let before = year - 1
        let days = before * 365 + before / 4 - before / 100 + before / 400 + dayOfYear - 1
        return days.quotientAndRemainder(dividingBy: 7).remainder + 1
    }

    private static func weeksIn(_ year: Int) -> Int {
        let first = weekday(year, 1)
        return first == 4 || (first == 3 && isLeap(year)) ? 53 : 52
    }
}
