internal import Glibc

/// Addresses that share their first bits: one, or a CIDR. Bits beyond the prefix are zero.
package struct AddressRange: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    package let bytes: [UInt8]
    package let prefix: Int

    package var isV4: Bool { bytes.count == 4 }

    /// `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. Bits beyond the prefix are refused: they would be a slip of the hand.
    package init(_ text: String) throws(ActFailure) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count <= 2, text.utf8.count <= 64,
            let bytes = Self.bytes(of: String(address))
        else { throw Self.refusal(text, "is no IPv4 or IPv6 address or CIDR") }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...prefix).contains(number),
                String(number) == parts[1]
            else { throw Self.refusal(text, "has a prefix that is none") }
            prefix = number
        }
        self.bytes = bytes
        self.prefix = prefix
        guard Self.masked(bytes, prefix) == bytes else {
            throw Self.refusal(text, "has bits set beyond its prefix")
        }
    }

    /// One address of 4 or 16 bytes.
    init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16, "an address of \(bytes.count) bytes")
        self.bytes = bytes
        prefix = bytes.count * 8
    }

    private static func refusal(_ text: String, _ why: String) -> ActFailure {
        ActFailure(.refused, "`\(text.prefix(64))` \(why)")
    }

    private static func bytes(of text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            let result = unsafe bytes.withUnsafeMutableBytes {
                unsafe inet_pton(family, text, $0.baseAddress)
            }
            if result == 1 { return bytes }
        }
        return nil
    }

    private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, prefix - index * 8))
            return kept == 8 ? byte : byte & ~(0xFF >> UInt8(kept))
        }
    }

    package func contains(_ other: AddressRange) -> Bool {
        bytes.count == other.bytes.count && prefix <= other.prefix
            && Self.masked(other.bytes, prefix) == bytes
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe text.withUnsafeMutableBufferPointer { text in
                _ = unsafe inet_ntop(
                    isV4 ? AF_INET : AF_INET6, bytes.baseAddress, text.baseAddress, 64)
            }
        }
        let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return prefix == bytes.count * 8 ? address : "\(address)/\(prefix)"
    }

    package static func < (one: AddressRange, other: AddressRange) -> Bool {
        if one.bytes.count != other.bytes.count { return one.isV4 }
        if one.bytes != other.bytes { return one.bytes.lexicographicallyPrecedes(other.bytes) }
        return one.prefix < other.prefix
    }
}
