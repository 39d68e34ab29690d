import Engine
import Store
import Tenancy

/// Who signs in: passwords, one-time codes, passkeys, sessions and keys, judged by Tenancy and kept by the ledger.
///
/// Sessions are kept by the ledger, without their tokens: a restart signs nobody out.
actor Accounts {
    static let sessionsMax = 10_000
    /// Passwords checked at one time: each takes 32 MiB and a good part of a second of one core.
    static let checksMax = 4
    /// How long a session's last use may be forgotten by a crash.
    static let seenEvery: Int64 = 60_000_000_000

    let ledger: Ledger
    let chance: Chance
    let relyingParty: RelyingParty?
    private let cost: PasswordVerifier.Cost
    private let decoy: PasswordVerifier
    private var throttle: LoginThrottle
    private var checks = 0
    /// Whose code is being looked at: a code is read, judged and used up before the next one of that person.
    private var codesUnderWay: Set<PrincipalID> = []
    var sessions: [SessionID: Session] = [:]
    var current: [TokenDigest: SessionID] = [:]
    /// The last use of each session that the ledger knows.
    var noted: [SessionID: Timestamp] = [:]
    /// Authenticators that were shown and not proved yet.
    var unproved: [SessionID: (authenticator: Authenticator, until: Timestamp)] = [:]
    var ceremonies = CeremonyPool()

    init(
        ledger: Ledger, chance: Chance, cost: PasswordVerifier.Cost, relyingParty: RelyingParty?
    ) {
        self.ledger = ledger
        self.chance = chance
        self.cost = cost
        self.relyingParty = relyingParty
        var random = chance.generator
        decoy = PasswordVerifier.decoy(cost: cost, using: &random)
        throttle = LoginThrottle(sets: 1024, using: &random)
    }

    var sessionCount: Int { sessions.count }

    // MARK: - Signing in

    struct Attempt: Sendable {
        var login: String
        var password: String
        /// Of an authenticator app, or a recovery code; nil where none was given.
        var code: String?
        /// 4 or 16 bytes; empty where nobody knows.
        var address: [UInt8]
    }

    /// - Throws: ``Problem``: `throttled`, or `unauthenticated` with the same words whatever was wrong.
    func signIn(_ attempt: Attempt, now: Timestamp) async throws -> Session.Issued {
        let (person, proofs) = try await prove(attempt, now: now)
        return try await start(person, proofs: proofs, now: now)
    }

    /// Whose name, password and code they are, and what was proved by it.
    func prove(
        _ attempt: Attempt, now: Timestamp
    ) async throws -> (PrincipalRecord, Set<Session.Proof>) {
        guard checks < Self.checksMax else {
            throw Problem(.throttled, "Many sign in at once; try again.", retryAfter: 1)
        }
        switch throttle.admit(account: attempt.login, address: attempt.address, now: now) {
        case .refused(let wait):
            throw Problem(
                .throttled, "Too many attempts; wait, then try again.",
                retryAfter: wait.retryAfterSeconds)
        case .admitted: break
        }
        checks += 1
        defer { checks -= 1 }
        let wrong = Problem(.unauthenticated, "The name, the password or the code is wrong.")
        guard let password = Password(candidate: attempt.password) else { throw wrong }
        let found = try await ledger.principal(login: attempt.login, in: Service.reading(.people))
        var verifier: PasswordVerifier?
        if let found {
            let kept = try await ledger.secret(
                .passwordVerifier, of: found.value,
                in: Service.writing(.people, in: found.value.tenant))
            verifier = kept.flatMap {
                PasswordVerifier(text: String(decoding: $0, as: UTF8.self))
            }
        }
        let outcome = try await Self.check(password, against: verifier, decoy: decoy)
        guard case .right(let isOutdated) = outcome, let person = found?.value,
            !person.isDisabled
        else { throw wrong }
        var proofs: Set<Session.Proof> = [.password]
        if let second = try await useUp(attempt.code, of: person, now: now, wrong) {
            proofs.insert(second)
        }
        if isOutdated { try await keep(password, of: person, now: now) }
        throttle.succeeded(account: attempt.login, address: attempt.address, now: now)
        return (person, proofs)
    }

    /// Away from the actor, so that sessions are found meanwhile.
    @concurrent
    private static func check(
        _ password: Password, against verifier: PasswordVerifier?, decoy: PasswordVerifier
    ) async throws -> PasswordVerifier.Outcome {
        try PasswordVerifier.check(password, against: verifier, decoy: decoy)
    }

    /// Nil where the account has no authenticator; else the code was right, and is used up.
    private func useUp(
        _ code: String?, of person: PrincipalRecord, now: Timestamp, _ wrong: Problem
    ) async throws -> Session.Proof? {
        guard codesUnderWay.insert(person.principal).inserted else {
            throw Problem(
                .throttled, "Another code of this account is being looked at.", retryAfter: 1)
        }
        defer { codesUnderWay.remove(person.principal) }
        let scope = try Service.writing(.people, in: person.tenant)
        guard let kept = try await ledger.secret(.oneTimeCode, of: person, in: scope) else {
            return nil
        }
        guard var authenticator = Authenticator(kept: kept), let code else { throw wrong }
        if authenticator.accept(code, now: now) {
            try await ledger.keepSecret(
                authenticator.kept, .oneTimeCode, of: person, now: now, in: scope)
            return .oneTimeCode
        }
        guard let left = try await ledger.secret(.recoveryCodes, of: person, in: scope),
            var codes = RecoveryCodes(kept: left), codes.accept(code)
        else { throw wrong }
        try await ledger.keepSecret(codes.kept, .recoveryCodes, of: person, now: now, in: scope)
        return .recoveryCode
    }

    func keep(_ password: Password, of person: PrincipalRecord, now: Timestamp) async throws {
        let verifier = try await Self.verifier(of: password, cost: cost, chance: chance)
        try await ledger.keepSecret(
            Array(verifier.text.utf8), .passwordVerifier, of: person, now: now,
            in: Service.writing(.people, in: person.tenant))
    }

    @concurrent
    private static func verifier(
        of password: Password, cost: PasswordVerifier.Cost, chance: Chance
    ) async throws -> PasswordVerifier {
        var random = chance.generator
        return try PasswordVerifier(of: password, cost: cost, using: &random)
    }

    // MARK: - Who it is

    func principal(_ id: PrincipalID) async throws -> Principal? {
        try await ledger.principal(id, in: Service.reading(.people))
    }

    /// The program that has this key; nil where there is none, it has expired, or its owner is gone.
    func program(of token: SecretToken, now: Timestamp) async throws -> Principal? {
        guard token.kind == .apiKey, let digest = LedgerDigest(token.digest.bytes) else {
            return nil
        }
        let found = try await ledger.find(
            KeyRecord.self, by: digest, in: Service.reading(.tokens))
        guard let key = found?.value, key.expires.map({ now < $0 }) ?? true,
            let owner = try await principal(key.owner), let id = PrincipalID(key.id),
            let grant = try await ledger.grants([key.reach], in: Service.reading(.people)).first
        else { return nil }
        // Whoever holds the machine's own key is the operator, not a program that acts for one.
        if LocalKey.isLocal(key) { return owner }
        return Principal(
            key: id, name: key.name,
            mandate: Mandate(
                owner: key.owner, permissions: Set(key.permissions), reach: grant.reach),
            owner: owner)
    }
}

/// The service's own right to look people up and let them in.
enum Service {
    private static let principal = Principal(
        id: Ledger.service, name: "Kagari", grants: [Principal.Grant(.service, in: .all)])

    static func reading(
        _ resource: Permission.Resource, in tenant: TenantID = Ledger.provider
    ) throws -> TenantScope {
        try Policy().authorize(principal, to: Permission(.read, resource), in: [tenant])
    }

    static func reading(
        _ resource: Permission.Resource, in tenants: [TenantID]
    ) throws -> TenantScope {
        try Policy().authorize(principal, to: Permission(.read, resource), in: tenants)
    }

    /// To make the account of somebody whom a trusted provider vouches for: the service may change people, but make none.
    static func founding(in tenant: TenantID) throws -> TenantScope {
        let founder = Principal(
            id: Ledger.service, name: "Kagari",
            grants: [Principal.Grant(.providerAdmin, in: .all)])
        return try Policy().authorize(
            founder, to: Permission(.create, .people), in: [tenant])
    }

    static func writing(
        _ resource: Permission.Resource, in tenant: TenantID = Ledger.provider
    ) throws -> TenantScope {
        try Policy().authorize(principal, to: Permission(.update, resource), in: [tenant])
    }
}
