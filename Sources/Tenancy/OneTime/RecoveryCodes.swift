import Crypto

/// Ten codes on paper for whoever lost the other factor. Each works once.
///
/// A code has 80 bits, so a plain SHA-256 of it cannot be searched, unlike that of a password.
package struct RecoveryCodes: Hashable, Sendable, Codable {
    package static let count = 10
    private static let codeBytes = 10

    /// SHA-256 of those not used yet, in hex.
    package private(set) var digests: [String]

    /// What is kept, and what is told once: `xxxx-xxxx-xxxx-xxxx`.
    package struct Issued: Sendable {
        package let kept: RecoveryCodes
        package let codes: [String]
    }

    /// From what was kept; at most ``count`` are looked at.
    package init(digests: [String]) { self.digests = Array(digests.prefix(Self.count)) }

    package static func issue(using random: inout some RandomNumberGenerator) -> Issued {
        var codes: [String] = []
        for _ in 0..<count { codes.append(Base32.readable.text(random.bytes(codeBytes))) }
        let kept = RecoveryCodes(digests: codes.map(digest))
        let shown = codes.map { code in
            stride(from: 0, to: 16, by: 4).map { String(code.dropFirst($0).prefix(4)) }
                .joined(separator: "-")
        }
        return Issued(kept: kept, codes: shown)
    }

    package var remaining: Int { digests.count }

    /// Takes a code and uses it up. Case, spaces and dashes do not matter.
    package mutating func accept(_ code: String) -> Bool {
        guard code.utf8.count <= 64 else { return false }
        let plain = code.lowercased().filter { $0 != "-" && $0 != " " }
        guard Base32.readable.bytes(plain)?.count == Self.codeBytes else { return false }
        let given = Array(Self.digest(plain).utf8)
        var found: Int?
        for (index, digest) in digests.enumerated()
        where isEqualInConstantTime(given, Array(digest.utf8)) { found = index }
        guard let found else { return false }
        digests.remove(at: found)
        return true
    }

    private static func digest(_ code: String) -> String {
        Hex.text(Array(SHA256.hash(data: Array("kagari recovery \(code)".utf8))))
    }
}
