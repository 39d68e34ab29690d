import Engine
import Tenancy

/// The bytes that are hashed and signed; docs/ledger.md has them as a table.
///
/// Text is preceded by its length in bytes (4 bytes), integers are 8 bytes, all big endian, so no two entries have the same bytes.
struct EntryLayout {
    private(set) var bytes: [UInt8] = []

    private init(_ purpose: String) {
        bytes.append(contentsOf: purpose.utf8)
        bytes.append(0)
    }

    private mutating func append(_ text: String) {
        let count = UInt32(text.utf8.count)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(_ number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    /// What an entry's hash is taken over.
    static func entry(_ entry: LedgerEntry) -> [UInt8] {
        var layout = EntryLayout("kagari-entry-1")
        layout.append(entry.tenant.text)
        layout.append(entry.position)
        layout.append(UInt64(bitPattern: entry.time.nanoseconds))
        layout.append(entry.actor.text)
        layout.append(entry.kind.rawValue)
        layout.append(entry.subject)
        layout.bytes.append(contentsOf: entry.bodyDigest.bytes)
        layout.bytes.append(contentsOf: entry.previous.bytes)
        return layout.bytes
    }

    /// What a body's digest is taken over. The salt keeps a short body from being guessed once it is erased.
    static func body(_ text: String, salt: [UInt8]) -> [UInt8] {
        var layout = EntryLayout("kagari-body-1")
        layout.bytes.append(contentsOf: salt)
        layout.bytes.append(contentsOf: text.utf8)
        return layout.bytes
    }

    /// What a head's signature is made over.
    static func head(
        tenant: TenantID, position: UInt64, hash: LedgerDigest, time: Timestamp
    ) -> [UInt8] {
        var layout = EntryLayout("kagari-head-1")
        layout.append(tenant.text)
        layout.append(position)
        layout.append(UInt64(bitPattern: time.nanoseconds))
        layout.bytes.append(contentsOf: hash.bytes)
        return layout.bytes
    }

    /// What the signature of another document is made over.
    static func document(_ kind: String, _ text: String) -> [UInt8] {
        var layout = EntryLayout("kagari-document-1")
        layout.append(kind)
        layout.append(text)
        return layout.bytes
    }

    /// What a backup's signature is made over.
    static func backup(_ manifest: String) -> [UInt8] {
        var layout = EntryLayout("kagari-backup-1")
        layout.append(manifest)
        return layout.bytes
    }
}
