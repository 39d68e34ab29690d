package import Engine
package import Tenancy

/// An agent on a host, as it was let in. How it does is not here: that changes by the second.
package struct AgentRecord: RegistryValue {
    package static let kind = RegistryKind.agent

    /// Names its source too: what an agent sends is of the source of its own id.
    package let source: LogSourceID
    package let tenant: TenantID
    /// What people call it.
    package var name: String
    /// What the host called itself when it was let in.
    package let host: String
    /// SHA-256 of the certificate in force, and of one that was made and not shown yet; nil for none.
    package var certificate: LedgerDigest
    package var nextCertificate: LedgerDigest?
    /// Nil while it is wanted.
    package var revoked: Timestamp?
    package var reason: String?

    package init(
        id: LogSourceID, tenant: TenantID, name: String, host: String, certificate: LedgerDigest
    ) {
        source = id
        self.tenant = tenant
        self.name = name
        self.host = host
        self.certificate = certificate
    }

    package var id: String { source.text }

    package func objection(at now: Timestamp) -> String? {
        if reason.map({ $0.utf8.count > LedgerLimits.reasonBytesMax }) ?? false {
            return "The reason is longer than \(LedgerLimits.reasonBytesMax) bytes."
        }
        return Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "name": .text(name),
            "host": .text(host), "certificate": .text(certificate.description),
            "next_certificate": .text(nextCertificate?.description),
            "revoked": .integer(revoked?.nanoseconds), "reason": .text(reason),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text.flatMap(LogSourceID.init),
            let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let name = json["name"]?.text, let host = json["host"]?.text,
            let certificate = json["certificate"]?.text.flatMap(LedgerDigest.init(hex:))
        else { return nil }
        self.init(id: id, tenant: tenant, name: name, host: host, certificate: certificate)
        nextCertificate = json["next_certificate"]?.text.flatMap(LedgerDigest.init(hex:))
        revoked = json["revoked"]?.integer.map(Timestamp.init(nanoseconds:))
        reason = json["reason"]?.text
    }
}

