/// Lays values one behind the other, so that ``PackedReader`` finds them again without parsing.
///
/// - Shape: integers little-endian, counts as four bytes; a text is its number in a table of
///   distinct texts, see ``packedStrings``.
package struct PackedWriter {
    package private(set) var bytes: [UInt8] = []
    private var strings: [String] = []
    private var numbers: [String: UInt32] = [:]
    /// Something did not fit the form (a count above 32 bits, too deep a condition); what was
    /// written must not be used.
    package private(set) var isUnfit = false

    package init() {}

    package mutating func refuse() { isUnfit = true }

    package mutating func add(byte: UInt8) { bytes.append(byte) }

    package mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    package mutating func add(_ value: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    package mutating func add(_ value: UInt64) {
        add(UInt32(truncatingIfNeeded: value))
        add(UInt32(truncatingIfNeeded: value >> 32))
    }

    package mutating func add(count: Int) {
        if let count = UInt32(exactly: count) {
            add(count)
        } else {
            refuse()
        }
    }

    /// A text by its number in the table.
    package mutating func add(_ text: String) {
        if let known = numbers[text] { return add(known) }
        let number = UInt32(truncatingIfNeeded: strings.count)
        strings.append(text)
        numbers[text] = number
        add(number)
    }

    package mutating func add(_ text: String?) {
        add(text != nil)
        if let text { add(text) }
    }

    package mutating func add(_ texts: [String]) {
        add(count: texts.count)
        for text in texts { add(text) }
    }

    package mutating func add(bytes part: [UInt8]) {
        add(count: part.count)
        bytes += part
    }

    /// What `write` lays down, led by its length, so that it can be passed over.
    package mutating func addPassable(_ write: (inout PackedWriter) -> Void) {
        let at = bytes.count
        add(UInt32(0))
        write(&self)
        guard let count = UInt32(exactly: bytes.count - at - 4) else { return refuse() }
        for (index, shift) in stride(from: UInt32(0), to: 32, by: 8).enumerated() {
            bytes[at + index] = UInt8(truncatingIfNeeded: count >> shift)
        }
    }

    /// The table of texts, for ``PackedReader/readStrings()``: it must stand before what uses it.
    package var packedStrings: [UInt8] {
        var table = PackedWriter()
        table.add(count: strings.count)
        for text in strings { table.add(bytes: Array(text.utf8)) }
        return table.bytes
    }
}
