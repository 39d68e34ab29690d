internal import Crypto
package import Tenancy

/// SHA-256 over everything a segment's frames hold up to one place, and over what came before.
package struct ChainHash: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 32
    /// Before a tenant's first record.
    package static let start = ChainHash(unchecked: [UInt8](repeating: 0, count: byteCount))

    /// Always 32.
    package let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    init(of parts: [ArraySlice<UInt8>]) {
        var hash = SHA256()
        for part in parts { hash.update(data: part) }
        bytes = Array(hash.finalize())
    }

    /// Nil unless `text` is 64 hexadecimal digits.
    package init?(hexadecimal text: some StringProtocol) {
        guard let bytes = [UInt8](hexadecimal: text) else { return nil }
        self.init(bytes)
    }

    package var description: String { bytes.hexadecimal }
}

/// Where an archive's chain ended at one moment: what a ledger signs, so that nobody can write the archive anew.
package struct ChainHead: Hashable, Sendable {
    package let tenant: TenantID
    /// The last record that the hash covers; 0 before the first.
    package let sequence: UInt64
    package let hash: ChainHash

    package init(tenant: TenantID, sequence: UInt64, hash: ChainHash) {
        self.tenant = tenant
        self.sequence = sequence
        self.hash = hash
    }
}
