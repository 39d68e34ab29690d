package import Engine

/// An authenticator app of one account: codes of 6 digits that change every 30 seconds.
///
/// - Source: RFC 6238. One step before and after is taken (§6 allows clocks to drift); a code is taken once (§5.2).
package struct Authenticator: Sendable, Codable, Hashable {
    package static let stepSeconds: Int64 = 30
    package static let digits = 6
    package static let drift: Int64 = 1
    /// 160 bits, as RFC 4226 §4 asks for.
    package static let secretBytes = 20

    /// The secret itself: codes cannot be checked with less. The ledger keeps it under the server's key.
    package let secret: [UInt8]
    /// The last step whose code was taken; nil before the first. It and all before it are used up.
    package private(set) var lastStep: Int64?

    package init(using random: inout some RandomNumberGenerator) {
        secret = random.bytes(Self.secretBytes)
    }

    /// As a person types it into an app that reads no pictures: base 32, in groups of four.
    package var typedSecret: String {
        let letters = Base32.standard.text(secret)
        return stride(from: 0, to: letters.count, by: 4).map {
            String(letters.dropFirst($0).prefix(4))
        }.joined(separator: " ")
    }

    /// From what was kept. Nil unless `secret` is 16...64 bytes.
    package init?(secret: [UInt8], lastStep: Int64?) {
        guard (16...64).contains(secret.count) else { return nil }
        self.secret = secret
        self.lastStep = lastStep
    }

    /// Takes a code, once. The caller keeps the changed value before it lets anybody in.
    package mutating func accept(_ code: String, now: Timestamp) -> Bool {
        let given = Array(code.utf8.filter { $0 != 0x20 })
        guard given.count == Self.digits, now.unixSeconds >= 0 else { return false }
        let current = now.unixSeconds / Self.stepSeconds
        var taken: Int64?
        // All three are computed, so that the time does not tell which step fits.
        for step in (current - Self.drift)...(current + Self.drift) where step >= 0 {
            let expected = OneTimePassword.code(
                secret: secret, counter: UInt64(step), digits: Self.digits)
            let isFresh = lastStep.map { step > $0 } ?? true
            if isEqualInConstantTime(given, Array(expected.utf8)), isFresh { taken = step }
        }
        guard let taken else { return false }
        lastStep = taken
        return true
    }

    /// What apps read from a picture.
    ///
    /// - Parameter account: as the person knows it; issuer and account are escaped.
    /// - Source: the key URI format that authenticator apps share.
    package func provisioningURI(issuer: String, account: String) -> String {
        let label = Percent.encoded(issuer) + ":" + Percent.encoded(account)
        return "otpauth://totp/\(label)?secret=\(Base32.standard.text(secret))"
            + "&issuer=\(Percent.encoded(issuer))&algorithm=SHA1&digits=6&period=30"
    }
}

extension Authenticator: CustomStringConvertible, CustomReflectable {
    package var description: String { "authenticator" }
    package var customMirror: Mirror { Mirror(self, children: ["lastStep": lastStep as Any]) }
}
