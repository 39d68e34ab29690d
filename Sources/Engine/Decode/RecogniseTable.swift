/// Tells a table of separated values by its header line and the row after it.
package enum TableShape {
    package static let separators: [UInt8] = [0x2c, 0x3b, 0x09, 0x7c]
    private static let columnsMax = 4096

    /// - Returns: the separator; nil when the first line is no header.
    package static func of(_ head: Span<UInt8>, isWhole: Bool) -> UInt8? {
        let start = FormatRecogniser.skipSpace(head, from: headerStart(head))
        for separator in separators {
            guard let header = row(head, from: start, separator, isWhole: isWhole),
                header.columns >= 2, header.areNames
            else { continue }
            guard header.end < head.count else {
                // A header alone is a table without rows, once it has enough names to be one.
                if header.columns >= 3 && isWhole { return separator }
                continue
            }
            if let first = row(head, from: header.end, separator, isWhole: isWhole) {
                if first.columns == header.columns { return separator }
            } else if header.columns >= 3 {
                return separator
            }
        }
        return nil
    }

    /// Where the header line is: PowerShell's `Export-Csv` puts `#TYPE …` above it.
    package static func headerStart(_ head: Span<UInt8>) -> Int {
        guard FormatRecogniser.starts(head, with: "#TYPE ") else { return 0 }
        return min(FormatRecogniser.endOfLine(head, from: 0) + 1, head.count)
    }

    private struct Row {
        var columns = 1
        var areNames = true
        var end = 0
    }

    /// - Returns: nil when the row does not end within the head.
    private static func row(
        _ head: Span<UInt8>, from start: Int, _ separator: UInt8, isWhole: Bool
    ) -> Row? {
        var row = Row()
        var index = start
        var fieldStart = start
        var isQuoted = false
        while index < head.count {
            let byte = head[index]
            if isQuoted {
                if byte == 0x22 {
                    if index + 1 < head.count, head[index + 1] == 0x22 {
                        index += 1
                    } else {
                        isQuoted = false
                    }
                }
            } else if byte == 0x22, index == fieldStart {
                isQuoted = true
            } else if byte == separator || byte == 0x0a {
                if !isName(head, fieldStart..<index) { row.areNames = false }
                fieldStart = index + 1
                if byte == 0x0a {
                    row.end = index + 1
                    return row
                }
                row.columns += 1
                if row.columns > columnsMax { return nil }
            }
            index += 1
        }
        guard isWhole, !isQuoted, start < head.count else { return nil }
        if !isName(head, fieldStart..<index) { row.areNames = false }
        row.end = index
        return row
    }

    /// A column's name: at most 128 bytes, starts with a letter, `_`, `@` or `#`, holds no sentence.
    private static func isName(_ head: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, FormatRecogniser.isSpace(head[lower]) { lower += 1 }
        while upper > lower, FormatRecogniser.isSpace(head[upper - 1]) { upper -= 1 }
        if upper - lower >= 2, head[lower] == 0x22, head[upper - 1] == 0x22 {
            lower += 1
            upper -= 1
        }
        guard lower < upper, upper - lower <= 128 else { return false }
        let first = head[lower]
        guard
            FormatRecogniser.isLetter(first) || first == 0x5f || first == 0x40 || first == 0x23
                || first >= 0x80
        else { return false }
        var spaces = 0
        for index in lower..<upper {
            let byte = head[index]
            if byte == 0x20 { spaces += 1 }
            // `=`, `<` and `{` are of key=value text, markup and code.
            if byte == 0x3d || byte == 0x3c || byte == 0x7b || byte == 0x22 { return false }
        }
        return spaces <= 5
    }
}
