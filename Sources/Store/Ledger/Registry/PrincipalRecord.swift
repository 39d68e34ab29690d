package import Engine
package import Tenancy

/// One role, and where somebody has it.
package struct GrantRecord: Hashable, Sendable {
    package var role: Role
    /// Every tenant, those made later included.
    package var isEverywhere: Bool
    package var tenants: Set<TenantID>
    /// Every tenant of these groups, those that join later included.
    package var groups: Set<String>

    package init(
        _ role: Role, isEverywhere: Bool = false, tenants: Set<TenantID> = [],
        groups: Set<String> = []
    ) {
        self.role = role
        self.isEverywhere = isEverywhere
        self.tenants = tenants
        self.groups = groups
    }

    var json: CanonicalJSON {
        .object([
            "role": .text(role.rawValue), "everywhere": .flag(isEverywhere),
            "tenants": .texts(tenants.map(\.text).sorted()), "groups": .texts(groups.sorted()),
        ])
    }

    init?(json: CanonicalJSON) {
        guard let role = json["role"]?.text.flatMap(Role.init(rawValue:)) else { return nil }
        self.init(
            role, isEverywhere: json["everywhere"]?.flag ?? false,
            tenants: Set((json["tenants"]?.texts ?? []).compactMap(TenantID.init)),
            groups: Set(json["groups"]?.texts ?? []))
    }

    /// As the policy takes it: groups are the tenants that are in them now.
    func grant(members: (String) throws -> [TenantID]) rethrows -> Principal.Grant {
        if isEverywhere { return Principal.Grant(role, in: .all) }
        let ofGroups = try groups.sorted().flatMap { try members($0) }
        return Principal.Grant(role, in: .tenants(tenants.union(ofGroups)))
    }
}

/// A person, or a program that acts for one. How it proves who it is are secrets of it, kept apart.
package struct PrincipalRecord: RegistryValue {
    package static let kind = RegistryKind.principal

    package let principal: PrincipalID
    /// Whose person it is; ``Ledger/provider`` for the provider's own.
    package let tenant: TenantID
    /// What is typed to sign in; once in the server, letter case does not count.
    package var login: String
    package var name: String
    package var grants: [GrantRecord]
    package var isDisabled: Bool

    package init(
        id: PrincipalID, tenant: TenantID, login: String, name: String, grants: [GrantRecord],
        isDisabled: Bool = false
    ) {
        principal = id
        self.tenant = tenant
        self.login = login
        self.name = name
        self.grants = grants
        self.isDisabled = isDisabled
    }

    package var id: String { principal.text }
    package var uniqueName: String? { Self.uniqueName(login: login) }
    static func uniqueName(login: String) -> String { login.lowercased() }

    package func objection(at now: Timestamp) -> String? {
        if grants.contains(where: { $0.role == .service }) {
            return "No person is the service."
        }
        return Self.checked(login, "login") ?? Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "login": .text(login),
            "name": .text(name), "grants": .list(grants.map(\.json)),
            "disabled": .flag(isDisabled),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text.flatMap(PrincipalID.init),
            let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let login = json["login"]?.text, let name = json["name"]?.text,
            let list = json["grants"]?.list
        else { return nil }
        let grants = list.compactMap(GrantRecord.init)
        guard grants.count == list.count else { return nil }
        self.init(
            id: id, tenant: tenant, login: login, name: name, grants: grants,
            isDisabled: json["disabled"]?.flag ?? false)
    }
}

/// A public key of somebody's authenticator. Its counter is a mark.
package struct PasskeyRecord: RegistryValue {
    package static let kind = RegistryKind.passkey

    package let principal: PrincipalID
    package let tenant: TenantID
    /// At most 1,023 bytes (WebAuthn Level 2 §4).
    package let credential: [UInt8]
    /// COSE key.
    package let publicKey: [UInt8]
    package var name: String

    package init(
        principal: PrincipalID, tenant: TenantID, credential: [UInt8], publicKey: [UInt8],
        name: String
    ) {
        self.principal = principal
        self.tenant = tenant
        self.credential = credential
        self.publicKey = publicKey
        self.name = name
    }

    /// SHA-256 of the credential's id.
    package var id: String { LedgerDigest(of: credential).description }
    package var lookup: LedgerDigest? { LedgerDigest(of: credential) }
    package func objection(at now: Timestamp) -> String? {
        if !(1...1023).contains(credential.count) || !(1...2048).contains(publicKey.count) {
            return "A passkey's id has 1 to 1,023 bytes and its key 1 to 2,048."
        }
        return Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "principal": .text(principal.text), "tenant": .text(tenant.text),
            "credential": .text(credential.hex), "key": .text(publicKey.hex),
            "name": .text(name),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let principal = json["principal"]?.text.flatMap(PrincipalID.init),
            let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let credential = json["credential"]?.text.flatMap({ [UInt8](hex: $0) }),
            let key = json["key"]?.text.flatMap({ [UInt8](hex: $0) }),
            let name = json["name"]?.text
        else { return nil }
        self.init(
            principal: principal, tenant: tenant, credential: credential, publicKey: key,
            name: name)
    }
}
