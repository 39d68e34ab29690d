import CSIMD

// Every pointer here is used inside the closure that lends it, for ranges that were checked against
// the span's count first; a StaticString's bytes live as long as the program.
extension Span<UInt8> {
    /// Where `byte` stands first in `range`.
    func position(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        // A call out pays only for longer stretches; most fields are a few bytes.
        let near = Swift.min(range.upperBound, range.lowerBound + 16)
        var index = range.lowerBound
        while index < near {
            if self[index] == byte { return index }
            index += 1
        }
        guard index < range.upperBound else { return nil }
        let found = unsafe withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            var needle = byte
            return unsafe kagari_find(base + index, range.upperBound - index, &needle, 1)
        }
        return found < 0 ? nil : index + found
    }

    /// Where `text` stands first in `range`.
    func position(of text: StaticString, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard range.count >= text.utf8CodeUnitCount else { return nil }
        let found = unsafe withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return unsafe kagari_find(
                base + range.lowerBound, range.count, text.utf8Start, text.utf8CodeUnitCount)
        }
        return found < 0 ? nil : range.lowerBound + found
    }

    func contains(_ text: StaticString, in range: Range<Int>) -> Bool {
        position(of: text, in: range) != nil
    }

    /// Whether `text` stands at `index` and ends before `end`.
    func has(_ text: StaticString, at index: Int, before end: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, end <= count, length <= end - index else { return false }
        for offset in 0..<length where unsafe self[index + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Whether the bytes of `range` are exactly `text`.
    func equals(_ text: StaticString, _ range: Range<Int>) -> Bool {
        range.count == text.utf8CodeUnitCount
            && has(text, at: range.lowerBound, before: range.upperBound)
    }

    /// `equals`, ASCII letters without regard to case; `text` must be lower case.
    func equalsFolded(_ text: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            let byte = Ascii.lower(self[range.lowerBound + offset])
            if unsafe byte != text.utf8Start[offset] { return false }
        }
        return true
    }

    /// `range` without the blanks and carriage returns at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, Ascii.isBlank(self[low]) || self[low] == Ascii.carriageReturn { low += 1 }
        while high > low, Ascii.isBlank(self[high - 1]) || self[high - 1] == Ascii.carriageReturn {
            high -= 1
        }
        return low..<high
    }
}
