/// Writes what an engine remembers, so that a restarted one goes on where it was.
///
/// Numbers are little-endian base-128, texts and lists are preceded by their count. The form is private to one version of the program: what
/// reads it checks ``LiveEngine/stateVersion`` first and otherwise makes the state anew from the archive.
package struct StateWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Small magnitudes of either sign take few bytes.
    package mutating func add(_ number: Int64) {
        add(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    package mutating func add(_ number: Int) { add(Int64(number)) }
    package mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
    package mutating func add(_ number: Double) { addWord(number.bitPattern) }

    /// Eight bytes as they are, for digests, which have no small values.
    package mutating func addWord(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    package mutating func add(_ text: String) {
        add(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func add(_ some: some Collection<UInt8>) {
        add(some.count)
        bytes.append(contentsOf: some)
    }

    package mutating func add<Value>(
        _ value: Value?, _ write: (inout StateWriter, Value) -> Void
    ) {
        add(value != nil)
        if let value { write(&self, value) }
    }

    package mutating func add<Values: Collection>(
        list values: Values, _ write: (inout StateWriter, Values.Element) -> Void
    ) {
        add(values.count)
        for value in values { write(&self, value) }
    }
}
