package import Engine
internal import FoundationEssentials
package import Link
package import Store
package import Tenancy

// What people do to agents. Each act is an entry in their name, and holds at once.
extension AgentHub {
    package static let joinHours = 24

    /// A token that lets one host in, once.
    ///
    /// - Parameters:
    ///   - id: of the token's record.
    ///   - scope: allows to `create agents` in the tenant.
    package nonisolated func makeJoinToken(
        _ id: String, of tenant: TenantID, hours: Int,
        using random: inout some RandomNumberGenerator,
        now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> JoinToken {
        let token = SecretToken(.join, using: &random)
        guard let digest = LedgerDigest(token.digest.bytes) else {
            preconditionFailure("a digest has 32 bytes")
        }
        let record = JoinTokenRecord(
            id: id, tenant: tenant, digest: digest, owner: scope.principal,
            expires: now.adding(seconds: Int64(hours) * 3_600))
        try await setting.ledger.create(record, now: now, in: scope)
        return JoinToken(
            secret: token.reveal(), fingerprint: setting.authority.issuer.authority.fingerprint)
    }

    /// Takes an agent's right to come away, for good; a connection that it has ends.
    ///
    /// - Parameter scope: allows to `update agents` in the tenant.
    package func revoke(
        _ known: Registered<AgentRecord>, reason: String, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AgentRecord {
        var record = known.value
        guard record.revoked == nil else { return record }
        record.revoked = now
        record.reason = reason
        try await setting.ledger.update(record, ifRevision: known.revision, now: now, in: scope)
        await changed(record)
        return record
    }

    package func rename(
        _ known: Registered<AgentRecord>, to name: String, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AgentRecord {
        var record = known.value
        record.name = name
        try await setting.ledger.update(record, ifRevision: known.revision, now: now, in: scope)
        await changed(record)
        return record
    }

    /// Puts a policy in the place of the one before; agents that are connected have it at once, others when they come.
    ///
    /// - Parameter scope: allows to `update agents` in the tenant.
    /// - Throws: ``StoreFailure``: `invalid` with the pointer where the text is no policy.
    package func setPolicy(
        _ text: String, of tenant: TenantID, after known: Registered<AgentPolicyRecord>?,
        now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AgentPolicyRecord {
        let record = AgentPolicyRecord(
            tenant: tenant, version: (known?.value.version ?? 0) + 1, text: text,
            owner: scope.principal)
        do throws(AgentPolicyText.Failure) { _ = try AgentPolicyText.policy(of: record) } catch {
            throw StoreFailure(.invalid, "\(error.pointer): \(error.description)")
        }
        if let known {
            try await setting.ledger.update(record, ifRevision: known.revision, now: now, in: scope)
        } else {
            try await setting.ledger.create(record, now: now, in: scope)
        }
        await changed(record)
        return record
    }

    /// What is asked of one agent.
    package struct Wish: Sendable {
        package var id: String
        package var agent: Key
        /// A JSON object, in the words of the room that does it.
        package var action: CanonicalJSON
        package var seconds: Int64
        /// Nil where the action holds until it is undone.
        package var leaseSeconds: Int64?
        /// Two with one key are one.
        package var idempotency: String

        package init(
            id: String, agent: Key, action: CanonicalJSON, seconds: Int64, leaseSeconds: Int64?,
            idempotency: String
        ) {
            self.id = id
            self.agent = agent
            self.action = action
            self.seconds = seconds
            self.leaseSeconds = leaseSeconds
            self.idempotency = idempotency
        }
    }

    /// Writes an order down, signs it, and sends it as soon as its agent is there.
    ///
    /// It is written down first: only the receipt of that entry makes a body, so nothing is signed that the record does not tell of.
    ///
    /// - Parameter scope: allows to `create orders` in the agent's tenant.
    package func order(
        _ wish: Wish, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> OrderRecord {
        guard waitingOrders(of: wish.agent) < OrderRecord.waitingMax else {
            throw StoreFailure(
                .limit, "\(OrderRecord.waitingMax) orders of this agent wait for an answer already."
            )
        }
        let expires = now.adding(seconds: wish.seconds)
        var record = OrderRecord(
            id: wish.id, tenant: wish.agent.tenant, agent: wish.agent.agent,
            owner: scope.principal, expires: expires, action: wish.action.string)
        let receipt = try await setting.ledger.create(record, now: now, in: scope)
        let body = Self.body(of: wish, proof: receipt, expires: expires)
        guard body.count <= 48 << 10 else {
            throw StoreFailure(.tooLarge, "An order has at most \(48 << 10) bytes.")
        }
        guard let signature = setting.authority.signer.sign(body) else {
            throw StoreFailure(.refused, "The order cannot be signed; try again.")
        }
        record.body = Base64URL.text(body)
        record.signature = Base64URL.text(signature)
        record.key = setting.authority.signer.name
        record.state = .queued
        let updating = try setting.scope(.update, .orders, in: wish.agent.tenant)
        try await setting.ledger.update(record, now: now, in: updating)
        await queue(record)
        return record
    }

    /// The bytes that are signed. They can be made only from the receipt of the entry that tells of the order.
    static func body(of wish: Wish, proof: AuditReceipt, expires: Timestamp) -> [UInt8] {
        var members: [String: CanonicalJSON] = [
            "order": .text(wish.id), "tenant": .text(wish.agent.tenant.text),
            "host": .text(wish.agent.agent.text), "action": wish.action,
            "issued": .integer(proof.time.nanoseconds / 1_000_000_000),
            "expires": .integer(expires.nanoseconds / 1_000_000_000),
            "idempotency": .text(wish.idempotency),
            "audit_receipt": .text("\(proof.tenant)/\(proof.position)/\(proof.hash)"),
        ]
        if let lease = wish.leaseSeconds { members["lease_seconds"] = .integer(lease) }
        return Array(CanonicalJSON.object(members).string.utf8)
    }
}
