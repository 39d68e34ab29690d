package import Engine
package import Tenancy

/// A key for a program. The key itself was shown once and is not kept.
package struct KeyRecord: RegistryValue {
    package static let kind = RegistryKind.key

    package let id: String
    package let tenant: TenantID
    /// Who made it; it never may more than its owner.
    package let owner: PrincipalID
    package var name: String
    /// What of the key people see, to know it again.
    package let prefix: String
    package let digest: LedgerDigest
    /// What it may do of what its owner may, where: the reach of the grant counts, its role does not add to it.
    package var permissions: [Permission]
    package var reach: GrantRecord
    /// Nil does not expire.
    package var expires: Timestamp?

    package init(
        id: String, tenant: TenantID, owner: PrincipalID, name: String, prefix: String,
        digest: LedgerDigest, permissions: [Permission], reach: GrantRecord, expires: Timestamp?
    ) {
        self.id = id
        self.tenant = tenant
        self.owner = owner
        self.name = name
        self.prefix = prefix
        self.digest = digest
        self.permissions = permissions
        self.reach = reach
        self.expires = expires
    }

    package var lookup: LedgerDigest? { digest }
    package func objection(at now: Timestamp) -> String? {
        if prefix.utf8.count > 16 { return "A key's prefix has at most 16 bytes." }
        return Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "owner": .text(owner.text),
            "name": .text(name), "prefix": .text(prefix), "digest": .text(digest.description),
            "permissions": .texts(permissions.map(\.description)), "reach": reach.json,
            "expires": .integer(expires?.nanoseconds),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let owner = json["owner"]?.text.flatMap(PrincipalID.init),
            let name = json["name"]?.text, let prefix = json["prefix"]?.text,
            let digest = json["digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let texts = json["permissions"]?.texts,
            let reach = json["reach"].flatMap(GrantRecord.init)
        else { return nil }
        let permissions = texts.compactMap(Permission.init(kept:))
        guard permissions.count == texts.count else { return nil }
        self.init(
            id: id, tenant: tenant, owner: owner, name: name, prefix: prefix, digest: digest,
            permissions: permissions, reach: reach,
            expires: json["expires"]?.integer.map(Timestamp.init(nanoseconds:)))
    }
}

extension Permission {
    /// As ``description`` writes it.
    fileprivate init?(kept text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, let action = Action(rawValue: String(words[0])),
            let resource = Resource(rawValue: String(words[1]))
        else { return nil }
        self.init(action, resource)
    }
}

/// Somebody who is signed in. When it was used last is a mark.
package struct SessionRecord: RegistryValue {
    package static let kind = RegistryKind.session

    package let id: String
    package let tenant: TenantID
    package let principal: PrincipalID
    /// SHA-256 of the token; another after each rotation.
    package var digest: LedgerDigest
    /// SHA-256 of the token before; nil before the first rotation.
    package var retired: LedgerDigest?
    /// Until when the one before is taken; nil where there is none.
    package var retiredUntil: Timestamp?
    package let started: Timestamp
    /// How the person proved who they are, by name.
    package var proofs: [String]
    /// When the person last proved who they are.
    package var authenticated: Timestamp
    /// When its token was last changed.
    package var rotated: Timestamp
    /// It ends then, used or not.
    package let expires: Timestamp

    package init(
        id: String, tenant: TenantID, principal: PrincipalID, digest: LedgerDigest,
        retired: LedgerDigest? = nil, retiredUntil: Timestamp? = nil, started: Timestamp? = nil,
        proofs: [String] = [], authenticated: Timestamp, rotated: Timestamp, expires: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.principal = principal
        self.digest = digest
        self.retired = retired
        self.retiredUntil = retiredUntil
        self.started = started ?? authenticated
        self.proofs = proofs
        self.authenticated = authenticated
        self.rotated = rotated
        self.expires = expires
    }

    package var lookup: LedgerDigest? { digest }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "principal": .text(principal.text),
            "digest": .text(digest.description), "retired": .text(retired?.description),
            "retired_until": .integer(retiredUntil?.nanoseconds),
            "started": .integer(started.nanoseconds), "proofs": .texts(proofs),
            "authenticated": .integer(authenticated.nanoseconds),
            "rotated": .integer(rotated.nanoseconds), "expires": .integer(expires.nanoseconds),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let principal = json["principal"]?.text.flatMap(PrincipalID.init),
            let digest = json["digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let authenticated = json["authenticated"]?.integer,
            let rotated = json["rotated"]?.integer, let expires = json["expires"]?.integer
        else { return nil }
        self.init(
            id: id, tenant: tenant, principal: principal, digest: digest,
            retired: json["retired"]?.text.flatMap(LedgerDigest.init(hex:)),
            retiredUntil: json["retired_until"]?.integer.map(Timestamp.init(nanoseconds:)),
            started: json["started"]?.integer.map(Timestamp.init(nanoseconds:)),
            proofs: json["proofs"]?.texts ?? [],
            authenticated: Timestamp(nanoseconds: authenticated),
            rotated: Timestamp(nanoseconds: rotated), expires: Timestamp(nanoseconds: expires))
    }
}

/// A link that lets somebody choose how to sign in, once.
package struct InvitationRecord: RegistryValue {
    package static let kind = RegistryKind.invitation

    package let id: String
    package let tenant: TenantID
    package let principal: PrincipalID
    package let digest: LedgerDigest
    package let expires: Timestamp

    package init(
        id: String, tenant: TenantID, principal: PrincipalID, digest: LedgerDigest,
        expires: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.principal = principal
        self.digest = digest
        self.expires = expires
    }

    package var lookup: LedgerDigest? { digest }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "principal": .text(principal.text),
            "digest": .text(digest.description), "expires": .integer(expires.nanoseconds),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let principal = json["principal"]?.text.flatMap(PrincipalID.init),
            let digest = json["digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let expires = json["expires"]?.integer
        else { return nil }
        self.init(
            id: id, tenant: tenant, principal: principal, digest: digest,
            expires: Timestamp(nanoseconds: expires))
    }
}
