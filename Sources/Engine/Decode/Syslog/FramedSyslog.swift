/// Syslog messages with their length in front: `57 <34>1 2003-10-11T22:14:15.003Z …`.
///
/// - Source: RFC 6587 §3.4.1.
package enum FramedSyslog {
    /// Digits of a length; more are no length.
    private static let digitsMax = 7
    /// A length, a blank, and a priority.
    package static let headBytesMax = digitsMax + 6

    /// One frame; `start` is where its message does, `end` may lie behind what is there.
    package struct Frame {
        package var start: Int
        package var end: Int
    }

    /// The frame whose length stands at `at`; nil where none does, or its head is not all there.
    package static func frame(_ bytes: Span<UInt8>, at: Int, before limit: Int) -> Frame? {
        var index = at
        var length = 0
        while index < limit, index - at < digitsMax, FormatRecogniser.isDigit(bytes[index]) {
            length = length * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index > at, bytes[at] != 0x30, index < limit, bytes[index] == 0x20 else { return nil }
        let start = index + 1
        guard start < limit, bytes[start] == UInt8(ascii: "<") else { return nil }
        index = start + 1
        while index < limit, index - start <= 3, FormatRecogniser.isDigit(bytes[index]) {
            index += 1
        }
        guard index > start + 1, index < limit, bytes[index] == UInt8(ascii: ">"),
            length > index - start
        else { return nil }
        return Frame(start: start, end: start + length)
    }

    /// Whether the bytes are frames that follow one another without a line end between them: a
    /// second one stands where the first one ends, or the first one ends with the bytes.
    package static func starts(_ head: Span<UInt8>, isWhole: Bool) -> Bool {
        guard let first = frame(head, at: 0, before: head.count) else { return false }
        if first.end >= head.count { return isWhole ? first.end == head.count : true }
        return frame(head, at: first.end, before: head.count) != nil
    }
}
