import Foundation

@testable import Engine

/// Runs a text decoder over bytes and writes down what came out.
enum TextDecoding {
    /// A header the block's reader would have kept for later blocks of the source.
    static func preamble(_ format: RecordFormat, _ bytes: [UInt8]) -> [UInt8] {
        switch format {
        case .csv:
            let end = bytes.firstIndex(of: 10) ?? bytes.count
            return Array(bytes[..<end])
        case .zeekTSV, .accessLog:
            let lines = bytes.split(separator: 10)
            return Array(lines.prefix { $0.first == UInt8(ascii: "#") }.joined(separator: [10]))
        default: return []
        }
    }

    static func block(
        _ format: RecordFormat, _ bytes: [UInt8], offset: Int = 0, firstLine: Int = 1,
        preamble: [UInt8] = []
    ) -> Block {
        Block(
            source: 0, sequence: 0, bytes: bytes, offset: UInt64(offset),
            firstLine: UInt64(firstLine), format: format, preamble: preamble)
    }

    /// One text per event or failure, in order.
    static func events(_ block: Block, _ buffer: inout EventBuffer) -> [String] {
        let reference = TimestampText.parse("2023-11-20T00:00:00Z")
        switch block.format {
        case .syslog:
            var decoder = SyslogDecoder(block, referenceTime: reference)
            return run(&decoder, block, &buffer)
        case .auditd:
            var decoder = AuditdDecoder(block)
            return run(&decoder, block, &buffer)
        case .journal:
            var decoder = JournalDecoder(block)
            return run(&decoder, block, &buffer)
        case .zeekTSV:
            var decoder = ZeekTSVDecoder(block)
            return run(&decoder, block, &buffer)
        case .accessLog:
            var decoder = AccessLogDecoder(block)
            return run(&decoder, block, &buffer)
        case .cef:
            var decoder = CEFDecoder(block, referenceTime: reference)
            return run(&decoder, block, &buffer)
        case .leef:
            var decoder = LEEFDecoder(block, referenceTime: reference)
            return run(&decoder, block, &buffer)
        case .csv:
            var decoder = CSVDecoder(block)
            return run(&decoder, block, &buffer)
        case .keyValue:
            var decoder = KeyValueDecoder(block)
            return run(&decoder, block, &buffer)
        default: return []
        }
    }

    static func events(_ format: RecordFormat, _ bytes: [UInt8]) -> [String] {
        var buffer = EventBuffer(names: FieldNames())
        return events(block(format, bytes), &buffer)
    }

    private static func run<D: RecordDecoder>(
        _ decoder: inout D, _ block: Block, _ buffer: inout EventBuffer
    ) -> [String] {
        var result: [String] = []
        while true {
            do {
                guard try decoder.next(in: block.bytes.span, into: &buffer) else { return result }
                result.append(text(of: buffer))
            } catch {
                result.append("!! \(UInt64(error.offset) + block.offset) \(error.reason)\n")
            }
            // Each call takes at least one byte, or the decoder stands still.
            if result.count > block.bytes.count + 1 { return result + ["!! stands still\n"] }
        }
    }

    private static func text(of event: borrowing EventBuffer) -> String {
        var text = "-- record \(event.recordNumber) at \(event.recordOffset)"
        text += " raw \(event.rawRange.count) time \(event.time?.text ?? "none")\n"
        for index in 0..<event.fieldCount {
            let field = event.field(at: index)
            let value = event.withBytes(of: field) { escaped($0) }
            text += "\(escapedName(event.names.name(field.name)))=\(value)\n"
        }
        return text
    }

    private static func escapedName(_ name: String) -> String {
        name.contains { $0.isNewline } ? "\(name.debugDescription)" : name
    }

    private static func escaped(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.contains(where: \.isNewline),
            !text.contains("\u{0}")
        {
            return text.replacingOccurrences(of: "\t", with: "\\t")
        }
        var text = ""
        for byte in bytes {
            text +=
                byte >= 32 && byte < 127
                ? String(UnicodeScalar(byte)) : String(format: "\\x%02x", byte)
        }
        return text
    }
}
