package import Engine
package import Store
package import Tenancy

/// The key by which whoever may read the service's data folder asks the service, without an account.
///
/// Whoever can read it can read every tenant's key beside it too, so it opens nothing that was closed. What is done with it stands in the record
/// under the name of ``operatorName``.
package enum LocalKey {
    package static let operatorName = "local-operator"
    static let name = "local"

    /// Nobody can sign in as the operator, so that nobody else makes a key of that owner.
    static func isLocal(_ key: KeyRecord) -> Bool {
        key.owner.text == operatorName && key.name == name && key.tenant == Ledger.provider
    }

    /// Makes the key where `kept` is none that works.
    ///
    /// - Parameter kept: what the key file holds; nil where there is no file.
    /// - Returns: what the file is to hold from now on; nil where it stays as it is.
    package static func renew(
        kept: String?, in ledger: Ledger, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) async throws -> SecretToken? {
        if let kept, let token = try? SecretToken(parsing: Substring(kept)),
            token.kind == .apiKey, let digest = LedgerDigest(token.digest.bytes),
            try await ledger.find(KeyRecord.self, by: digest, in: Service.reading(.tokens)) != nil
        {
            return nil
        }
        guard let id = PrincipalID(operatorName) else {
            preconditionFailure("a constant name is well formed")
        }
        let scope = { (permission: Permission) throws in
            try Policy().authorize(
                Principal(
                    id: Ledger.service, name: "Kagari",
                    grants: [Principal.Grant(.providerAdmin, in: .all)]), to: permission,
                in: [Ledger.provider])
        }
        let known = try await ledger.value(
            PrincipalRecord.self, operatorName, of: Ledger.provider,
            in: scope(Permission(.read, .people)))
        if known == nil {
            let person = PrincipalRecord(
                id: id, tenant: Ledger.provider, login: operatorName,
                name: "Operator of this machine",
                grants: [GrantRecord(.providerAdmin, isEverywhere: true)])
            try await ledger.create(person, now: now, in: scope(Permission(.create, .people)))
        }
        let keys = try await ledger.values(KeyRecord.self, in: scope(Permission(.read, .tokens)))
        for key in keys where isLocal(key.value) {
            try await ledger.remove(
                KeyRecord.self, key.value.id, of: Ledger.provider, now: now,
                in: scope(Permission(.delete, .tokens)))
        }
        let token = SecretToken(.apiKey, using: &random)
        guard let digest = LedgerDigest(token.digest.bytes) else {
            preconditionFailure("both are SHA-256")
        }
        let record = KeyRecord(
            id: String(digest.description.prefix(32)), tenant: Ledger.provider, owner: id,
            name: name, prefix: String(token.hint.prefix(8)), digest: digest,
            permissions: AccessMatrix.permissions(of: .apiClient).sorted {
                $0.description < $1.description
            }, reach: GrantRecord(.auditor, isEverywhere: true), expires: nil)
        try await ledger.create(record, now: now, in: scope(Permission(.create, .tokens)))
        return token
    }
}
