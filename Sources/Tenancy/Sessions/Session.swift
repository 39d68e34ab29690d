package import Engine

/// One sign-in of one person in one browser.
///
/// It decides; the caller looks sessions up by the digest of the presented token, keeps the value it changed, and sends
/// the cookie. What is kept cannot be used to sign in: it holds digests only.
package struct Session: Hashable, Sendable, Codable {
    package enum Proof: String, Hashable, Sendable, Codable, CaseIterable {
        case password, oneTimeCode = "one-time-code", recoveryCode = "recovery-code", passkey
        case provider = "identity-provider", invitation
    }

    package enum Ending: String, Hashable, Sendable, CaseIterable {
        case idle, absolute
        /// A token came that was replaced long ago: one of two who have it is a thief, so both lose it.
        case replayed
        /// The token is of another session.
        case foreign
    }

    package enum Step: Hashable, Sendable {
        case proceed
        /// Take the request, and call ``rotate(now:using:)`` for its answer.
        case proceedAndRotate
        /// Forget the session, and ask for a sign-in.
        case end(Ending)
    }

    /// What is kept, and what goes into the cookie.
    package struct Issued: Sendable {
        package let session: Session
        package let token: SecretToken
    }

    private struct Retired: Hashable, Sendable, Codable {
        let digest: TokenDigest
        let until: Timestamp
    }

    package let id: SessionID
    package let principal: PrincipalID
    package let startedAt: Timestamp
    package private(set) var proofs: Set<Proof>
    package private(set) var digest: TokenDigest
    package private(set) var issuedAt: Timestamp
    package private(set) var lastSeenAt: Timestamp
    package private(set) var authenticatedAt: Timestamp
    private var retired: Retired?

    /// The token before the last rotation, so that the caller finds the session by it too. Nil before the first.
    package var retiredDigest: TokenDigest? { retired?.digest }
    /// Until when that one is taken. Nil before the first.
    package var retiredUntil: Timestamp? { retired?.until }
    /// It ends then, whatever happens.
    package func endsAt(limits: SessionLimits = .standard) -> Timestamp {
        startedAt.adding(limits.absolute)
    }

    /// From what was kept, after a restart.
    ///
    /// - Parameter retired: the token before the last rotation, and until when it is taken; nil where there is none.
    package init(
        id: SessionID, principal: PrincipalID, startedAt: Timestamp, proofs: Set<Proof>,
        digest: TokenDigest, issuedAt: Timestamp, lastSeenAt: Timestamp,
        authenticatedAt: Timestamp, retired: (digest: TokenDigest, until: Timestamp)?
    ) {
        self.id = id
        self.principal = principal
        self.startedAt = startedAt
        self.proofs = proofs
        self.digest = digest
        self.issuedAt = issuedAt
        self.lastSeenAt = lastSeenAt
        self.authenticatedAt = authenticatedAt
        self.retired = retired.map { Retired(digest: $0.digest, until: $0.until) }
    }

    /// A new session for each sign-in: a token that somebody planted in the browser before is worth nothing after.
    package static func start(
        for principal: PrincipalID, proofs: Set<Proof>, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) -> Issued {
        let token = SecretToken(.session, using: &random)
        let name = Base32.readable.text(random.bytes(15))
        guard let id = SessionID(name) else { preconditionFailure("base 32 is an identifier") }
        let session = Session(
            id: id, principal: principal, startedAt: now, proofs: proofs, digest: token.digest,
            issuedAt: now, lastSeenAt: now, authenticatedAt: now, retired: nil)
        return Issued(session: session, token: token)
    }

    /// Judges a request and, where it is taken, notes when it came.
    ///
    /// A clock that went backwards counts as no time passed.
    package mutating func judge(
        _ presented: SecretToken, now: Timestamp, limits: SessionLimits = .standard
    ) -> Step {
        let given = presented.digest
        let isCurrent = given == digest
        let isRetired = retired.map { given == $0.digest } ?? false
        guard isCurrent || isRetired else { return .end(.foreign) }
        if now.elapsed(since: startedAt) >= limits.absolute { return .end(.absolute) }
        if now.elapsed(since: lastSeenAt) >= limits.idle { return .end(.idle) }
        if let retired, isRetired, !isCurrent {
            return now < retired.until ? .proceed : .end(.replayed)
        }
        lastSeenAt = max(lastSeenAt, now)
        return now.elapsed(since: issuedAt) >= limits.rotation ? .proceedAndRotate : .proceed
    }

    /// A new token; the old one is taken for ``SessionLimits/grace`` longer.
    package mutating func rotate(
        now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> SecretToken {
        retired = Retired(digest: digest, until: now.adding(SessionLimits.grace))
        return replaceToken(now: now, using: &random)
    }

    /// Somebody proved again who he is, or may do more than before: a new token, and the old one ends at once.
    package mutating func strengthen(
        with proofs: Set<Proof>, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> SecretToken {
        self.proofs.formUnion(proofs)
        authenticatedAt = max(authenticatedAt, now)
        // Kept with no grace, so that a use of it is seen as the replay it is.
        retired = Retired(digest: digest, until: now)
        return replaceToken(now: now, using: &random)
    }

    /// What a change of grants asks for: a new token at once, without a new proof.
    package mutating func renewAfterGrantChange(
        now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> SecretToken {
        retired = Retired(digest: digest, until: now)
        return replaceToken(now: now, using: &random)
    }

    /// Whether a dangerous act (grants, keys, deletion, containment) may go on without asking again who it is.
    package func isFresh(now: Timestamp, limits: SessionLimits = .standard) -> Bool {
        now >= authenticatedAt && now.elapsed(since: authenticatedAt) < limits.stepUp
    }

    private mutating func replaceToken(
        now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> SecretToken {
        let token = SecretToken(.session, using: &random)
        digest = token.digest
        issuedAt = now
        lastSeenAt = max(lastSeenAt, now)
        return token
    }
}
