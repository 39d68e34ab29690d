extension CIDRBlock {
    /// Why text is no address block; one sentence that names the cure.
    package struct Failure: Error, Hashable, Sendable { package var message: String }

    /// Reads `10.0.0.0/8`, `fe80::/10`, or an address alone, which is a block of one.
    ///
    /// The address must be the block's first one: `10.0.0.1/8` is refused, because it may be a
    /// slip for `/32`. Leading zeros and zone ids are refused.
    package static func parse(_ text: String) -> Result<CIDRBlock, Failure> {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = address(parts[0]) else {
            return .failure(Failure(message: "`\(text)` is no address block such as 10.0.0.0/8"))
        }
        var length = address.isIPv4 ? 32 : 128
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }),
                let written = Int(parts[1]), written <= length
            else {
                return .failure(
                    Failure(message: "the prefix length in `\(text)` is not 0 to \(length)"))
            }
            length = written
        }
        if address.isIPv4 { length += 96 }
        let block = CIDRBlock(
            high: address.high, low: address.low, prefixLength: length, text: text)
        guard block.contains(high: address.high, low: address.low), block.hostBitsAreZero else {
            return .failure(
                Failure(
                    message: "`\(text)` has bits set beyond its prefix; write the first address"))
        }
        return .success(block)
    }

    /// True where the address, mapped into IPv6, lies in the block.
    package func contains(high other: UInt64, low otherLow: UInt64) -> Bool {
        let masks = masks
        return (high ^ other) & masks.high == 0 && (low ^ otherLow) & masks.low == 0
    }

    /// Reads one address, IPv4 as `::ffff:a.b.c.d`; nil where `text` is none.
    package static func address(
        _ text: some StringProtocol
    ) -> (high: UInt64, low: UInt64, isIPv4: Bool)? {
        if text.utf8.contains(UInt8(ascii: ":")) {
            return ipv6(Array(text.utf8)).map { ($0.high, $0.low, false) }
        }
        return ipv4(Array(text.utf8)).map { (0, 0xFFFF_0000_0000 | UInt64($0), true) }
    }

    private var masks: (high: UInt64, low: UInt64) {
        (mask(min(prefixLength, 64)), mask(max(prefixLength - 64, 0)))
    }

    private func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : UInt64.max << UInt64(64 - bits) }

    private var hostBitsAreZero: Bool { high & ~masks.high == 0 && low & ~masks.low == 0 }

    private static func ipv4(_ bytes: [UInt8]) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ $0 &- 0x30 < 10 }),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            let value = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 &- 0x30) }
            guard value < 256 else { return nil }
            address = address << 8 | value
        }
        return address
    }

    private static func ipv6(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64)? {
        guard bytes.count <= 45 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let halves = split(text)
        guard halves.count <= 2, let head = groups(halves[0], allowIPv4: halves.count == 1) else {
            return nil
        }
        var all = head
        if halves.count == 2 {
            guard let tail = groups(halves[1], allowIPv4: true), head.count + tail.count < 8 else {
                return nil
            }
            all += [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard all.count == 8 else { return nil }
        let words = all.map(UInt64.init)
        return (
            words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3],
            words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7]
        )
    }

    /// The text around `::`, one part where there is none.
    private static func split(_ text: String) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        var parts: [[UInt8]] = [[]]
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: ":")
            {
                parts.append([])
                index += 2
            } else {
                parts[parts.count - 1].append(bytes[index])
                index += 1
            }
        }
        return parts
    }

    private static func groups(_ bytes: [UInt8], allowIPv4: Bool) -> [UInt16]? {
        guard !bytes.isEmpty else { return [] }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if allowIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let address = ipv4(Array(part)) else { return nil }
                groups.append(UInt16(address >> 16))
                groups.append(UInt16(truncatingIfNeeded: address))
                continue
            }
            guard (1...4).contains(part.count),
                let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16),
                part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-")
            else { return nil }
            groups.append(value)
        }
        return groups
    }
}
