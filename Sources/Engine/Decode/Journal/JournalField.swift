/// One field of a journal entry, as ranges of the block.
struct JournalField {
    var name: Range<Int>
    var value: Range<Int>
    /// Behind the line feed that ends the field.
    var end: Int

    /// Nil at a blank line and at the end of the bytes.
    init?(_ bytes: Span<UInt8>, at start: Int) throws(DecodeFailure) {
        guard start < bytes.count, bytes[start] != Ascii.newline else { return nil }
        var index = start
        while index < bytes.count, Self.isName(bytes[index]), index - start <= 256 { index += 1 }
        guard index > start, index < bytes.count else {
            throw JournalDecoder.Failure.name.at(start)
        }
        name = start..<index
        switch bytes[index] {
        case Ascii.equals:
            let lineEnd =
                bytes.position(of: Ascii.newline, in: index..<bytes.count) ?? bytes.count
            value = index + 1..<lineEnd
            end = min(lineEnd + 1, bytes.count)
            guard value.count <= JournalDecoder.valueBytesMax else {
                throw JournalDecoder.Failure.tooLong.at(start)
            }
        case Ascii.newline:
            (value, end) = try Self.binary(bytes, index + 1)
        default:
            throw JournalDecoder.Failure.name.at(start)
        }
    }

    private static func binary(
        _ bytes: Span<UInt8>, _ start: Int
    ) throws(DecodeFailure) -> (Range<Int>, Int) {
        guard bytes.count - start >= 8 else { throw JournalDecoder.Failure.length.at(start) }
        var length: UInt64 = 0
        for offset in 0..<8 { length |= UInt64(bytes[start + offset]) << UInt64(offset * 8) }
        guard length <= UInt64(JournalDecoder.valueBytesMax) else {
            throw JournalDecoder.Failure.tooLong.at(start)
        }
        let valueStart = start + 8
        guard Int(length) < bytes.count - valueStart else {
            throw JournalDecoder.Failure.length.at(start)
        }
        let valueEnd = valueStart + Int(length)
        guard bytes[valueEnd] == Ascii.newline else {
            throw JournalDecoder.Failure.unterminated.at(valueEnd)
        }
        return (valueStart..<valueEnd, valueEnd + 1)
    }

    /// Names are upper-case letters, digits and `_` (systemd.journal-fields(7)).
    private static func isName(_ byte: UInt8) -> Bool {
        Ascii.isDigit(byte) || byte == UInt8(ascii: "_")
            || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
    }
}
