internal import Engine

/// What a zip file says of one member.
struct ZipEntry {
    static let directoryBytes = 46
    static let localBytes = 30

    var name: String
    var flags: UInt64
    var method: UInt64
    var crc: UInt32
    var compressed: UInt64
    var size: UInt64
    var localOffset: UInt64

    /// From a header of the central directory; `variable` is its name and extra fields.
    init?(directory fields: ByteFields, variable: [UInt8], nameBytes: Int) {
        guard let flags = fields.u16(8), let method = fields.u16(10), let crc = fields.u32(16),
            let compressed = fields.u32(20), let size = fields.u32(24),
            let offset = fields.u32(42), nameBytes <= variable.count
        else { return nil }
        self.init(
            name: variable[..<nameBytes], flags: flags, method: method, crc: crc,
            compressed: compressed, size: size, localOffset: offset)
        widen(by: Array(variable[nameBytes...]))
    }

    /// From a local header, for files without a directory.
    init?(local fields: ByteFields, variable: [UInt8], nameBytes: Int, offset: UInt64) {
        guard let flags = fields.u16(6), let method = fields.u16(8), let crc = fields.u32(14),
            let compressed = fields.u32(18), let size = fields.u32(22), nameBytes <= variable.count
        else { return nil }
        self.init(
            name: variable[..<nameBytes], flags: flags, method: method, crc: crc,
            compressed: compressed, size: size, localOffset: offset)
        widen(by: Array(variable[nameBytes...]))
    }

    private init(
        name: ArraySlice<UInt8>, flags: UInt64, method: UInt64, crc: UInt64, compressed: UInt64,
        size: UInt64, localOffset: UInt64
    ) {
        self.name = String(decoding: name, as: UTF8.self)
        self.flags = flags
        self.method = method
        self.crc = UInt32(truncatingIfNeeded: crc)
        self.compressed = compressed
        self.size = size
        self.localOffset = localOffset
    }

    /// Takes over the 64-bit numbers of the zip64 extra field; it holds only those whose 32-bit
    /// place is all ones, in this order.
    private mutating func widen(by extra: [UInt8]) {
        let fields = ByteFields(extra)
        var at = 0
        while let id = fields.u16(at), let count = fields.u16(at + 2) {
            if id == 0x0001 {
                var next = at + 4
                let end = at + 4 + Int(count)
                func take() -> UInt64? {
                    guard next + 8 <= end, let value = fields.u64(next) else { return nil }
                    next += 8
                    return value
                }
                if size == 0xffff_ffff, let value = take() { size = value }
                if compressed == 0xffff_ffff, let value = take() { compressed = value }
                if localOffset == 0xffff_ffff, let value = take() { localOffset = value }
            }
            at += 4 + Int(count)
        }
    }

    var isEncrypted: Bool { flags & 1 != 0 || method == 99 }
    /// Sizes and CRC-32 follow the data instead of being in the local header.
    var hasDescriptor: Bool { flags & 8 != 0 }

    /// Why this member cannot be read; nil when it can.
    var refusal: ReadFailure? {
        if isEncrypted {
            return ReadFailure(.unsupported, "is encrypted; unpack the archive with its password")
        }
        if [0, 8, 93].contains(method) { return nil }
        let names: [UInt64: String] = [
            9: "deflate64", 12: "bzip2", 14: "LZMA", 95: "xz", 97: "WavPack", 98: "PPMd",
        ]
        let method = names[method] ?? "method \(method)"
        return ReadFailure(
            .unsupported, "is compressed with \(method), which is not read here; unpack the archive"
        )
    }

    func decompressed(
        _ stored: any ByteStream, tally: Tally, limits: ReadLimits
    ) throws(ReadFailure) -> any ByteStream {
        switch method {
        case 8: try GzipStream(stored, wrapping: .deflate, tally: tally)
        case 93: try ZstdStream(stored, tally: tally, limits: limits)
        default: stored
        }
    }
}
