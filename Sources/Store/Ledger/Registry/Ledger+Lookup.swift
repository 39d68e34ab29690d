import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// One value; nil where there is none. Of another tenant's there is none.
    ///
    /// - Parameter scope: allows to `read` what the kind is. A tenant's record is seen by whoever reaches the tenant.
    package func value<Value: RegistryValue>(
        _ kind: Value.Type, _ id: String, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> Registered<Value>? {
        try scope.require(Value.kind.permission(.read))
        let isSeen =
            Value.kind == .tenant
            ? scope.covers(Self.provider) || scope.tenants.contains { $0.text == id }
            : scope.covers(tenant)
        guard isSeen else { throw StoreFailure(.refused, "The scope does not reach that tenant.") }
        return try await read { db in
            try RegistryRows.find(Value.self, id, of: tenant, db)
        }
    }

    /// Values by tenant and id, `after` the last one of the page before; at most ``LedgerLimits/pageMax``.
    package func values<Value: RegistryValue>(
        _ kind: Value.Type, after: (tenant: TenantID, id: String)? = nil,
        limit: Int = LedgerLimits.pageMax, in scope: TenantScope
    ) async throws(StoreFailure) -> [Registered<Value>] {
        try scope.require(Value.kind.permission(.read))
        let names = scope.tenants.map(\.text)
        let marks = QueueQuery.marks(names.count)
        var condition = "tenant IN (\(marks))"
        var arguments: StatementArguments = [Value.kind.rawValue]
        if Value.kind == .tenant {
            condition = scope.covers(Self.provider) ? "1" : "id IN (\(marks))"
        }
        if condition != "1" { arguments += StatementArguments(names) }
        if let after {
            condition += " AND (tenant, id) > (?, ?)"
            arguments += [after.tenant.text, after.id]
        }
        let sql =
            "SELECT * FROM registry WHERE kind = ? AND \(condition) ORDER BY tenant, id LIMIT ?"
        let all = arguments + [min(max(1, limit), LedgerLimits.pageMax)]
        return try await read { db in
            try Row.fetchAll(db, sql: sql, arguments: all).map {
                try RegistryRows.registered(Value.self, $0)
            }
        }
    }

    /// The value whose secret has this digest, in any tenant: how a token says whose it is, before anybody is known.
    ///
    /// - Parameter scope: allows to `read` what the kind is, in `kagari-provider`: only the service has such a scope.
    package func find<Value: RegistryValue>(
        _ kind: Value.Type, by digest: LedgerDigest, in scope: TenantScope
    ) async throws(StoreFailure) -> Registered<Value>? {
        try scope.require(Value.kind.permission(.read), in: Self.provider)
        let found = try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM registry WHERE kind = ? AND lookup = ?",
                arguments: [Value.kind.rawValue, digest.bytes.blob]
            ).map { try RegistryRows.registered(Value.self, $0) }
        }
        // The index compares bytes one by one, which tells time about digests, not about secrets; the last word is constant in time.
        guard let found, let lookup = found.value.lookup, lookup.equalsInConstantTime(digest)
        else { return nil }
        return found
    }

    /// The person who signs in so, in any tenant.
    ///
    /// - Parameter scope: allows `read people` in `kagari-provider`.
    package func principal(
        login: String, in scope: TenantScope
    ) async throws(StoreFailure) -> Registered<PrincipalRecord>? {
        try scope.require(Permission(.read, .people), in: Self.provider)
        return try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM registry WHERE kind = 'principal' AND name = ?",
                arguments: [PrincipalRecord.uniqueName(login: login)]
            ).map { try RegistryRows.registered(PrincipalRecord.self, $0) }
        }
    }

    /// A person's account, in any tenant; nil where there is none.
    ///
    /// - Parameter scope: allows `read people` in `kagari-provider`.
    package func person(
        _ id: PrincipalID, in scope: TenantScope
    ) async throws(StoreFailure) -> Registered<PrincipalRecord>? {
        try scope.require(Permission(.read, .people), in: Self.provider)
        return try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM registry WHERE kind = 'principal' AND id = ?",
                arguments: [id.text]
            ).map { try RegistryRows.registered(PrincipalRecord.self, $0) }
        }
    }

    /// A person as the policy takes one: grants to groups are grants to the tenants in them now. Nil where there is no such person, or a
    /// disabled one.
    ///
    /// - Parameter scope: allows `read people` in `kagari-provider`.
    package func principal(
        _ id: PrincipalID, in scope: TenantScope
    ) async throws(StoreFailure) -> Principal? {
        try scope.require(Permission(.read, .people), in: Self.provider)
        return try await read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM registry WHERE kind = 'principal' AND id = ?",
                arguments: [id.text])
            guard let row else { return nil }
            let record = try RegistryRows.registered(PrincipalRecord.self, row).value
            guard !record.isDisabled else { return nil }
            return Principal(
                id: id, name: record.name, grants: try Self.grants(record.grants, db))
        }
    }

    /// What of a kind is one person's, in the person's tenant; at most ``LedgerLimits/pageMax``.
    ///
    /// - Parameter scope: allows to `read` what the kind is, in `tenant`.
    package func belongings<Value: RegistryValue>(
        _ kind: Value.Type, of principal: PrincipalID, tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> [Registered<Value>] {
        try scope.require(Value.kind.permission(.read), in: tenant)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM registry WHERE kind = ? AND tenant = ?
                      AND json_extract(body, '$.principal') = ? ORDER BY created, id LIMIT ?
                    """,
                arguments: [
                    Value.kind.rawValue, tenant.text, principal.text, LedgerLimits.pageMax,
                ]
            ).map { try RegistryRows.registered(Value.self, $0) }
        }
    }

    /// Grants as the policy takes them.
    ///
    /// - Parameter scope: allows `read people` in `kagari-provider`.
    package func grants(
        _ records: [GrantRecord], in scope: TenantScope
    ) async throws(StoreFailure) -> [Principal.Grant] {
        try scope.require(Permission(.read, .people), in: Self.provider)
        return try await read { db in try Self.grants(records, db) }
    }

    private static func grants(
        _ records: [GrantRecord], _ db: Database
    ) throws -> [Principal.Grant] {
        try records.map { record in
            try record.grant { group in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT id FROM registry
                        WHERE kind = 'tenant' AND json_extract(body, '$.group') = ? ORDER BY id
                        """, arguments: [group]
                ).compactMap(TenantID.init)
            }
        }
    }
}
