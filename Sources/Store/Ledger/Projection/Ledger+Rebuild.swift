import GRDB
package import Engine
package import Tenancy

extension Ledger {
    /// The tables that do not follow from the entries; empty where all do. Makes them anew in memory and compares every row.
    ///
    /// - Parameter scope: allows `read ledger` in `kagari-provider`.
    package func projectionFaults(
        in scope: TenantScope
    ) async throws(StoreFailure) -> [String] {
        try scope.require(Permission(.read, .ledger), in: Self.provider)
        return try await read { try Projection.faults($0) }
    }

    /// Makes the tables anew from the entries, in one transaction.
    ///
    /// - Parameter scope: allows `create ledger` in `kagari-provider`.
    package func rebuildProjections(in scope: TenantScope) async throws(StoreFailure) {
        try scope.require(Permission(.create, .ledger), in: Self.provider)
        try await write { db in try Projection.rebuild(db) }
    }

    /// Lets go of all words about a tenant: bodies, tables, secrets. Its chain of hashes stays and still verifies.
    ///
    /// - Parameter scope: allows `delete tenants` in `kagari-provider`.
    package func erase(
        _ tenant: TenantID, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Permission(.delete, .tenants), in: Self.provider)
        guard tenant != Self.provider else {
            throw StoreFailure(.invalid, "The provider's own record is not erased.")
        }
        let receipt = try await act(in: scope, now: now) { transaction in
            let db = transaction.db
            let found = try RegistryRows.find(
                TenantRecord.self, tenant.text, of: Self.provider, db)
            guard var record = found?.value, record.state != .deleted else {
                throw StoreFailure(.missing, "There is no such tenant, or it is erased already.")
            }
            guard record.state == .leaving else {
                throw StoreFailure(
                    .invalid, "Only a tenant that is leaving is erased; set its state first.")
            }
            record.state = .deleted
            try transaction.keep(record)
            let receipt = try transaction.append(
                .tenantErased, tenant.text, .object([:]), in: Self.provider)
            for table in ["bodies", "secrets", "marks"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE tenant = ?", arguments: [tenant.text])
            }
            return receipt
        }
        try await emptyLog()
        return receipt
    }

    /// Pages as they were before stay in the write-ahead log until it is emptied.
    private func emptyLog() async throws(StoreFailure) {
        do {
            try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch { throw StoreFailure(ledger: error) }
    }
}
