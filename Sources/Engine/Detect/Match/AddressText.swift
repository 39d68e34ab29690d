/// An IP address from text; IPv4 is held as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2).
struct AddressText: Equatable {
    var high: UInt64
    var low: UInt64

    func isIn(high blockHigh: UInt64, low blockLow: UInt64, prefixLength: Int) -> Bool {
        let highBits = min(prefixLength, 64)
        let lowBits = max(0, prefixLength - 64)
        let highMask: UInt64 = highBits == 0 ? 0 : ~0 << UInt64(64 - highBits)
        let lowMask: UInt64 = lowBits == 0 ? 0 : ~0 << UInt64(64 - lowBits)
        return high & highMask == blockHigh & highMask && low & lowMask == blockLow & lowMask
    }

    /// - Input: dotted IPv4, or IPv6 in any form of RFC 4291 §2.2, with an optional zone (`%eth0`);
    ///   at most 80 bytes.
    /// - Output: nil for anything else.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> AddressText? {
        var range = 0..<bytes.count
        guard bytes.count >= 2, bytes.count <= 80 else { return nil }
        if let zone = range.first(where: { unsafe bytes[$0] == UInt8(ascii: "%") }) {
            range = range.lowerBound..<zone
        }
        if range.contains(where: { unsafe bytes[$0] == UInt8(ascii: ":") }) {
            return unsafe version6(bytes, range)
        }
        guard let address = unsafe version4(bytes, range) else { return nil }
        return AddressText(high: 0, low: 0xFFFF_0000_0000 | UInt64(address))
    }

    private static func version4(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> UInt32? {
        var address: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var parts = 0
        for index in range {
            let byte = unsafe bytes[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 3 else { return nil }
                address = address << 8 | part
                parts += 1
                part = 0
                digits = 0
            } else {
                guard byte &- UInt8(ascii: "0") < 10, digits < 3 else { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                guard part <= 255 else { return nil }
                digits += 1
            }
        }
        guard parts == 3, digits > 0 else { return nil }
        return address << 8 | part
    }

    private static func version6(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> AddressText? {
        var before: (high: UInt64, low: UInt64, count: Int) = (0, 0, 0)
        var after: (high: UInt64, low: UInt64, count: Int) = (0, 0, 0)
        var compressed = false
        var index = range.lowerBound
        func push(_ value: UInt64, _ groups: inout (high: UInt64, low: UInt64, count: Int)) {
            groups.high = groups.high << 16 | groups.low >> 48
            groups.low = groups.low << 16 | value
            groups.count += 1
        }
        func add(_ value: UInt64) -> Bool {
            guard before.count + after.count < 8 else { return false }
            if compressed { push(value, &after) } else { push(value, &before) }
            return true
        }
        if unsafe bytes[index] == UInt8(ascii: ":") {
            guard index + 1 < range.upperBound, unsafe bytes[index + 1] == UInt8(ascii: ":") else {
                return nil
            }
        }
        while index < range.upperBound {
            if unsafe bytes[index] == UInt8(ascii: ":"), index + 1 < range.upperBound,
                unsafe bytes[index + 1] == UInt8(ascii: ":")
            {
                guard !compressed else { return nil }
                compressed = true
                index += 2
                continue
            }
            if unsafe bytes[index] == UInt8(ascii: ":") {
                index += 1
                guard index < range.upperBound, unsafe bytes[index] != UInt8(ascii: ":") else {
                    return nil
                }
            }
            var end = index
            while end < range.upperBound, unsafe bytes[end] != UInt8(ascii: ":") { end += 1 }
            if (index..<end).contains(where: { unsafe bytes[$0] == UInt8(ascii: ".") }) {
                guard end == range.upperBound, let last = unsafe version4(bytes, index..<end),
                    add(UInt64(last >> 16)), add(UInt64(last & 0xFFFF))
                else { return nil }
            } else {
                guard let group = unsafe hexGroup(bytes, index..<end), add(group) else {
                    return nil
                }
            }
            index = end
        }
        let count = before.count + after.count
        guard compressed ? count < 8 : count == 8 else { return nil }
        let shift = UInt64(16 * (8 - before.count))
        let high =
            shift >= 64
            ? (shift >= 128 ? 0 : before.low << (shift - 64))
            : before.high << shift | (shift == 0 ? 0 : before.low >> (64 - shift))
        let low = shift >= 64 ? 0 : before.low << shift
        return AddressText(high: high | after.high, low: low | after.low)
    }

    private static func hexGroup(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> UInt64? {
        guard (1...4).contains(range.count) else { return nil }
        var value: UInt64 = 0
        for index in range {
            let byte = unsafe bytes[index] | 0x20
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - 48)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - 87)
            default: return nil
            }
        }
        return value
    }
}
