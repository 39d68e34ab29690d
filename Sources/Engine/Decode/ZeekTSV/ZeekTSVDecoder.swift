/// Decodes Zeek's tab-separated logs, one event a row.
///
/// - Input: rows under the `#` lines of the block's preamble or of the block itself, which may
///   change them (logs put one behind the other). At most ``TextLines/lineBytesMax`` bytes a row.
/// - Output: each column under its own name and `_path` from `#path`; an unset value is absent, an
///   empty one is there and empty; sets and vectors give one value an element; booleans are `true`
///   and `false`, as Zeek's JSON writer has them; `\xHH` is resolved. Time from `ts`.
/// - Failures: ``Failure``; the row is passed over.
/// - Source: Zeek "Log Formats and Inspection"; `docs/formats/zeek.md`.
package struct ZeekTSVDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case noFields = "Zeek row without a #fields line above it"
        case columns = "Zeek row has another number of columns than #fields"
    }

    private var lines: TextLines
    private let preamble: [UInt8]
    private var header = ZeekHeader()
    private var pathName: FieldID?

    package init(_ block: Block) {
        lines = TextLines(block)
        preamble = block.preamble
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        if pathName == nil {
            pathName = event.names.intern("_path")
            readPreamble(&event.names)
        }
        while let line = try lines.nextBounded(in: bytes) {
            if bytes[line.lowerBound] == UInt8(ascii: "#") {
                header.read(bytes, line, &event.names)
                continue
            }
            guard !header.columns.isEmpty else { throw Failure.noFields.at(line.lowerBound) }
            lines.begin(&event, bytes, line)
            try row(bytes, line, &event)
            if let pathName, !header.path.isEmpty { event.append(pathName, header.path.span) }
            return true
        }
        return false
    }

    private mutating func readPreamble(_ names: inout FieldNames) {
        let preamble = preamble
        let span = preamble.span
        var start = 0
        while start < span.count {
            let end = span.position(of: Ascii.newline, in: start..<span.count) ?? span.count
            let line = span.trimmed(start..<end)
            if !line.isEmpty, span[line.lowerBound] == UInt8(ascii: "#") {
                header.read(span, line, &names)
            }
            start = end + 1
        }
    }

    private func row(
        _ bytes: Span<UInt8>, _ line: Range<Int>, _ event: inout EventBuffer
    ) throws(DecodeFailure) {
        var text = TextScanner(bytes, line)
        var ended = false
        for column in header.columns {
            guard !ended else { throw Failure.columns.at(line.lowerBound) }
            let part = text.upTo(header.separator)
            ended = part == nil
            append(column, bytes, part ?? text.rest, &event)
        }
        guard ended else { throw Failure.columns.at(line.lowerBound) }
    }

    private func append(
        _ column: ZeekHeader.Column, _ bytes: Span<UInt8>, _ value: Range<Int>,
        _ event: inout EventBuffer
    ) {
        if Self.same(bytes, value, header.unset) { return }
        if column.isTimestamp { event.time = TimestampText.parse(bytes, in: value) }
        let isEmpty = Self.same(bytes, value, header.empty)
        switch column.kind {
        case .list, .boolList:
            guard !isEmpty else {
                event.append(column.name, sourceRange: value.lowerBound..<value.lowerBound)
                return
            }
            var list = TextScanner(bytes, value)
            while true {
                let part = list.upTo(header.setSeparator)
                let element = part ?? list.rest
                if !Self.same(bytes, element, header.unset) {
                    appendOne(column.name, column.kind == .boolList, .text, bytes, element, &event)
                }
                if part == nil { return }
            }
        default:
            let range = isEmpty ? value.lowerBound..<value.lowerBound : value
            appendOne(column.name, column.kind == .bool, column.kind, bytes, range, &event)
        }
    }

    private func appendOne(
        _ name: FieldID, _ isBool: Bool, _ kind: ZeekHeader.Kind, _ bytes: Span<UInt8>,
        _ value: Range<Int>, _ event: inout EventBuffer
    ) {
        if isBool, value.count == 1 {
            let start = event.beginValue()
            event.put(bytes[value.lowerBound] == UInt8(ascii: "T") ? "true" : "false")
            event.endValue(name, from: start, kind: .boolean)
        } else if kind == .number || kind == .time {
            event.append(name, sourceRange: value, kind: .number)
        } else {
            event.append(name, bytes, unescaping: value) { bytes, range, event in
                guard let byte = ZeekHeader.escape(bytes, range) else { return 0 }
                event.put(byte)
                return 4
            }
        }
    }

    private static func same(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: [UInt8]) -> Bool {
        guard range.count == text.count else { return false }
        for offset in 0..<text.count where bytes[range.lowerBound + offset] != text[offset] {
            return false
        }
        return true
    }
}
