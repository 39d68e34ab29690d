package import Engine

/// A link that works once: for the first administrator, or for somebody who was invited.
package struct Invitation: Hashable, Sendable, Codable {
    package enum Purpose: Hashable, Sendable, Codable {
        /// Makes the first account, which governs everything. Works only while there is no account.
        case firstAdministrator
        /// Makes an account with these grants. They are judged by ``Policy/mayGrant(_:_:)`` again when it is used,
        /// for whoever invited: what he lost since, he no longer gives.
        case account(grants: [Principal.Grant], by: PrincipalID)
        /// Lets an account set a new password and factors.
        case recovery(PrincipalID, by: PrincipalID)
    }

    package enum Redemption: Hashable, Sendable {
        case accepted(Purpose)
        case unknown, expired, used
        /// There is an account already.
        case tooLate
    }

    package static let lifetime = Duration.seconds(86_400)

    package let digest: TokenDigest
    package let purpose: Purpose
    package let expiresAt: Timestamp
    package private(set) var usedAt: Timestamp?

    /// What is kept, and what is told once.
    package struct Issued: Sendable {
        package let invitation: Invitation
        package let token: SecretToken
    }

    /// From what was kept.
    package init(
        digest: TokenDigest, purpose: Purpose, expiresAt: Timestamp, usedAt: Timestamp? = nil
    ) {
        self.digest = digest
        self.purpose = purpose
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }

    package static func issue(
        for purpose: Purpose, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> Issued {
        let token = SecretToken(.invitation, using: &random)
        let invitation = Invitation(
            digest: token.digest, purpose: purpose, expiresAt: now.adding(lifetime))
        return Issued(invitation: invitation, token: token)
    }

    /// Uses it up. The caller keeps the changed value in the same transaction that makes the account.
    ///
    /// - Parameter hasAccounts: whether any account exists.
    package mutating func redeem(
        _ token: SecretToken, hasAccounts: Bool, now: Timestamp
    ) -> Redemption {
        guard token.kind == .invitation, token.digest == digest else { return .unknown }
        guard usedAt == nil else { return .used }
        guard now < expiresAt else { return .expired }
        if purpose == .firstAdministrator, hasAccounts { return .tooLate }
        usedAt = now
        return .accepted(purpose)
    }
}
