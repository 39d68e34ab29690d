package import Engine

/// Tells the records of text apart, for whoever keeps them one by one.
///
/// Where a record ends depends on the bytes from its start on alone, never on how they arrived: cut again from any place where one began, the
/// same text gives the same records. ``RecordBoundary`` only says where blocks may be cut.
package struct RecordCutter: Sendable {
    package struct Piece: Hashable, Sendable {
        /// Without the line end.
        package var range: Range<Int>
        /// Where the next one begins.
        package var next: Int
        /// A line that names columns, and is no record.
        package var isHeader = false
    }

    private let format: RecordFormat?

    /// - Parameter format: nil takes every line for a record.
    package init(_ format: RecordFormat?) { self.format = format }

    /// Records may span lines, so that the last one may have to wait for what follows.
    package var isGrouped: Bool {
        switch format {
        case .json, .jsonArray, .auditd, .journal, .csv: true
        default: false
        }
    }

    /// Rows mean nothing without the lines that name their columns.
    package var hasHeader: Bool { format == .csv || format == .zeekTSV || format == .accessLog }

    /// The records that surely end in `bytes`, which begin where a record does.
    ///
    /// - Parameters:
    ///   - isFirst: the bytes are the first of their source.
    ///   - isOver: nothing follows, so what is left is a record too.
    package func pieces(in bytes: [UInt8], isFirst: Bool, isOver: Bool) -> [Piece] {
        switch format {
        case .json, .jsonArray:
            pieces(in: bytes, isOver: isOver) { Self.jsonEnd(bytes, from: $0, isOver: isOver) }
        case .auditd: auditPieces(in: bytes, isOver: isOver)
        case .journal:
            pieces(in: bytes, isOver: isOver) { Self.entryEnd(bytes, from: $0) }
        case .csv: rowPieces(in: bytes, isFirst: isFirst, isOver: isOver)
        case .zeekTSV, .accessLog:
            linePieces(in: bytes, isOver: isOver).map { piece in
                var piece = piece
                piece.isHeader = bytes[piece.range.lowerBound] == UInt8(ascii: "#")
                return piece
            }
        default: linePieces(in: bytes, isOver: isOver)
        }
    }

    private func linePieces(in bytes: [UInt8], isOver: Bool) -> [Piece] {
        pieces(in: bytes, isOver: isOver) { start in
            bytes.first(0x0a, in: start..<bytes.count).map { $0 + 1 }
        }
    }

    /// - Parameter end: where the record that begins at a place ends, its line end included; nil where that is not known yet.
    private func pieces(
        in bytes: [UInt8], isOver: Bool, _ end: (Int) -> Int?
    ) -> [Piece] {
        var found: [Piece] = []
        var start = 0
        while start < bytes.count {
            guard let next = end(start) ?? (isOver ? bytes.count : nil) else { break }
            if let range = Self.trimmed(bytes, start..<next) {
                found.append(Piece(range: range, next: next))
            }
            start = next
        }
        return found
    }

    /// Without blanks before it and line ends behind it; nil where nothing else is there.
    static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
        var lower = range.lowerBound
        var upper = range.upperBound
        while upper > lower, bytes[upper - 1] == 0x0a || bytes[upper - 1] == 0x0d { upper -= 1 }
        // A writer that goes on at its old place after its file was emptied leaves zeros before it.
        while lower < upper, [0x0a, 0x0d, 0].contains(bytes[lower]) { lower += 1 }
        return bytes[lower..<upper].contains { $0 > 0x20 } ? lower..<upper : nil
    }

    // MARK: JSON

    /// A value ends with its line. Where one is open at a line's end and the next line opens a new one in a place where no value can stand, the
    /// first broke off; so does one whose line ends within a string. Values without a line end between them are told apart by their brackets.
    private static func jsonEnd(_ bytes: [UInt8], from start: Int, isOver: Bool) -> Int? {
        var depth = 0
        var isInString = false
        var before: UInt8 = 0
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if isInString {
                switch byte {
                case UInt8(ascii: "\\"): at += 1
                case UInt8(ascii: "\""): isInString = false
                case 0x0a: return at
                default: break
                }
                continue
            }
            switch byte {
            case 0x0a:
                if depth == 0 { return at }
                guard let next = bytes[at...].first(where: { $0 > 0x20 }) else { return nil }
                if next == UInt8(ascii: "{"), !valueMayFollow(before) { return at }
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                guard depth == 0 else { break }
                guard at < bytes.count else { return nil }
                if bytes[at] == UInt8(ascii: "{") { return at }
            default: break
            }
            if byte > 0x20 { before = byte }
        }
        return nil
    }

    private static func valueMayFollow(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[")
    }

    // MARK: journal

    /// See ``RecordBoundary``: an entry ends with an empty line, fields may be binary.
    private static func entryEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while at < bytes.count, bytes[at] == 0x0a { at += 1 }
        while at < bytes.count, let newline = bytes.first(0x0a, in: at..<bytes.count) {
            if newline == at { return newline + 1 }
            guard bytes.first(UInt8(ascii: "="), in: at..<newline) == nil else {
                at = newline + 1
                continue
            }
            guard newline + 9 <= bytes.count else { return nil }
            var length: UInt64 = 0
            for index in 0..<8 { length |= UInt64(bytes[newline + 1 + index]) << UInt64(index * 8) }
            if length > 1 << 30 {
                at = newline + 1
            } else {
                at = newline + 9 + Int(length) + 1
            }
        }
        return nil
    }

    // MARK: tables

    private func rowPieces(in bytes: [UInt8], isFirst: Bool, isOver: Bool) -> [Piece] {
        var found = pieces(in: bytes, isOver: isOver) { Self.rowEnd(bytes, from: $0) }
        if isFirst, !found.isEmpty { found[0].isHeader = true }
        return found
    }

    /// A quote opens at the start of a field only; within quotes, two stand for one (RFC 4180 section 2).
    private static func rowEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        var isFieldStart = true
        var isQuoted = false
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if isQuoted {
                guard byte == 0x22 else { continue }
                guard at < bytes.count else { return nil }
                if bytes[at] == 0x22 { at += 1 } else { isQuoted = false }
                continue
            }
            if byte == 0x0a { return at }
            isQuoted = byte == 0x22 && isFieldStart
            isFieldStart = [0x2c, 0x3b, 0x09, 0x7c].contains(byte)
        }
        return nil
    }
}
