import Crypto
package import Engine
import FoundationEssentials
import GRDB
package import Tenancy

/// Something that proves who somebody is, kept sealed and out of every export.
package enum SecretKind: String, Hashable, Sendable, CaseIterable {
    case passwordVerifier = "password-verifier"
    case oneTimeCode = "one-time-code"
    case recoveryCodes = "recovery-codes"
    case webhook
}

extension Ledger {
    /// Keeps a secret of a value, in the place of one of that kind. The chain has its digest only.
    ///
    /// - Parameter scope: allows to `update` the owner.
    @discardableResult
    package func keepSecret<Value: RegistryValue>(
        _ bytes: [UInt8], _ kind: SecretKind, of owner: Value, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Value.kind.permission(.update), in: owner.tenant)
        guard (1...LedgerLimits.secretBytesMax).contains(bytes.count) else {
            throw StoreFailure(
                .tooLarge, "A secret has 1 to \(LedgerLimits.secretBytesMax) bytes.")
        }
        let place = SecretPlace(owner, kind)
        let sealed = try place.seal(
            bytes, under: keys.sealing, nonce: randomBytes(SecretPlace.nonceBytes))
        return try await act(in: scope, now: now) { transaction in
            guard
                try RegistryRows.find(Value.self, owner.id, of: owner.tenant, transaction.db) != nil
            else { throw StoreFailure(.missing, "There is no such owner of a secret.") }
            try transaction.db.execute(
                sql: """
                    INSERT INTO secrets (tenant, owner, kind, sealed) VALUES (?, ?, ?, ?)
                    ON CONFLICT (tenant, owner, kind) DO UPDATE SET sealed = excluded.sealed
                    """, arguments: place.arguments + [sealed.blob])
            return try transaction.append(
                .secretKept, place.owner,
                .object([
                    "kind": .text(kind.rawValue),
                    "digest": .text(LedgerDigest(of: sealed).description),
                ]), in: place.tenant)
        }
    }

    /// - Throws: ``StoreFailure`` of code `missing` where there is none.
    @discardableResult
    package func removeSecret<Value: RegistryValue>(
        _ kind: SecretKind, of owner: Value, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Value.kind.permission(.update), in: owner.tenant)
        let place = SecretPlace(owner, kind)
        return try await act(in: scope, now: now) { transaction in
            try transaction.db.execute(
                sql: "DELETE FROM secrets WHERE tenant = ? AND owner = ? AND kind = ?",
                arguments: place.arguments)
            guard transaction.db.changesCount > 0 else {
                throw StoreFailure(.missing, "There is no such secret.")
            }
            return try transaction.append(
                .secretRemoved, place.owner, .object(["kind": .text(kind.rawValue)]),
                in: place.tenant)
        }
    }

    /// A secret as it was handed over; nil where there is none.
    ///
    /// - Parameter scope: allows ``RegistryKind/secretPermission``: whoever only reads does not see secrets.
    /// - Throws: ``StoreFailure`` of code `damaged` where the row is not the one that the chain tells of.
    package func secret<Value: RegistryValue>(
        _ kind: SecretKind, of owner: Value, in scope: TenantScope
    ) async throws(StoreFailure) -> [UInt8]? {
        try scope.require(Value.kind.secretPermission, in: owner.tenant)
        let place = SecretPlace(owner, kind)
        let found = try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT sealed, digest FROM secret_digests
                    LEFT JOIN secrets USING (tenant, owner, kind)
                    WHERE tenant = ? AND owner = ? AND kind = ?
                    """, arguments: place.arguments)
            return try row.map { (try $0.bytes("sealed") ?? [], try $0.digest("digest")) }
        }
        guard let (sealed, digest) = found else { return nil }
        // Who can write the file could put in the verifier of a password they know.
        guard LedgerDigest(of: sealed).equalsInConstantTime(digest) else {
            throw StoreFailure(
                .damaged, "A secret is not the one that the record tells of; restore a backup.")
        }
        return try place.open(sealed, under: keys.sealing)
    }
}

/// Where a secret belongs; bound into its seal, so that it opens nowhere else.
private struct SecretPlace: Sendable {
    static let nonceBytes = 12

    let tenant: TenantID
    let owner: String
    let kind: SecretKind

    init(_ owner: some RegistryValue, _ kind: SecretKind) {
        tenant = owner.tenant
        self.owner = owner.subject
        self.kind = kind
    }

    var arguments: StatementArguments { [tenant.text, owner, kind.rawValue] }

    private var bound: [UInt8] {
        Array("kagari-secret-1\0\(tenant.text)\0\(owner)\0\(kind.rawValue)".utf8)
    }

    func seal(
        _ bytes: [UInt8], under key: SymmetricKey, nonce: [UInt8]
    ) throws(StoreFailure) -> [UInt8] {
        let box = try? AES.GCM.seal(
            bytes, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: bound)
        guard let combined = box?.combined else {
            throw StoreFailure(.refused, "The secret cannot be sealed; look at the key file.")
        }
        return Array(combined)
    }

    func open(_ sealed: [UInt8], under key: SymmetricKey) throws(StoreFailure) -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: bound)
        else {
            throw StoreFailure(
                .damaged, "A secret does not open; the key file is not the one it was sealed with.")
        }
        return Array(bytes)
    }
}
