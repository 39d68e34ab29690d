import Crypto
import CryptoExtras

/// What is kept of a password: `$scrypt$ln=15,r=8,p=3$salt$hash`, salt and hash in base64url without padding.
///
/// Making and checking takes 32 MiB and about 0.1 s of one core, on purpose: call it where it blocks nobody, and few
/// at a time. ``LoginThrottle`` is asked first.
///
/// - Source: RFC 7914 (scrypt); the cost is one of those the OWASP Password Storage Cheat Sheet holds equal.
package struct PasswordVerifier: Hashable, Sendable, Codable {
    package struct Cost: Hashable, Sendable {
        /// N is 2 to the power of this.
        package let logN: Int
        package let r: Int
        package let p: Int

        package static let standard = Cost(known: 15, 8, 3)

        private init(known logN: Int, _ r: Int, _ p: Int) {
            self.logN = logN
            self.r = r
            self.p = p
        }

        /// Nil outside of 10...18, 1...16 and 1...16, or above 256 MiB: a verifier that was exchanged must not take the
        /// machine's memory.
        package init?(logN: Int, r: Int, p: Int) {
            guard (10...18).contains(logN), (1...16).contains(r), (1...16).contains(p),
                (1 << logN) * 128 * r <= 256 << 20
            else { return nil }
            self.init(known: logN, r, p)
        }
    }

    package enum Outcome: Hashable, Sendable {
        case wrong
        /// `isOutdated`: made at another cost than today's; make it anew while the password is at hand.
        case right(isOutdated: Bool)
    }

    package enum Failure: Error, Hashable, Sendable {
        /// The library refused: there is not enough memory.
        case derivation
    }

    private static let saltBytes = 16
    private static let hashBytes = 32
    private static let textBytesMax = 160

    package let cost: Cost
    private let salt: [UInt8]
    private let hash: [UInt8]

    package init(
        of password: Password, cost: Cost = .standard,
        using random: inout some RandomNumberGenerator
    ) throws(Failure) {
        let salt = random.bytes(Self.saltBytes)
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, salt: salt, cost: cost)
    }

    /// Nil for anything but the form above within its bounds.
    package init?(text: String) {
        guard text.utf8.count <= Self.textBytesMax else { return nil }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = Self.cost(parts[2]), let salt = Base64URL.bytes(parts[3]),
            salt.count == Self.saltBytes, let hash = Base64URL.bytes(parts[4]),
            hash.count == Self.hashBytes
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// What the account of a name that nobody has is checked against, so that its answer takes as long.
    ///
    /// Made once at the start: no password fits it, because its hash is chance.
    package static func decoy(
        cost: Cost = .standard, using random: inout some RandomNumberGenerator
    ) -> PasswordVerifier {
        PasswordVerifier(
            cost: cost, salt: random.bytes(saltBytes), hash: random.bytes(hashBytes))
    }

    private init(cost: Cost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Checks a password for an account that may not exist or may have no password: the same work, and ``Outcome/wrong``.
    package static func check(
        _ password: Password, against verifier: PasswordVerifier?, decoy: PasswordVerifier
    ) throws(Failure) -> Outcome {
        let used = verifier ?? decoy
        let outcome = try used.check(password, standard: decoy.cost)
        return verifier == nil ? .wrong : outcome
    }

    private func check(_ password: Password, standard: Cost) throws(Failure) -> Outcome {
        let derived = try Self.derive(password, salt: salt, cost: cost)
        guard isEqualInConstantTime(derived, hash) else { return .wrong }
        return .right(isOutdated: cost != standard)
    }

    package var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Base64URL.text(salt))$"
            + Base64URL.text(hash)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.cost == right.cost && left.salt == right.salt
            && isEqualInConstantTime(left.hash, right.hash)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let verifier = PasswordVerifier(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a verifier")
        }
        self = verifier
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private static func cost(_ text: Substring) -> Cost? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, let logN = number(fields[0], "ln="),
            let r = number(fields[1], "r="), let p = number(fields[2], "p=")
        else { return nil }
        return Cost(logN: logN, r: r, p: p)
    }

    private static func number(_ field: Substring, _ name: String) -> Int? {
        guard field.hasPrefix(name) else { return nil }
        let digits = field.dropFirst(name.count)
        guard (1...3).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(digits)
    }

    private static func derive(
        _ password: Password, salt: [UInt8], cost: Cost
    ) throws(Failure) -> [UInt8] {
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: password.bytes, salt: salt, outputByteCount: hashBytes,
                rounds: 1 << cost.logN,
                blockSize: cost.r, parallelism: cost.p)
            return unsafe key.withUnsafeBytes { unsafe Array($0) }
        } catch {
            throw .derivation
        }
    }
}

extension PasswordVerifier: CustomStringConvertible, CustomReflectable {
    package var description: String { "scrypt verifier" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
