package import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// Keeps a new value.
    ///
    /// - Parameter scope: allows to `create` what the kind is, in the value's tenant.
    /// - Throws: ``StoreFailure``: `conflict` where the id or its unique name is taken, `invalid` where the value objects, `missing` where
    ///   there is no such tenant.
    @discardableResult
    package func create<Value: RegistryValue>(
        _ value: Value, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Value.kind.permission(.create), in: value.tenant)
        return try await act(in: scope, now: now) { transaction in
            try transaction.create(value)
        }
    }

    /// Puts a value in the place of the one of its id.
    ///
    /// - Parameter revision: what the caller saw last; nil replaces it whatever happened since.
    @discardableResult
    package func update<Value: RegistryValue>(
        _ value: Value, ifRevision revision: UInt64? = nil, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Value.kind.permission(.update), in: value.tenant)
        return try await act(in: scope, now: now) { transaction in
            try transaction.update(value, ifRevision: revision)
        }
    }

    /// Lets go of a value; with a principal go its sessions, keys, passkeys, invitations and secrets.
    @discardableResult
    package func remove<Value: RegistryValue>(
        _ kind: Value.Type, _ id: String, of tenant: TenantID, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Value.kind.permission(.delete), in: tenant)
        guard Value.kind != .tenant else {
            throw StoreFailure(.invalid, "A tenant is erased, not removed.")
        }
        return try await act(in: scope, now: now) { transaction in
            guard try RegistryRows.find(Value.self, id, of: tenant, transaction.db) != nil else {
                throw StoreFailure(.missing, "There is no \(Value.kind.rawValue) of that id.")
            }
            if Value.kind == .principal, let principal = PrincipalID(id) {
                try transaction.removeBelongings(
                    of: principal, [.session, .key, .passkey, .invitation])
            }
            return try transaction.remove(Value.kind.rawValue, id, of: tenant)
        }
    }

    /// Signs a person out everywhere.
    ///
    /// - Parameter scope: allows `update tokens` in `kagari-provider`, as sessions of one person may be of any tenant.
    package func endSessions(
        of principal: PrincipalID, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) {
        try scope.require(RegistryKind.session.permission(.delete), in: Self.provider)
        try await act(in: scope, now: now) { transaction in
            try transaction.removeBelongings(of: principal, [.session])
        }
    }

    /// Lets go of sessions and invitations that ended before `now`, at most 1,000 in one call; says how many there were.
    package func purgeExpired(
        now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> Int {
        try scope.require(RegistryKind.session.permission(.delete), in: Self.provider)
        return try await act(in: scope, now: now) { transaction in
            let rows = try Row.fetchAll(
                transaction.db,
                sql: """
                    SELECT kind, tenant, id FROM registry
                    WHERE kind IN ('session', 'invitation')
                      AND json_extract(body, '$.expires') < ? ORDER BY kind, tenant, id LIMIT 1000
                    """, arguments: [now.nanoseconds])
            for row in rows {
                try transaction.remove(row["kind"], row["id"], of: row.identifier("tenant"))
            }
            return rows.count
        }
    }
}

extension LedgerTransaction {
    /// Makes the provider's own tenant, where the ledger is new.
    mutating func foundProvider() throws {
        guard try ChainRows.head(of: Ledger.provider, db) == nil else { return }
        try keep(TenantRecord(id: Ledger.provider, name: "Provider"))
        try sign(Ledger.provider)
    }

    fileprivate mutating func create<Value: RegistryValue>(
        _ value: Value
    ) throws -> AuditReceipt {
        guard Identifier<Value>(value.id) != nil else {
            throw StoreFailure(
                .invalid, "An id has 1 to 64 letters a-z, digits, ‘-’ and ‘_’.")
        }
        let isTaken = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM registry WHERE kind = ?1 AND id = ?2
                  AND (tenant = ?3 OR ?1 IN ('tenant', 'principal', 'key', 'session')))
                """, arguments: [Value.kind.rawValue, value.id, value.tenant.text])
        guard isTaken != true else {
            throw StoreFailure(.conflict, "There is a \(Value.kind.rawValue) of that id already.")
        }
        try check(value)
        return try keep(value)
    }

    fileprivate mutating func update<Value: RegistryValue>(
        _ value: Value, ifRevision revision: UInt64?
    ) throws -> AuditReceipt {
        guard let old = try RegistryRows.find(Value.self, value.id, of: value.tenant, db) else {
            throw StoreFailure(.missing, "There is no \(Value.kind.rawValue) of that id.")
        }
        guard revision == nil || revision == old.revision else {
            throw StoreFailure(.conflict, "It has changed since; read it again, then change it.")
        }
        try check(value)
        if let principal = value as? PrincipalRecord, principal.isDisabled {
            try removeBelongings(of: principal.principal, [.session])
        }
        return try keep(value)
    }

    private func check(_ value: some RegistryValue) throws {
        if let objection = value.objection(at: time) { throw StoreFailure(.invalid, objection) }
        if let tenant = value as? TenantRecord, tenant.state == .deleted {
            throw StoreFailure(.invalid, "A tenant is deleted by erasing it.")
        }
        let kind = type(of: value).kind.rawValue
        for (column, wanted) in [
            ("name", value.uniqueName?.databaseValue),
            ("lookup", value.lookup?.bytes.blob.databaseValue),
        ] {
            guard let wanted else { continue }
            let isTaken = try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM registry WHERE kind = ? AND \(column) = ?
                      AND (tenant, id) <> (?, ?))
                    """, arguments: [kind, wanted, value.tenant.text, value.id])
            guard isTaken != true else {
                throw StoreFailure(.conflict, "Another \(kind) has that \(column) already.")
            }
        }
    }

    @discardableResult
    mutating func keep<Value: RegistryValue>(_ value: Value) throws -> AuditReceipt {
        try append(
            .valueKept, value.subject,
            .object([
                "kind": .text(Value.kind.rawValue), "id": .text(value.id),
                "name": .text(value.uniqueName), "lookup": .text(value.lookup?.description),
                "value": value.json,
            ]), in: value.tenant)
    }

    @discardableResult
    fileprivate mutating func remove(
        _ kind: String, _ id: String, of tenant: TenantID
    ) throws -> AuditReceipt {
        let subject = "\(kind)/\(id)"
        try db.execute(
            sql: "DELETE FROM secrets WHERE tenant = ? AND owner = ?",
            arguments: [tenant.text, subject])
        return try append(
            .valueRemoved, subject, .object(["kind": .text(kind), "id": .text(id)]), in: tenant)
    }

    fileprivate mutating func removeBelongings(
        of principal: PrincipalID, _ kinds: Set<RegistryKind>
    ) throws {
        for item in try RegistryRows.belongings(of: principal, kinds: kinds, db) {
            try remove(item.kind, item.id, of: item.tenant)
        }
    }
}
