package import Engine
package import Tenancy

/// Text that a sender logged, as the record it becomes: its own bytes where their format is known, else the
/// `message` of a JSON object, so that it can be searched. Bytes that are no UTF-8 are shown in it as U+FFFD, and kept as they came, in hex, as
/// `kagari.bytes`.
package enum TextRecord {
    /// - Parameter text: without the line end that the transport added.
    package static func of(_ text: [UInt8]) -> (bytes: [UInt8], format: RecordFormat) {
        let isOneLine = !text.contains(UInt8(ascii: "\n"))
        if case .records(let format, let path) = FormatRecogniser.recognise(
            text.span, isWhole: true), path.isEmpty
        {
            switch format {
            case .json: return (text, .json)
            // These need their header line, or are no text.
            case .csv, .zeekTSV, .evtx, .jsonArray, .journal: break
            // A further line would be a record of its own to the decoder.
            case .syslog, .auditd, .accessLog, .cef, .leef, .keyValue:
                if isOneLine { return (text, format) }
            }
        }
        var bytes = Array("{\"message\":".utf8)
        JSONBytes.appendString(text, to: &bytes)
        if String(validating: text, as: UTF8.self) == nil {
            bytes.append(contentsOf: ",\"kagari.bytes\":\"\(Hex.text(text))\"".utf8)
        }
        bytes.append(UInt8(ascii: "}"))
        return (bytes, .json)
    }
}

/// JSON written straight into bytes, for records whose values are bytes as received.
enum JSONBytes {
    /// With quotes; bytes that are no UTF-8 become U+FFFD, since JSON has no other way to hold them.
    static func appendString(_ text: [UInt8], to bytes: inout [UInt8]) {
        let text =
            String(validating: text, as: UTF8.self) == nil
            ? Array(String(decoding: text, as: UTF8.self).utf8) : text
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: bytes.append(contentsOf: "\\n".utf8)
            case 0x0d: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7f:
                bytes.append(contentsOf: "\\u00\(Hex.text([byte]))".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    static func appendString(_ text: String, to bytes: inout [UInt8]) {
        appendString(Array(text.utf8), to: &bytes)
    }
}

/// Labels of a record, as the text of one JSON object. See ``Delivery/Record/labels``.
package struct Labels {
    private var body: [UInt8] = []

    package init() {}

    /// - Parameter json: the value's own JSON text.
    mutating func add(_ name: String, json: some Collection<UInt8>) {
        if !body.isEmpty { body.append(UInt8(ascii: ",")) }
        JSONBytes.appendString(name, to: &body)
        body.append(UInt8(ascii: ":"))
        body.append(contentsOf: json)
    }

    package mutating func add(_ name: String, _ text: String) {
        var value: [UInt8] = []
        JSONBytes.appendString(text, to: &value)
        add(name, json: value)
    }

    /// Empty where nothing was added; nil where they are too long.
    package var bytes: [UInt8]? {
        if body.isEmpty { return [] }
        guard body.count + 2 <= IntakeLimits.labelBytesMax else { return nil }
        return [UInt8(ascii: "{")] + body + [UInt8(ascii: "}")]
    }
}

extension RecordKey {
    /// Digest over what tells a record of one source apart: the protocol, where it put it, and the id it gave.
    package static func of(_ source: SourceBinding, _ parts: [UInt8]...) -> RecordKey {
        var hash = StableHash()
        hash.add(source.tenant.text)
        hash.add(source.source.text)
        for part in parts { hash.add(part) }
        let (high, low) = hash.finish()
        return RecordKey(high: high, low: low)
    }
}
