/// What the first bytes of a source say it is.
package enum Recognition: Equatable, Sendable {
    /// Records in a known format. `under` is the path of keys to the array that holds them, for
    /// ``RecordFormat/jsonArray`` only; empty when the document is the array.
    case records(RecordFormat, under: [String])
    /// Text whose records no format describes.
    case unknownText
    /// Not text; what it is, where that is known ("PNG image").
    case binary(String)
    case empty
}

/// Tells a format by content. Pure: it sees bytes, never a name.
///
/// - Input: the first bytes of a source after decompression, at most ``headBytesMax`` are looked
///   at; UTF-8 without its byte order mark (see ``TextEncoding``).
/// - Rule: what can be told from a signature is; else each of the first ``linesMax`` lines votes
///   and the format most of them have wins, where at least half of the lines agree. So one odd
///   line at the top does not decide, and what stands within a message does not either.
package enum FormatRecogniser {
    package static let headBytesMax = 64 << 10
    package static let linesMax = 32

    /// - Parameter isWhole: the head is all there is, so its last line is complete.
    package static func recognise(_ head: Span<UInt8>, isWhole: Bool) -> Recognition {
        let head = head.extracting(0..<min(head.count, headBytesMax))
        if head.isEmpty { return .empty }
        if starts(head, with: "ElfFile\0") || starts(head, with: "ElfChnk\0") {
            return .records(.evtx, under: [])
        }
        if let kind = BinaryKind.of(head) { return .binary(kind) }
        // Fields of the export format may be binary, so it is told before text is asked for.
        if isJournalExport(head) { return .records(.journal, under: []) }
        if BinaryKind.looksBinary(head) { return .binary("binary data") }
        let start = skipSpace(head, from: 0)
        if start == head.count { return isWhole ? .empty : .unknownText }
        if let json = JSONShape.of(head, from: start) {
            switch json {
            case .values: return .records(.json, under: [])
            case .array(let path): return .records(.jsonArray, under: path)
            }
        }
        if starts(head, with: "#separator") { return .records(.zeekTSV, under: []) }
        // Frames have no lines.
        if FramedSyslog.starts(head, isWhole: isWhole) { return .records(.syslog, under: []) }
        return byLines(head, isWhole: isWhole)
    }

    private static func byLines(_ head: Span<UInt8>, isWhole: Bool) -> Recognition {
        var sure = Votes()
        var all = Votes()
        var lines = 0
        var lineStart = 0
        while lineStart < head.count, lines < linesMax {
            let lineEnd = endOfLine(head, from: lineStart)
            // A line that is cut short tells little, unless nothing else does.
            if lineEnd == head.count && !isWhole && lines > 0 { break }
            let line = trimmed(head, lineStart..<lineEnd)
            if !line.isEmpty {
                lines += 1
                if let vote = LineShape.of(head.extracting(line)) {
                    all.add(vote.format)
                    if vote.isSure { sure.add(vote.format) }
                }
            }
            lineStart = lineEnd + 1
        }
        if let format = sure.winner(of: lines) { return .records(format, under: []) }
        if TableShape.of(head, isWhole: isWhole) != nil { return .records(.csv, under: []) }
        if let format = all.winner(of: lines) { return .records(format, under: []) }
        return .unknownText
    }

    private struct Votes {
        private var counts: [RecordFormat: Int] = [:]

        mutating func add(_ format: RecordFormat) { counts[format, default: 0] += 1 }

        /// The format with most votes, where at least half of the lines gave one. Ties go to the
        /// format declared first, so that the answer never depends on hashing.
        func winner(of lines: Int) -> RecordFormat? {
            var best: (format: RecordFormat, count: Int)?
            for format in RecordFormat.allCases {
                if let count = counts[format], count > best?.count ?? 0 { best = (format, count) }
            }
            return best.flatMap { $0.count * 2 >= lines ? $0.format : nil }
        }
    }

    /// `__CURSOR=` opens each entry that journalctl and the journal's network service write.
    private static func isJournalExport(_ head: Span<UInt8>) -> Bool {
        starts(head, with: "__CURSOR=") || starts(head, with: "__REALTIME_TIMESTAMP=")
    }

    // MARK: bytes

    static func starts(_ bytes: Span<UInt8>, at start: Int = 0, with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard start >= 0, start <= bytes.count, bytes.count - start >= count else { return false }
        for index in 0..<count where unsafe bytes[start + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    static func skipSpace(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
        return index
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    static func endOfLine(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
        return index
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isSpace(bytes[lower]) { lower += 1 }
        while upper > lower, isSpace(bytes[upper - 1]) { upper -= 1 }
        return lower..<upper
    }
}
