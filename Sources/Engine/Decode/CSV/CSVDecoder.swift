/// Decodes comma-separated values, one event a row.
///
/// - Input: RFC 4180 with LF or CR LF; the separator is the one of `,` `;` tab `|` that the header
///   holds most of. The header is the block's preamble, else the first row of a block that starts
///   its source. A quoted value may hold line breaks, within one block.
/// - Output: each value under its column's name. A column without a name is `column3` by position,
///   as are values beyond the header; columns of one name give that name several values. A row may
///   be shorter than the header. Time: ``WellKnownTime``.
/// - Failures: ``Failure``; after an unclosed quote reading goes on with the next line.
/// - Source: RFC 4180 §2; `docs/formats/csv.md`.
package struct CSVDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case noHeader = "CSV block without a header"
        case unclosed = "CSV quote is never closed"
        case afterQuote = "CSV quote is followed by more than a separator"
    }

    package static let columnsMax = 1024

    private var lines: TextLines
    private let preamble: [UInt8]
    private let startsSource: Bool
    private var separator = Ascii.comma
    private var columns: [FieldID] = []
    private var wellKnown: WellKnownTime?

    package init(_ block: Block) {
        lines = TextLines(block)
        preamble = block.preamble
        startsSource = block.offset == 0
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        if columns.isEmpty { try readHeader(bytes, &event) }
        guard !columns.isEmpty else { return false }
        guard let line = lines.next(in: bytes) else { return false }
        guard line.count <= TextLines.lineBytesMax else {
            throw DecodeFailure(offset: line.lowerBound, reason: TextLines.tooLong)
        }
        lines.begin(&event, bytes, line)
        let end = try row(bytes, from: line.lowerBound, lineEnd: line.upperBound, &event)
        event.rawRange = line.lowerBound..<end
        lines.skip(to: end, in: bytes)
        if event.time == nil {
            let names = wellKnown ?? WellKnownTime(&event.names)
            wellKnown = names
            event.time = names.time(of: event)
        }
        return true
    }

    private mutating func readHeader(
        _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) throws(DecodeFailure) {
        if !preamble.isEmpty {
            let preamble = preamble
            readColumns(preamble.span, 0..<preamble.count, &event)
            if startsSource, Self.begins(bytes, with: preamble.span) {
                _ = lines.next(in: bytes)
            }
        } else if startsSource, let line = lines.next(in: bytes) {
            readColumns(bytes, line, &event)
        } else if lines.position < bytes.count {
            lines.position = bytes.count
            throw Failure.noHeader.at(0)
        }
    }

    /// Whether the first block holds the header line too.
    private static func begins(_ bytes: Span<UInt8>, with preamble: Span<UInt8>) -> Bool {
        let mark: StaticString = "\u{FEFF}"
        let start = preamble.has(mark, at: 0, before: preamble.count) ? 3 : 0
        let shift = (bytes.has(mark, at: 0, before: bytes.count) ? 3 : 0) - start
        var end = preamble.count
        while end > start, preamble[end - 1] == Ascii.newline || preamble[end - 1] == 13 {
            end -= 1
        }
        guard end > start, end + shift <= bytes.count else { return false }
        for index in start..<end where bytes[index + shift] != preamble[index] { return false }
        return true
    }

    private mutating func readColumns(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) {
        var range = range
        if bytes.has("\u{FEFF}", at: range.lowerBound, before: range.upperBound) {
            range = range.lowerBound + 3..<range.upperBound
        }
        separator = Self.separator(bytes, range)
        var text = TextScanner(bytes, range)
        var name: [UInt8] = []
        var quoted = false
        while true {
            let byte = text.current
            let ends = text.atEnd || (!quoted && (byte == separator || byte == Ascii.newline))
            if !ends {
                if byte == Ascii.quote { quoted.toggle() } else { name.append(byte) }
                text.advance()
                continue
            }
            if columns.count < Self.columnsMax { addColumn(name, &event) }
            name.removeAll(keepingCapacity: true)
            if text.atEnd || byte == Ascii.newline { return }
            text.advance()
        }
    }

    private mutating func addColumn(_ name: [UInt8], _ event: inout EventBuffer) {
        let span = name.span
        let trimmed = span.trimmed(0..<span.count)
        columns.append(
            trimmed.isEmpty
                ? event.names.intern("column\(columns.count + 1)")
                : event.names.intern(span.extracting(trimmed)))
    }

    private static func separator(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        var best = Ascii.comma
        var most = 0
        for candidate in [Ascii.comma, UInt8(ascii: ";"), Ascii.tab, Ascii.bar] {
            var count = 0
            var quoted = false
            for index in range {
                if bytes[index] == Ascii.newline, !quoted { break }
                if bytes[index] == Ascii.quote { quoted.toggle() }
                if bytes[index] == candidate, !quoted { count += 1 }
            }
            if count > most { (best, most) = (candidate, count) }
        }
        return best
    }

    /// Appends the values of the row that starts at `start`; returns where it ends.
    private func row(
        _ bytes: Span<UInt8>, from start: Int, lineEnd: Int, _ event: inout EventBuffer
    ) throws(DecodeFailure) -> Int {
        var lineEnd = lineEnd
        var index = start
        var column = 0
        while true {
            let name = field(column, &event)
            if index < lineEnd, bytes[index] == Ascii.quote {
                let end = min(bytes.count, start + TextLines.lineBytesMax)
                let (close, doubled) = Self.closingQuote(bytes, index + 1..<end)
                guard let close else { throw Failure.unclosed.at(index) }
                let value = index + 1..<close
                if doubled {
                    event.append(name, bytes, undoubling: value)
                } else {
                    event.append(name, sourceRange: value)
                }
                index = close + 1
                if index > lineEnd {
                    let found = bytes.position(of: Ascii.newline, in: index..<bytes.count)
                    lineEnd = found ?? bytes.count
                    if lineEnd > index, bytes[lineEnd - 1] == Ascii.carriageReturn { lineEnd -= 1 }
                }
                guard index == lineEnd || bytes[index] == separator else {
                    throw Failure.afterQuote.at(index)
                }
            } else {
                let end = bytes.position(of: separator, in: index..<lineEnd) ?? lineEnd
                event.append(name, sourceRange: index..<end)
                index = end
            }
            if index >= lineEnd { return lineEnd }
            index += 1
            column += 1
        }
    }

    private func field(_ column: Int, _ event: inout EventBuffer) -> FieldID {
        if column < columns.count { return columns[column] }
        return column < Self.columnsMax
            ? event.names.intern("column\(column + 1)") : FieldNames.overflow
    }

    /// Where the quote closes, and whether doubled quotes stand before it.
    private static func closingQuote(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) -> (Int?, Bool) {
        var index = range.lowerBound
        var doubled = false
        while let found = bytes.position(of: Ascii.quote, in: index..<range.upperBound) {
            guard found + 1 < range.upperBound, bytes[found + 1] == Ascii.quote else {
                return (found, doubled)
            }
            doubled = true
            index = found + 2
        }
        return (nil, doubled)
    }
}
