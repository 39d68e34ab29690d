/// Cuts a stream of systemd's export format into entries.
///
/// - Input: pieces of any length; the same bytes give the same entries however they are cut.
/// - Bounds: an entry, with what has come of an unfinished one, is at most `entryBytesMax`.
/// - Source: systemd, "Journal Export Formats": fields `NAME=value` or `NAME`, line feed, 64-bit little-endian
///   length, value, line feed; a blank line ends an entry.
struct JournalCutter {
    enum Failure: Error, Hashable { case tooLarge, malformed }

    struct Entry: Hashable {
        /// With the blank line that ends it.
        var bytes: [UInt8]
        /// The value of `__CURSOR`; nil where there is none.
        var cursor: [UInt8]?
    }

    private let entryBytesMax: Int
    private var buffer: [UInt8] = []
    /// Of the entry being read, and of its next field.
    private var start = 0
    private var field = 0
    /// No line feed lies between `field` and here.
    private var searched = 0
    private var cursor: [UInt8]?

    init(entryBytesMax: Int) { self.entryBytesMax = entryBytesMax }

    var waitingBytes: Int { buffer.count - start }

    mutating func add(_ bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

    /// The next whole entry; nil where more bytes are needed.
    mutating func next() throws(Failure) -> Entry? {
        while field < buffer.count {
            if buffer[field] == 0x0a {
                let range = start..<field + 1
                let entry = Entry(bytes: Array(buffer[range]), cursor: cursor)
                begin(at: field + 1)
                if range.count > 1 { return entry }
            } else if try !passField() {
                break
            }
        }
        compact()
        guard waitingBytes <= entryBytesMax else { throw .tooLarge }
        return nil
    }

    /// The entry at the end of the stream, whose blank line may be missing; nil where nothing is left.
    mutating func last() throws(Failure) -> Entry? {
        if let entry = try next() { return entry }
        guard waitingBytes > 0 else { return nil }
        guard field == buffer.count else { throw .malformed }
        let entry = Entry(bytes: Array(buffer[start...]) + [0x0a], cursor: cursor)
        begin(at: buffer.count)
        compact()
        return entry
    }

    private mutating func begin(at index: Int) {
        start = index
        field = index
        searched = index
        cursor = nil
    }

    private mutating func compact() {
        guard start > 0 else { return }
        buffer.removeFirst(start)
        field -= start
        searched -= start
        start = 0
    }

    /// - Returns: false where the field has not come whole.
    private mutating func passField() throws(Failure) -> Bool {
        let from = max(searched, field)
        guard let lineEnd = buffer[from...].firstIndex(of: 0x0a) else {
            searched = buffer.count
            return false
        }
        let name = buffer[field..<lineEnd].prefix { $0 != UInt8(ascii: "=") }
        guard !name.isEmpty, name.count <= 256, name.allSatisfy(Self.isName) else {
            throw .malformed
        }
        if name.endIndex < lineEnd {
            if name.elementsEqual("__CURSOR".utf8) {
                cursor = Array(buffer[(name.endIndex + 1)..<lineEnd])
            }
            field = lineEnd + 1
        } else {
            searched = lineEnd
            let value = lineEnd + 9
            guard buffer.count >= value else { return false }
            var length: UInt64 = 0
            for index in 0..<8 { length |= UInt64(buffer[lineEnd + 1 + index]) << (8 * index) }
            guard length <= UInt64(entryBytesMax) else { throw .tooLarge }
            let end = value + Int(length)
            guard buffer.count > end else { return false }
            guard buffer[end] == 0x0a else { throw .malformed }
            field = end + 1
        }
        searched = field
        return true
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
