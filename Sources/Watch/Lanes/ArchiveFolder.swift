package import Engine
package import Store
package import Tenancy

/// Where one tenant's archive lies, for whoever reads it.
package struct ArchiveFolder: Sendable {
    package let path: String
    package let tenant: TenantID
    let key: TenantKey?
    /// Of the writer in this process; nil where there is none.
    let end: DurableEnd?

    package init(path: String, tenant: TenantID, key: TenantKey?, end: DurableEnd? = nil) {
        self.path = path
        self.tenant = tenant
        self.key = key
        self.end = end
    }

    /// The last record that is durable, by the writer in this process; 0 where there is none.
    package var lastSequence: UInt64 { end?.sequence ?? 0 }

    package func reader(from sequence: UInt64) throws(StoreFailure) -> ArchiveReader {
        try ArchiveReader(folder: path, tenant: tenant, key: key, from: sequence, end: end)
    }

    package var isKeyed: Bool { key != nil }

    /// See ``ArchiveVerifier``.
    package func verify(
        heads: [ChainHead] = [],
        _ told: (_ segments: Int, _ records: UInt64) -> Void = { _, _ in }
    ) throws(StoreFailure) -> ArchiveReport {
        try ArchiveVerifier.verify(
            folder: path, tenant: tenant, key: key, heads: heads, told: told)
    }

    /// See ``SegmentCompaction``.
    package func compact(
        segmentsMax: Int, passing passed: Set<String> = [], now: Timestamp,
        chance: any RandomNumberGenerator
    ) throws(StoreFailure) -> [CompactionOutcome] {
        try SegmentCompaction.compact(
            folder: path, tenant: tenant, key: key, segmentsMax: segmentsMax, passing: passed,
            now: now, chance: chance)
    }

    /// The record as received; nil where the archive does not have it any more.
    package func record(_ sequence: UInt64) throws(StoreFailure) -> ArchivedRecord? {
        try reader(from: sequence).record(sequence)
    }
}
