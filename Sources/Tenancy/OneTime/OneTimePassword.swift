import Crypto

/// Six to eight digits made of a shared secret and a counter.
///
/// - Source: RFC 4226 (HOTP) §5.3. SHA-1 as a keyed hash is not what its collisions break, and it is what
///   authenticator apps can do.
package enum OneTimePassword {
    /// - Precondition: `digits` is 6...8.
    package static func code(secret: [UInt8], counter: UInt64, digits: Int = 6) -> String {
        precondition((6...8).contains(digits), "RFC 4226 §5.3 knows 6 to 8 digits")
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * $0)) }
        let code = Array(
            HMAC<Insecure.SHA1>.authenticationCode(
                for: message, using: SymmetricKey(data: secret)))
        let offset = Int(code[19] & 15)
        let number = code[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let modulus: UInt32 = digits == 6 ? 1_000_000 : digits == 7 ? 10_000_000 : 100_000_000
        let text = String((number & 0x7FFF_FFFF) % modulus)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
