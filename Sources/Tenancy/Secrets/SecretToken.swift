import Crypto

/// 256 bits that stand for something, in a form that finds typing errors and that secret scanners can know.
///
/// `kga_` + 52 letters + 6 letters of checksum, 62 in all, of `0-9` and `a-z` without `i l o u`. Whoever has the text
/// has the right, so it is told once (``reveal()``), kept as a ``digest`` only, and describes itself by its beginning.
///
/// A token is looked up by the digest of the whole text. A digest cannot be steered towards one that is kept, so the
/// time of the look-up tells nothing; the row found is then compared in constant time by ``TokenDigest``.
package struct SecretToken: Sendable {
    package enum Kind: String, Sendable, CaseIterable, Codable {
        /// Hands in records for one source.
        case intake = "kgi"
        case apiKey = "kga"
        case session = "kgs"
        /// The first administrator's link, and any other invitation.
        case invitation = "kgv"
        /// Lets one agent in.
        case join = "kgj"
    }

    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case length, kind, alphabet
        /// Well formed, but with letters that cannot belong together: mistyped or made up.
        case checksum
    }

    package static let textBytes = 62
    private static let bodyLetters = 52
    private static let checkLetters = 6

    package let kind: Kind
    private let text: String

    package init(_ kind: Kind, using random: inout some RandomNumberGenerator) {
        let body = Base32.readable.text(random.bytes(32))
        self.kind = kind
        text = kind.rawValue + "_" + body + Self.checksum(kind, body)
    }

    /// Refuses what no token can be before anybody looks anything up.
    package init(parsing text: some StringProtocol) throws(Failure) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.textBytes else { throw .length }
        let prefix = String(decoding: bytes[..<3], as: UTF8.self)
        guard let kind = Kind(rawValue: prefix), bytes[3] == UInt8(ascii: "_") else { throw .kind }
        let body = String(decoding: bytes[4..<(4 + Self.bodyLetters)], as: UTF8.self)
        guard Base32.readable.bytes(body)?.count == 32 else { throw .alphabet }
        let check = Array(bytes[(4 + Self.bodyLetters)...])
        guard isEqualInConstantTime(check, Array(Self.checksum(kind, body).utf8)) else {
            throw .checksum
        }
        self.kind = kind
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// The whole text. For the one answer that shows it, or the one header that carries it.
    package func reveal() -> String { text }

    package var digest: TokenDigest {
        TokenDigest(bytes: Array(SHA256.hash(data: Array(text.utf8))))
    }

    /// Kind and four letters, by which people tell their tokens apart: 236 bits stay unknown.
    package var hint: String { String(text.prefix(8)) + "…" }

    /// The first 30 bits of a digest over kind and body: 1 of 10⁹ errors goes unseen.
    private static func checksum(_ kind: Kind, _ body: String) -> String {
        let digest = SHA256.hash(data: Array("kagari token \(kind.rawValue)_\(body)".utf8))
        return String(Base32.readable.text(Array(digest)).prefix(checkLetters))
    }
}

extension SecretToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { hint }
    package var debugDescription: String { hint }
    package var customMirror: Mirror { Mirror(self, children: ["hint": hint]) }
}

/// SHA-256 of a ``SecretToken``: what is kept of it. Compares in constant time.
package struct TokenDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 32.
    package let bytes: [UInt8]

    fileprivate init(bytes: consuming [UInt8]) { self.bytes = bytes }

    /// - Parameter hex: 64 digits in lower case; nil for anything else.
    package init?(hex: String) {
        guard let bytes = Hex.bytes(hex), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = TokenDigest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a SHA-256 digest")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    package var hex: String { Hex.text(bytes) }
    package var description: String { String(hex.prefix(8)) + "…" }

    package static func == (left: Self, right: Self) -> Bool {
        isEqualInConstantTime(left.bytes, right.bytes)
    }
}
