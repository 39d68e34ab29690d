/// Names that a shared library looks for in others, read from its ELF file without loading it.
///
/// Undefined names stand before all others in a dynamic symbol table with a GNU hash, so that table says where they end.
struct ELFNames {
    static let namesMax = 65_536
    private static let headersMax = 64

    /// Reads at most `count` bytes at an offset of the file; fewer where it ends.
    typealias Reader = (_ offset: UInt64, _ count: Int) -> [UInt8]

    private struct Segment {
        var offset: UInt64
        var address: UInt64
        var count: UInt64
    }

    let undefined: [String]

    /// Nil where the file is not a 64-bit little-endian shared library of the form above.
    init?(_ read: Reader) {
        let head = read(0, 64)
        guard head.count == 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]),
            let offset = head.number(32, 8), let size = head.number(54, 2), size == 56,
            let count = head.number(56, 2), count <= Self.headersMax
        else { return nil }
        let headers = read(offset, Int(count) * 56)
        var loads: [Segment] = []
        var dynamic: Segment?
        for index in 0..<Int(count) {
            let at = index * 56
            guard let type = headers.number(at, 4), let offset = headers.number(at + 8, 8),
                let address = headers.number(at + 16, 8), let count = headers.number(at + 32, 8)
            else { return nil }
            let segment = Segment(offset: offset, address: address, count: count)
            if type == 1 { loads.append(segment) } else if type == 2 { dynamic = segment }
        }
        guard let dynamic, dynamic.count <= 1 << 16 else { return nil }
        let table = read(dynamic.offset, Int(dynamic.count))
        var places: [UInt64: UInt64] = [:]
        for at in stride(from: 0, to: table.count - 15, by: 16) {
            if let tag = table.number(at, 8), let value = table.number(at + 8, 8) {
                places[tag] = value
            }
        }
        // 5 strings, 6 symbols, 10 bytes of strings, 0x6ffffef5 GNU hash.
        guard let strings = Self.place(places[5], loads),
            let symbols = Self.place(places[6], loads),
            let stringBytes = places[10], stringBytes <= 64 << 20,
            let hash = Self.place(places[0x6FFF_FEF5], loads),
            let end = read(hash, 16).number(4, 4), end <= Self.namesMax
        else { return nil }
        let rows = read(symbols, Int(end) * 24)
        let text = read(strings, Int(stringBytes))
        undefined = (0..<Int(end)).compactMap { index in
            guard let name = rows.number(index * 24, 4), rows.number(index * 24 + 6, 2) == 0,
                name < text.count
            else { return nil }
            return String(decoding: text[Int(name)...].prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Where in the file an address lies.
    private static func place(_ address: UInt64?, _ loads: [Segment]) -> UInt64? {
        guard let address,
            let load = loads.first(where: {
                $0.address <= address && address - $0.address < $0.count
            })
        else { return nil }
        return load.offset &+ (address - load.address)
    }
}

extension [UInt8] {
    /// Little endian; nil beyond the end.
    fileprivate func number(_ at: Int, _ bytes: Int) -> UInt64? {
        guard at >= 0, at + bytes <= count else { return nil }
        return (0..<bytes).reduce(0) { $0 | UInt64(self[at + $1]) << UInt64(8 * $1) }
    }
}
