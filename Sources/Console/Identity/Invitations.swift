package import Engine
package import Store
package import Tenancy

/// Links that let somebody choose a name and a password, once.
package enum Invitations {
    /// The first administrator and the secret of the link that lets one in: `/welcome/<secret>`.
    ///
    /// Works again while that account has no password; the link before is worth nothing then.
    ///
    /// - Throws: ``StoreFailure``: `conflict` where there is an account with a password, or more than one.
    package static func firstAdministrator(
        of ledger: Ledger, now: Timestamp, using random: inout some RandomNumberGenerator
    ) async throws -> SecretToken {
        let founder = Principal(
            id: Ledger.service, name: "Kagari",
            grants: [Principal.Grant(.providerAdmin, in: .all)])
        let policy = Policy()
        let reading = try policy.authorize(
            founder, to: Permission(.read, .people), in: [Ledger.provider])
        let people = try await ledger.values(PrincipalRecord.self, in: reading).map(\.value)
            .filter { $0.principal.text != LocalKey.operatorName }
        guard let id = PrincipalID("administrator") else {
            preconditionFailure("a constant name is well formed")
        }
        let person = PrincipalRecord(
            id: id, tenant: Ledger.provider, login: "administrator", name: "Administrator",
            grants: [GrantRecord(.providerAdmin, isEverywhere: true)])
        let taken = StoreFailure(
            .conflict, "There are accounts already; ask an administrator for an invitation.")
        if people.isEmpty {
            try await ledger.create(
                person, now: now,
                in: policy.authorize(
                    founder, to: Permission(.create, .people), in: [Ledger.provider]))
        } else {
            guard people.count == 1, people[0].principal == id else { throw taken }
            let secret = try await ledger.secret(
                .passwordVerifier, of: people[0], in: Service.writing(.people))
            guard secret == nil else { throw taken }
            for old in try await ledger.values(InvitationRecord.self, in: reading) {
                try await ledger.remove(
                    InvitationRecord.self, old.value.id, of: Ledger.provider, now: now,
                    in: Service.writing(.people))
            }
        }
        return try await invite(person, to: ledger, now: now, using: &random)
    }

    /// - Returns: what the link ends with; it is told once.
    static func invite(
        _ person: PrincipalRecord, to ledger: Ledger, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) async throws -> SecretToken {
        let token = SecretToken(.invitation, using: &random)
        guard let digest = LedgerDigest(token.digest.bytes) else {
            preconditionFailure("both are SHA-256")
        }
        let record = InvitationRecord(
            id: String(digest.description.prefix(32)), tenant: person.tenant,
            principal: person.principal, digest: digest,
            expires: Timestamp(nanoseconds: now.nanoseconds + 86_400_000_000_000))
        try await ledger.create(
            record, now: now, in: Service.writing(.people, in: person.tenant))
        return token
    }

    /// The invitation of a link and who it is for; nil where it is unknown, used, or too old.
    static func find(
        _ text: String, in ledger: Ledger, now: Timestamp
    ) async throws -> (invitation: InvitationRecord, person: PrincipalRecord)? {
        guard let token = try? SecretToken(parsing: text), token.kind == .invitation,
            let digest = LedgerDigest(token.digest.bytes),
            let found = try await ledger.find(
                InvitationRecord.self, by: digest, in: Service.reading(.people))
        else { return nil }
        let invitation = found.value
        guard now < invitation.expires else { return nil }
        let reading = try Service.reading(.people, in: invitation.tenant)
        guard
            let person = try await ledger.value(
                PrincipalRecord.self, invitation.principal.text, of: invitation.tenant,
                in: reading)
        else { return nil }
        return (invitation, person.value)
    }

    /// Uses an invitation up: sets the name and the password, and signs in.
    ///
    /// - Throws: ``Problem`` where the password is not good enough.
    static func redeem(
        _ text: String, name: String, password: String, parts: ConsoleParts
    ) async throws -> Session.Issued {
        let now = parts.now()
        guard let (invitation, found) = try await find(text, in: parts.ledger, now: now) else {
            throw Problem(.missing, "This link was used, is too old, or never was.")
        }
        var person = found
        person.name = name
        let chosen = try Password(chosen: password, by: person)
        let scope = try Service.writing(.people, in: person.tenant)
        // First of all, so that of two who use it at once one fails.
        try await parts.ledger.remove(
            InvitationRecord.self, invitation.id, of: invitation.tenant, now: now, in: scope)
        try await parts.ledger.update(person, now: now, in: scope)
        try await parts.accounts.keep(chosen, of: person, now: now)
        return try await parts.accounts.start(person, proofs: [.invitation], now: now)
    }
}
