/// Names common files that hold no log records, so that a refusal says what was met.
enum BinaryKind {
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        ([0x89, 0x50, 0x4e, 0x47], "PNG image"),
        ([0xff, 0xd8, 0xff], "JPEG image"),
        ([0x47, 0x49, 0x46, 0x38], "GIF image"),
        ([0x7f, 0x45, 0x4c, 0x46], "ELF program"),
        ([0x4d, 0x5a, 0x90, 0x00], "Windows program"),
        ([0x25, 0x50, 0x44, 0x46, 0x2d], "PDF document"),
        ([0xcf, 0xfa, 0xed, 0xfe], "Mach-O program"),
        ([0xd4, 0xc3, 0xb2, 0xa1], "packet capture"),
        ([0xa1, 0xb2, 0xc3, 0xd4], "packet capture"),
        ([0x4d, 0x3c, 0xb2, 0xa1], "packet capture"),
        ([0x0a, 0x0d, 0x0d, 0x0a], "packet capture"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz compressed data"),
        ([0x42, 0x5a, 0x68], "bzip2 compressed data"),
        ([0x04, 0x22, 0x4d, 0x18], "lz4 compressed data"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z archive"),
        ([0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], "RAR archive"),
        ([0x4d, 0x53, 0x43, 0x46], "Microsoft cabinet"),
        (Array("SQLite format 3\0".utf8), "SQLite database"),
        (Array("LPKSHHRH".utf8), "binary systemd journal (export it with journalctl -o export)"),
        ([0x72, 0x65, 0x67, 0x66], "Windows registry hive"),
        ([0xd0, 0xcf, 0x11, 0xe0], "OLE document"),
        ([0x00, 0x05, 0x16, 0x07], "AppleDouble attributes"),
        ([0x30, 0x00, 0x00, 0x00, 0x4c, 0x66, 0x4c, 0x65], "Windows event log before EVTX (.evt)"),
    ]

    static func of(_ head: Span<UInt8>) -> String? {
        for signature in signatures where head.count >= signature.bytes.count {
            var isEqual = true
            for index in signature.bytes.indices where head[index] != signature.bytes[index] {
                isEqual = false
                break
            }
            // "BZh" may open a line of text; the level that follows and the block's own
            // signature may not.
            if isEqual, signature.bytes.count == 3, signature.bytes[0] == 0x42 {
                return head.count > 4 && head[4] == 0x31 ? signature.name : nil
            }
            if isEqual { return signature.name }
        }
        return nil
    }

    /// Text holds no zero byte, and few control characters other than white space and escape.
    static func looksBinary(_ head: Span<UInt8>) -> Bool {
        let count = min(head.count, 4096)
        var controls = 0
        for index in 0..<count {
            let byte = head[index]
            if byte == 0 { return true }
            if byte < 0x20 && !FormatRecogniser.isSpace(byte) && byte != 0x1b { controls += 1 }
        }
        return controls * 20 > count
    }
}

/// How text is written down, as far as its first bytes tell.
package enum TextEncoding: Sendable, Equatable {
    /// Or an encoding that agrees with it in ASCII.
    case utf8
    case utf16LittleEndian, utf16BigEndian
    case utf32

    /// - Returns: the encoding, and how many bytes of byte order mark come before the text.
    package static func of(_ head: Span<UInt8>) -> (encoding: TextEncoding, markBytes: Int) {
        guard head.count >= 2 else { return (.utf8, 0) }
        if head.count >= 3, head[0] == 0xef, head[1] == 0xbb, head[2] == 0xbf { return (.utf8, 3) }
        if head.count >= 4 {
            if head[0] == 0xff, head[1] == 0xfe, head[2] == 0, head[3] == 0 { return (.utf32, 4) }
            if head[0] == 0, head[1] == 0, head[2] == 0xfe, head[3] == 0xff { return (.utf32, 4) }
        }
        if head[0] == 0xff, head[1] == 0xfe { return (.utf16LittleEndian, 2) }
        if head[0] == 0xfe, head[1] == 0xff { return (.utf16BigEndian, 2) }
        return (unmarked(head), 0)
    }

    /// Without a mark: logs are mostly ASCII, so UTF-16 shows as a zero in every other byte.
    private static func unmarked(_ head: Span<UInt8>) -> TextEncoding {
        let pairs = min(head.count, 1024) / 2
        guard pairs >= 8 else { return .utf8 }
        var littleEndian = 0
        var bigEndian = 0
        for pair in 0..<pairs {
            let first = head[pair * 2]
            let second = head[pair * 2 + 1]
            if second == 0 && isTextual(first) { littleEndian += 1 }
            if first == 0 && isTextual(second) { bigEndian += 1 }
        }
        if littleEndian * 10 >= pairs * 9 { return .utf16LittleEndian }
        if bigEndian * 10 >= pairs * 9 { return .utf16BigEndian }
        return .utf8
    }

    private static func isTextual(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte < 0x7f) || FormatRecogniser.isSpace(byte)
    }
}
