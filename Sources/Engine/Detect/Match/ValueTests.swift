internal import CSIMD
internal import Sigma

/// The questions beyond plain text: globs, regular expressions, networks, numbers, presence.
enum ValueTests {
    static func ask(
        _ test: TestRow, _ row: AtomRow, _ event: borrowing EventBuffer,
        _ program: borrowing ReadyProgram, _ folded: inout FoldedValues,
        _ regexes: inout RegexPool
    ) -> Bool {
        if row.plan == AtomRow.keywordPlan {
            for index in 0..<event.fieldCount where event.field(at: index).kind != .null {
                if passes(test, index, event, program, &folded, &regexes) { return true }
            }
            return false
        }
        let name = unsafe FieldID(rawValue: program.tables.plans[Int(row.plan)].field)
        let first = event.first(name)
        switch test.kind {
        case .isNull: return event.isNull(first)
        case .exists: return (first != nil) == test.flag
        case .fieldReference where test.flag:
            return !anyPasses(test, first, event, program, &folded, &regexes)
        default: return anyPasses(test, first, event, program, &folded, &regexes)
        }
    }

    private static func anyPasses(
        _ test: TestRow, _ first: Int?, _ event: borrowing EventBuffer,
        _ program: borrowing ReadyProgram, _ folded: inout FoldedValues,
        _ regexes: inout RegexPool
    ) -> Bool {
        var index = first
        while let current = index {
            let field = event.field(at: current)
            if field.kind != .null,
                passes(test, current, event, program, &folded, &regexes)
            {
                return true
            }
            index = field.next == EventBuffer.none ? nil : Int(field.next)
        }
        return false
    }

    private static func passes(
        _ test: TestRow, _ index: Int, _ event: borrowing EventBuffer,
        _ program: borrowing ReadyProgram, _ folded: inout FoldedValues,
        _ regexes: inout RegexPool
    ) -> Bool {
        switch test.kind {
        case .anything: return true
        case .glob:
            let code = unsafe UnsafeBufferPointer(
                start: program.tables.literals + Int(test.codeStart), count: Int(test.codeCount))
            let value =
                unsafe test.flag
                ? event.bytes(of: event.field(at: index)) : folded.value(at: index, of: event)
            return unsafe Glob.matches(code, value)
        case .regex:
            return unsafe regexes.matches(
                Int(test.regex), event.bytes(of: event.field(at: index)))
        case .cidr:
            guard let address = unsafe AddressText.parse(event.bytes(of: event.field(at: index)))
            else { return false }
            return address.isIn(high: test.high, low: test.low, prefixLength: test.prefixLength)
        case .compare:
            guard let number = unsafe NumberText.parse(event.bytes(of: event.field(at: index)))
            else { return false }
            return holds(number, test.comparison, test.number)
        case .timePart:
            guard
                let part = unsafe DateDigits.part(
                    test.part, of: event.bytes(of: event.field(at: index)))
            else { return false }
            return holds(Double(part), test.comparison, test.number)
        case .fieldReference:
            return refers(
                test.reference, cased: test.cased, to: FieldID(rawValue: test.field), index, event,
                &folded)
        case .isNull, .exists: return false
        }
    }

    static func holds(_ left: Double, _ comparison: Comparison, _ right: Double) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    /// Whether the value at `index` stands in the given relation to a value of another field.
    static func refers(
        _ kind: FieldReference.Kind, cased: Bool, to name: FieldID?, _ index: Int,
        _ event: borrowing EventBuffer, _ folded: inout FoldedValues
    ) -> Bool {
        var other = name.flatMap { event.first($0) }
        while let current = other {
            let field = event.field(at: current)
            if field.kind != .null {
                // Both are folded before either is lent: folding may move the memory.
                if !cased {
                    _ = unsafe folded.value(at: current, of: event)
                    _ = unsafe folded.value(at: index, of: event)
                }
                let left =
                    unsafe cased
                    ? event.bytes(of: event.field(at: index)) : folded.value(at: index, of: event)
                let right =
                    unsafe cased
                    ? event.bytes(of: field) : folded.value(at: current, of: event)
                if unsafe stands(right, in: left, kind) { return true }
            }
            other = field.next == EventBuffer.none ? nil : Int(field.next)
        }
        return false
    }

    private static func stands(
        _ part: UnsafeBufferPointer<UInt8>, in value: UnsafeBufferPointer<UInt8>,
        _ kind: FieldReference.Kind
    ) -> Bool {
        guard part.count <= value.count else { return false }
        guard let left = value.baseAddress, let right = part.baseAddress else {
            return part.isEmpty && (kind != .equals || value.isEmpty)
        }
        switch kind {
        case .equals:
            return unsafe part.count == value.count && kagari_equal(left, right, part.count)
        case .startsWith: return unsafe kagari_equal(left, right, part.count)
        case .endsWith:
            return unsafe kagari_equal(left + value.count - part.count, right, part.count)
        case .contains: return unsafe kagari_find(left, value.count, right, part.count) >= 0
        }
    }
}
