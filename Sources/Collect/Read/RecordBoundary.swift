internal import Engine

/// Knows where text of a format may be cut so that no record is torn.
struct RecordBoundary {
    private let format: RecordFormat

    init(_ format: RecordFormat) { self.format = format }

    /// Position after the last record that surely ends in `0..<filled`, read from the start of a
    /// record; nil when none does. Never 0.
    func last(in bytes: [UInt8], filled: Int) -> Int? {
        switch format {
        case .json, .jsonArray: lastJSON(bytes, filled)
        case .auditd: AuditBoundary.last(in: bytes, filled: filled)
        case .journal: lastJournal(bytes, filled)
        case .csv: lastTableRow(bytes, filled)
        default: bytes.last(0x0a, in: 0..<filled).map { $0 + 1 }
        }
    }

    // MARK: JSON

    /// In JSON a closing bracket, white space and an opening bracket stand in a row only between
    /// two top-level values, since elements have a comma between them and a newline cannot stand in
    /// a string. So a newline with these neighbours is safe, whatever came before it: a damaged
    /// line spoils nothing but itself. Text without one is read from its start, string by string.
    private func lastJSON(_ bytes: [UInt8], _ filled: Int) -> Int? {
        var end = filled
        while let newline = bytes.last(0x0a, in: 0..<end) {
            var after = newline + 1
            while after < filled, Self.isSpace(bytes[after]) { after += 1 }
            var before = newline
            while before > 0, Self.isSpace(bytes[before - 1]) { before -= 1 }
            if after < filled, before > 0, Self.opens(bytes[after]), Self.closes(bytes[before - 1])
            {
                return newline + 1
            }
            end = before
        }
        return bytes.lastJSONValue(before: filled)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
    private static func opens(_ byte: UInt8) -> Bool { byte | 0x20 == 0x7b }
    private static func closes(_ byte: UInt8) -> Bool { byte | 0x20 == 0x7d }

    // MARK: journal

    /// Entries end with an empty line. A field without `=` in its first line is binary: eight bytes
    /// of length, little-endian, then as many of content, then a newline.
    /// Source: systemd, "Journal Export Formats".
    private func lastJournal(_ bytes: [UInt8], _ filled: Int) -> Int? {
        var last: Int?
        var at = 0
        while at < filled, let newline = bytes.first(0x0a, in: at..<filled) {
            if newline == at {
                last = newline + 1
                at = newline + 1
                continue
            }
            if bytes.first(UInt8(ascii: "="), in: at..<newline) != nil {
                at = newline + 1
                continue
            }
            guard newline + 9 <= filled else { break }
            var length: UInt64 = 0
            for index in 0..<8 { length |= UInt64(bytes[newline + 1 + index]) << UInt64(index * 8) }
            guard length < UInt64(filled - newline - 9) else {
                // Longer than any record may be: no length at all, so go on with the next line.
                if length > 1 << 30 {
                    at = newline + 1
                    continue
                }
                break
            }
            at = newline + 9 + Int(length) + 1
        }
        return last
    }

    // MARK: tables

    private func lastTableRow(_ bytes: [UInt8], _ filled: Int) -> Int? {
        guard bytes.first(0x22, in: 0..<filled) != nil else {
            return bytes.last(0x0a, in: 0..<filled).map { $0 + 1 }
        }
        var last: Int?
        Self.forEachUnquoted(bytes, filled) { gap in
            if let newline = bytes.last(0x0a, in: gap) { last = newline + 1 }
            return true
        }
        return last
    }

    /// Position after the first row; nil when it does not end.
    static func firstTableRow(in bytes: [UInt8]) -> Int? {
        var end: Int?
        forEachUnquoted(bytes, bytes.count) { gap in
            end = bytes.first(0x0a, in: gap).map { $0 + 1 }
            return end == nil
        }
        return end
    }

    /// Calls `body` with each stretch outside quotes, until it returns false. A quote opens at the
    /// start of a field only (RFC 4180 section 2); within quotes, two stand for one.
    private static func forEachUnquoted(
        _ bytes: [UInt8], _ filled: Int, _ body: (Range<Int>) -> Bool
    ) {
        var gapStart = 0
        var at = 0
        while let quote = bytes.first(0x22, in: at..<filled) {
            let before = quote == 0 ? 0x0a : bytes[quote - 1]
            guard before == 0x0a || before == 0x0d || [0x2c, 0x3b, 0x09, 0x7c].contains(before)
            else {
                at = quote + 1
                continue
            }
            guard body(gapStart..<quote) else { return }
            at = quote + 1
            while true {
                // An open quote at the end: nothing after it is known to be outside.
                guard let next = bytes.first(0x22, in: at..<filled) else { return }
                at = next + 1
                if at < filled, bytes[at] == 0x22 { at += 1 } else { break }
            }
            gapStart = at
        }
        _ = body(gapStart..<filled)
    }
}