/// What lets one agent in, once. Kept after it was used, so that the same host may ask again where the answer was lost.
package struct JoinTokenRecord: RegistryValue {
    package static let kind = RegistryKind.join
    package static let hoursMax = 24 * 30

    package let id: String
    package let tenant: TenantID
    package let digest: LedgerDigest
    package let owner: PrincipalID
    package let expires: Timestamp
    /// Nil before it was used.
    package var usedBy: LogSourceID?
    /// SHA-256 of the key that it let in.
    package var usedKey: LedgerDigest?

    package init(
        id: String, tenant: TenantID, digest: LedgerDigest, owner: PrincipalID, expires: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.digest = digest
        self.owner = owner
        self.expires = expires
    }

    package var lookup: LedgerDigest? { digest }

    package func objection(at now: Timestamp) -> String? {
        let hours = (expires.nanoseconds - now.nanoseconds) / 3_600_000_000_000
        guard usedBy == nil, hours >= Int64(Self.hoursMax) else { return nil }
        return "A join token lasts at most \(Self.hoursMax) hours."
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "digest": .text(digest.description),
            "owner": .text(owner.text), "expires": .integer(expires.nanoseconds),
            "used_by": .text(usedBy?.text), "used_key": .text(usedKey?.description),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let digest = json["digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let owner = json["owner"]?.text.flatMap(PrincipalID.init),
            let expires = json["expires"]?.integer
        else { return nil }
        self.init(
            id: id, tenant: tenant, digest: digest, owner: owner,
            expires: Timestamp(nanoseconds: expires))
        usedBy = json["used_by"]?.text.flatMap(LogSourceID.init)
        usedKey = json["used_key"]?.text.flatMap(LedgerDigest.init(hex:))
    }
}

/// What a tenant's agents are to do: one for all of them, with a version that grows.
package struct AgentPolicyRecord: RegistryValue {
    package static let kind = RegistryKind.policy
    /// There is one a tenant.
    package static let id = "agents"
    package static let bytesMax = 240 << 10

    package var id: String { Self.id }
    package let tenant: TenantID
    package var version: Int64
    /// The JSON that people wrote; docs/agent-enrolment.md has its form.
    package var text: String
    package var owner: PrincipalID

    package init(tenant: TenantID, version: Int64, text: String, owner: PrincipalID) {
        self.tenant = tenant
        self.version = version
        self.text = text
        self.owner = owner
    }

    package func objection(at now: Timestamp) -> String? {
        text.utf8.count > Self.bytesMax ? "A policy has at most \(Self.bytesMax) bytes." : nil
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "version": .integer(version),
            "text": .text(text), "owner": .text(owner.text),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let version = json["version"]?.integer, let text = json["text"]?.text,
            let owner = json["owner"]?.text.flatMap(PrincipalID.init)
        else { return nil }
        self.init(tenant: tenant, version: version, text: text, owner: owner)
    }
}

/// What one agent was told to do, and what came of it.
package struct OrderRecord: RegistryValue {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Written down, and not signed yet.
        case drafted
        case queued, delivered
        /// There is a receipt; whether it went well is in it.
        case answered
        /// Its time was over before it was delivered.
        case expired
    }

    package static let kind = RegistryKind.order
    /// Of one agent, not answered.
    package static let waitingMax = 256
    package static let secondsMax: Int64 = 7 * 86_400

    package let id: String
    package let tenant: TenantID
    package let agent: LogSourceID
    package let owner: PrincipalID
    package let expires: Timestamp
    /// The JSON that says what is to be done, as it was asked for.
    package let action: String
    package var state = State.drafted
    /// In base64url; nil before it was signed.
    package var body: String?
    package var signature: String?
    package var key: String?
    package var delivered: Timestamp?
    package var answered: Timestamp?
    /// In base64url.
    package var receipt: String?
    package var receiptSignature: String?
    package var receiptKey: String?

    package init(
        id: String, tenant: TenantID, agent: LogSourceID, owner: PrincipalID, expires: Timestamp,
        action: String
    ) {
        self.id = id
        self.tenant = tenant
        self.agent = agent
        self.owner = owner
        self.expires = expires
        self.action = action
    }

    package func objection(at now: Timestamp) -> String? {
        let seconds = (expires.nanoseconds - now.nanoseconds) / 1_000_000_000
        return seconds > Self.secondsMax ? "An order lasts at most \(Self.secondsMax) s." : nil
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "agent": .text(agent.text),
            "owner": .text(owner.text), "expires": .integer(expires.nanoseconds),
            "action": .text(action), "state": .text(state.rawValue), "body": .text(body),
            "signature": .text(signature), "key": .text(key),
            "delivered": .integer(delivered?.nanoseconds),
            "answered": .integer(answered?.nanoseconds), "receipt": .text(receipt),
            "receipt_signature": .text(receiptSignature), "receipt_key": .text(receiptKey),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let agent = json["agent"]?.text.flatMap(LogSourceID.init),
            let owner = json["owner"]?.text.flatMap(PrincipalID.init),
            let expires = json["expires"]?.integer, let action = json["action"]?.text,
            let state = json["state"]?.text.flatMap(State.init(rawValue:))
        else { return nil }
        self.init(
            id: id, tenant: tenant, agent: agent, owner: owner,
            expires: Timestamp(nanoseconds: expires), action: action)
        self.state = state
        body = json["body"]?.text
        signature = json["signature"]?.text
        key = json["key"]?.text
        delivered = json["delivered"]?.integer.map(Timestamp.init(nanoseconds:))
        answered = json["answered"]?.integer.map(Timestamp.init(nanoseconds:))
        receipt = json["receipt"]?.text
        receiptSignature = json["receipt_signature"]?.text
        receiptKey = json["receipt_key"]?.text
    }
}
