/// One value of CBOR, as far as WebAuthn uses it.
///
/// - Source: RFC 8949; the form is CTAP2's canonical one (CTAP 2.1 §8): lengths are definite and shortest, map keys
///   are integers or texts without doubles (their order is not asked for); no tags, no floats.
enum CBOR: Hashable, Sendable {
    case unsigned(UInt64)
    /// -1 - n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    case map([CBOR: CBOR])
    case bool(Bool)
    case null

    enum Failure: Error, Hashable, Sendable {
        case endsEarly(offset: Int), notShortest(offset: Int), unsupported(offset: Int)
        case tooDeep(offset: Int), tooMany(offset: Int), notUTF8(offset: Int), key(offset: Int)
        case trailing(offset: Int), tooLong(bytes: Int)
    }

    static let bytesMax = 65_536
    static let depthMax = 8
    /// Of one array or map.
    static let itemsMax = 256

    /// Reads one value and nothing after it.
    static func value(_ bytes: [UInt8]) throws(Failure) -> CBOR {
        let (value, end) = try first(in: bytes, from: 0)
        guard end == bytes.count else { throw .trailing(offset: end) }
        return value
    }

    /// Reads the value that begins at `start`, and says where it ends.
    static func first(
        in bytes: [UInt8], from start: Int
    ) throws(Failure) -> (value: CBOR, end: Int) {
        guard bytes.count <= bytesMax else { throw .tooLong(bytes: bytes.count) }
        var reader = Reader(bytes: bytes, at: start)
        let value = try reader.value(depth: 0)
        return (value, reader.at)
    }

    subscript(key: Int) -> CBOR? {
        guard case .map(let map) = self else { return nil }
        return map[key < 0 ? .negative(UInt64(-1 - key)) : .unsigned(UInt64(key))]
    }

    subscript(key: String) -> CBOR? {
        guard case .map(let map) = self else { return nil }
        return map[.text(key)]
    }

    var number: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .negative(let value): Int(exactly: value).map { -1 - $0 }
        default: nil
        }
    }

    var byteString: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    private struct Reader {
        let bytes: [UInt8]
        var at: Int

        mutating func value(depth: Int) throws(Failure) -> CBOR {
            let start = at
            guard depth <= depthMax else { throw .tooDeep(offset: start) }
            guard at < bytes.count else { throw .endsEarly(offset: start) }
            let kind = bytes[at] >> 5
            let short = bytes[at] & 31
            at += 1
            if kind == 7 { return try simple(short, start) }
            let argument = try argument(short, start)
            switch kind {
            case 0: return .unsigned(argument)
            case 1: return .negative(argument)
            case 2: return .bytes(Array(try take(argument, start)))
            case 3:
                guard let text = String(validating: try take(argument, start), as: UTF8.self)
                else { throw .notUTF8(offset: start) }
                return .text(text)
            case 4: return try array(argument, start, depth)
            case 5: return try map(argument, start, depth)
            default: throw .unsupported(offset: start)
            }
        }

        private mutating func argument(_ short: UInt8, _ start: Int) throws(Failure) -> UInt64 {
            guard short >= 24 else { return UInt64(short) }
            guard short <= 27 else { throw .unsupported(offset: start) }
            let count = 1 << Int(short - 24)
            let value = try take(UInt64(count), start).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let least: UInt64 = [24, 1 << 8, 1 << 16, 1 << 32][Int(short - 24)]
            guard value >= least else { throw .notShortest(offset: start) }
            return value
        }

        private func simple(_ short: UInt8, _ start: Int) throws(Failure) -> CBOR {
            switch short {
            case 20: .bool(false)
            case 21: .bool(true)
            case 22: .null
            default: throw .unsupported(offset: start)
            }
        }

        private mutating func take(
            _ count: UInt64, _ start: Int
        ) throws(Failure) -> ArraySlice<UInt8> {
            guard count <= UInt64(bytes.count - at) else { throw .endsEarly(offset: start) }
            defer { at += Int(count) }
            return bytes[at..<(at + Int(count))]
        }

        private mutating func array(
            _ count: UInt64, _ start: Int, _ depth: Int
        ) throws(Failure) -> CBOR {
            guard count <= UInt64(itemsMax) else { throw .tooMany(offset: start) }
            var items: [CBOR] = []
            for _ in 0..<count { items.append(try value(depth: depth + 1)) }
            return .array(items)
        }

        private mutating func map(
            _ count: UInt64, _ start: Int, _ depth: Int
        ) throws(Failure) -> CBOR {
            guard count <= UInt64(itemsMax) else { throw .tooMany(offset: start) }
            var map: [CBOR: CBOR] = [:]
            for _ in 0..<count {
                let keyStart = at
                let key = try value(depth: depth + 1)
                // Any order is read (some authenticators sort by older rules); a double never is.
                switch key {
                case .unsigned, .negative, .text: break
                default: throw .key(offset: keyStart)
                }
                let item = try value(depth: depth + 1)
                guard map.updateValue(item, forKey: key) == nil else {
                    throw .key(offset: keyStart)
                }
            }
            return .map(map)
        }
    }
}
