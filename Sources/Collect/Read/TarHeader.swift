/// One 512-byte header of a tar archive.
struct TarHeader {
    var name: String
    var size: UInt64
    var kind: UInt8

    var isFile: Bool { kind == 0 || kind == UInt8(ascii: "0") || kind == UInt8(ascii: "7") }

    /// - Returns: nil when the checksum does not hold or a number is none.
    init?(_ record: [UInt8]) {
        guard record.count == TarArchive.recordBytes, Self.isSound(record),
            let size = Self.number(record[124..<136])
        else { return nil }
        var name = Self.text(record[0..<100])
        // Only ustar has a prefix; GNU's older format has times in its place.
        if record.starts(with: "ustar\0", at: 257) {
            let prefix = Self.text(record[345..<500])
            if !prefix.isEmpty { name = prefix + "/" + name }
        }
        self.name = name
        self.size = size
        kind = record[156]
    }

    /// The sum of all bytes, with the sum's own place taken for spaces. Some old writers summed
    /// signed bytes.
    static func isSound(_ record: [UInt8]) -> Bool {
        guard record.count >= TarArchive.recordBytes, let stated = number(record[148..<156]) else {
            return false
        }
        var unsigned: Int64 = 0
        var signed: Int64 = 0
        for index in 0..<TarArchive.recordBytes {
            let byte = (148..<156).contains(index) ? 0x20 : record[index]
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        // A record of zeros sums to 256 and states 0.
        return Int64(exactly: stated) == unsigned || Int64(exactly: stated) == signed
    }

    /// Octal digits with spaces or zeros around them, or GNU's base 256.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        if let first = field.first, first & 0x80 != 0 {
            var value = UInt64(first & 0x7f)
            for byte in field.dropFirst() {
                guard value >> 56 == 0 else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value >> 62 == 0 ? value : nil
        }
        var value: UInt64 = 0
        var hasEnded = false
        var digits = 0
        for byte in field {
            switch byte {
            case 0x30...0x37:
                guard !hasEnded, value >> 60 == 0 else { return nil }
                value = value << 3 | UInt64(byte - 0x30)
                digits += 1
            case 0x20 where digits == 0: continue
            case 0x20, 0: hasEnded = true
            default: return nil
            }
        }
        return value
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// What matters here of a pax record: lines of `count name=value`.
struct TarAttributes {
    var path: String?
    var size: UInt64?
    var isSparse = false

    init(_ bytes: [UInt8]) {
        var at = 0
        while at < bytes.count {
            var count = 0
            var index = at
            while index < bytes.count, bytes[index] &- 0x30 <= 9, count < 1 << 24 {
                count = count * 10 + Int(bytes[index] - 0x30)
                index += 1
            }
            guard index < bytes.count, bytes[index] == 0x20, count > index - at + 1,
                count <= bytes.count - at
            else { return }
            // The count takes in the newline that ends the line.
            let line = bytes[index + 1..<at + count - 1]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let value = String(decoding: line[(equals + 1)...], as: UTF8.self)
                let name = String(decoding: line[..<equals], as: UTF8.self)
                switch name {
                case "path": path = value
                case "size": size = UInt64(value).flatMap { $0 >> 62 == 0 ? $0 : nil }
                default: if name.hasPrefix("GNU.sparse") { isSparse = true }
                }
            }
            at += count
        }
    }
}
