package import Store
package import Tenancy

extension DataFolder {
    /// Tenants that have an archive here, by name.
    package var archivedTenants: [TenantID] {
        StateFiles.names(in: tenants).compactMap { TenantID($0) }
            .filter { StateFiles.exists(archive($0)) }.sorted()
    }

    /// One tenant's archive, without the service.
    ///
    /// - Throws: ``StoreFailure``: `missing` where there is none; what the key's file says. Without a key the archive is still told of, but not opened.
    package func archiveFolder(of tenant: TenantID) throws(StoreFailure) -> ArchiveFolder {
        guard StateFiles.exists(archive(tenant)) else {
            throw StoreFailure(
                .missing,
                "There is no archive of the tenant \(tenant) in \(path); see --data and --tenant.")
        }
        return ArchiveFolder(path: archive(tenant), tenant: tenant, key: try key(of: tenant))
    }

    /// Nil where the tenant has no key here.
    package func key(of tenant: TenantID) throws(StoreFailure) -> TenantKey? {
        guard StateFiles.exists(key(tenant)) else { return nil }
        return try KeyFolder.read(key(tenant))
    }
}
