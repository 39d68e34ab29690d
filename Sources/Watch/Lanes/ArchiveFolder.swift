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

    /// The record as received; nil where the archive does not have it any more.
    package func record(_ sequence: UInt64) throws(StoreFailure) -> ArchivedRecord? {
        try reader(from: sequence).record(sequence)
    }
}
