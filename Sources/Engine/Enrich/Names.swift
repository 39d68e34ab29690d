/// How names are written once: hosts, accounts, addresses, numbers and paths. Pure functions on
/// bytes; none keeps anything.
enum Names {
    typealias Bytes = ArraySlice<UInt8>

    /// A number as logs write it: `4242`, `0x1092`. Nil for anything else or above 64 bits.
    static func number(_ text: Bytes) -> UInt64? {
        guard !text.isEmpty, text.count <= 20 else { return nil }
        let hex = text.count > 2 && text.first == 0x30 && text[text.startIndex + 1] | 0x20 == 0x78
        var value: UInt64 = 0
        for byte in hex ? text.dropFirst(2) : text {
            guard let digit = hexDigit(byte), hex || digit < 10 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: hex ? 16 : 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// A GUID in any usual form as its 128 bits; other texts as a digest of themselves.
    static func guid(_ text: Bytes) -> ContentKey {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for byte in text where byte != 0x7b && byte != 0x7d && byte != 0x2d {
            guard let digit = hexDigit(byte), digits < 32 else {
                digits = 0
                break
            }
            if digits < 16 {
                high = high << 4 | UInt64(digit)
            } else {
                low = low << 4 | UInt64(digit)
            }
            digits += 1
        }
        if digits == 32 { return ContentKey(high: high, low: low) }
        var digest = ContentDigest()
        digest.mix(text.span, folding: true)
        return digest.key
    }

    static func guidText(_ key: ContentKey) -> String {
        let hex = Array(key.hex.utf8)
        let parts = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]]
        return "{" + parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-") + "}"
    }

    /// First label of a host's name, upper case for Windows and lower case elsewhere; an address
    /// stays whole.
    static func host(_ text: Bytes, upperCase: Bool) -> [UInt8] {
        var name = text
        if address(text) == nil, let dot = text.firstIndex(of: 0x2e), dot > text.startIndex {
            name = text[text.startIndex..<dot]
        }
        return name.map { upperCase ? upper($0) : lower($0) }
    }

    /// Domain and name, lower case, of `DOMAIN\name`, `name@domain.example` or a bare name.
    static func account(_ text: Bytes, domain: Bytes?) -> (domain: [UInt8], name: [UInt8]) {
        var name = text
        var realm = domain ?? []
        if let slash = text.firstIndex(of: 0x5c) {
            realm = text[text.startIndex..<slash]
            name = text[(slash + 1)...]
        } else if let at = text.lastIndex(of: 0x40), at > text.startIndex {
            realm = text[(at + 1)...]
            name = text[text.startIndex..<at]
        }
        if let dot = realm.firstIndex(of: 0x2e) { realm = realm[realm.startIndex..<dot] }
        return (realm.map(lower), name.map(lower))
    }

    /// An IPv4 or IPv6 address without port, brackets, zone or `::ffff:`, lower case; nil when the
    /// text is not one.
    static func address(_ text: Bytes) -> [UInt8]? {
        guard text.count >= 2, text.count <= 64 else { return nil }
        var body = text
        if body.first == 0x5b, let close = body.firstIndex(of: 0x5d) {
            body = body[(body.startIndex + 1)..<close]
        }
        let colons = body.reduce(0) { $0 + ($1 == 0x3a ? 1 : 0) }
        if colons == 1, let colon = body.firstIndex(of: 0x3a) {
            body = body[body.startIndex..<colon]
        }
        if colons >= 2 {
            if let zone = body.firstIndex(of: 0x25) { body = body[body.startIndex..<zone] }
            let folded = body.map(lower)
            if folded.starts(with: Array("::ffff:".utf8)), folded.contains(0x2e) {
                return ipv4(ArraySlice(folded[7...]))
            }
            let fine = folded.allSatisfy { $0 == 0x3a || $0 == 0x2e || hexDigit($0) != nil }
            return fine ? folded : nil
        }
        return ipv4(body)
    }

    private static func ipv4(_ text: Bytes) -> [UInt8]? {
        octets(text) == nil ? nil : Array(text)
    }

    /// The four numbers of a dotted IPv4 address.
    static func octets(_ text: Bytes) -> (UInt8, UInt8, UInt8, UInt8)? {
        var numbers: [UInt8] = []
        var value = 0
        var digits = 0
        for byte in text {
            if byte == 0x2e {
                guard digits > 0, numbers.count < 3 else { return nil }
                numbers.append(UInt8(value))
                value = 0
                digits = 0
            } else {
                guard byte >= 0x30, byte <= 0x39, digits < 3 else { return nil }
                value = value * 10 + Int(byte - 0x30)
                guard value <= 255 else { return nil }
                digits += 1
            }
        }
        guard digits > 0, numbers.count == 3 else { return nil }
        return (numbers[0], numbers[1], numbers[2], UInt8(value))
    }

    /// What follows the last `\` or `/`.
    static func baseName(_ path: Bytes) -> Bytes {
        guard let slash = path.lastIndex(where: { $0 == 0x5c || $0 == 0x2f }) else { return path }
        return slash == path.endIndex - 1 ? path : path[(slash + 1)...]
    }

    /// The key of a path on one host: letter case, kind of slash, `\??\` and drive-relative Windows
    /// forms do not matter.
    static func pathKey(_ path: Bytes, host: ContentKey) -> ContentKey {
        var folded: [UInt8] = []
        folded.reserveCapacity(path.count)
        for byte in path where byte != 0x22 {
            let plain = byte == 0x2f ? 0x5c : lower(byte)
            // `\\` doubled by a careless exporter is one separator.
            if plain == 0x5c, folded.last == 0x5c, folded.count > 1 { continue }
            folded.append(plain)
        }
        var rest = folded[...]
        guard let first = rest.first else { return host }
        let prefixes = first == 0x5c ? ["\\??\\", "\\\\?\\", "\\?\\"] : []
        for prefix in prefixes where rest.starts(with: prefix.utf8) {
            rest = rest.dropFirst(prefix.utf8.count)
        }
        let folders =
            first == 0x25 || first == 0x5c ? ["%systemroot%", "\\systemroot", "%windir%"] : []
        for prefix in folders where rest.starts(with: prefix.utf8) {
            rest = ArraySlice(Array("c:\\windows".utf8) + rest.dropFirst(prefix.utf8.count))
        }
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(rest.span)
        return digest.key
    }

    /// What stands between `<name>` and `</name>`, the first time.
    static func element(_ name: String, of text: Bytes) -> Bytes? {
        let tag = Array(name.utf8)
        var start: Int?
        var index = text.startIndex
        while let open = text[index...].firstIndex(of: 0x3c) {
            let isEnd = open + 1 < text.endIndex && text[open + 1] == 0x2f
            let word = text[(open + 1)...].dropFirst(isEnd ? 1 : 0)
            index = open + 1
            guard word.starts(with: tag), word.dropFirst(tag.count).first == 0x3e else { continue }
            if let start, isEnd { return text[start..<open] }
            if !isEnd, start == nil { start = open + tag.count + 2 }
        }
        return nil
    }

    /// True where `text`, without regard to case, holds `part`, which is in lower case.
    static func contains(_ text: Bytes, folded part: some Collection<UInt8>) -> Bool {
        guard let first = part.first, part.count <= text.count else { return part.isEmpty }
        let wanted = Array(part)
        var start = text.startIndex
        while start <= text.endIndex - wanted.count {
            if lower(text[start]) == first {
                var offset = 1
                while offset < wanted.count, lower(text[start + offset]) == wanted[offset] {
                    offset += 1
                }
                if offset == wanted.count { return true }
            }
            start += 1
        }
        return false
    }

    static func equalFolded(_ left: Bytes, _ right: Bytes) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lower($0) == lower($1) }
    }

    static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }

    static func upper(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7a ? byte & 0xdf : byte }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
