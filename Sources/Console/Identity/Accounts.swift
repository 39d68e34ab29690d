import Engine
import Store
import Tenancy

/// Who signs in: passwords, one-time codes, sessions and keys, judged by Tenancy and kept by the ledger.
///
/// Sessions live in this server's memory: a restart asks everybody to sign in again. The ledger is told of each sign-in.
actor Accounts {
    static let sessionsMax = 10_000

    private let ledger: Ledger
    private let chance: Chance
    private let cost: PasswordVerifier.Cost
    private let decoy: PasswordVerifier
    private var throttle: LoginThrottle
    private var sessions: [SessionID: Session] = [:]
    private var current: [TokenDigest: SessionID] = [:]

    init(ledger: Ledger, chance: Chance, cost: PasswordVerifier.Cost) {
        self.ledger = ledger
        self.chance = chance
        self.cost = cost
        var random = chance.generator
        decoy = PasswordVerifier.decoy(cost: cost, using: &random)
        throttle = LoginThrottle(sets: 1024, using: &random)
    }

    var sessionCount: Int { sessions.count }

    // MARK: - Signing in

    struct Attempt: Sendable {
        var login: String
        var password: String
        /// Of an authenticator app; nil where none was given.
        var code: String?
        /// 4 or 16 bytes; empty where nobody knows.
        var address: [UInt8]
    }

    /// - Throws: ``Problem``: `throttled`, or `unauthenticated` with the same words whatever was wrong.
    func signIn(_ attempt: Attempt, now: Timestamp) async throws -> Session.Issued {
        switch throttle.admit(account: attempt.login, address: attempt.address, now: now) {
        case .refused(let wait):
            throw Problem(
                .throttled, "Too many attempts; wait, then try again.",
                retryAfter: wait.retryAfterSeconds)
        case .admitted: break
        }
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
        let outcome = try PasswordVerifier.check(password, against: verifier, decoy: decoy)
        guard case .right(let isOutdated) = outcome, let person = found?.value,
            !person.isDisabled
        else { throw wrong }
        var proofs: Set<Session.Proof> = [.password]
        if try await needsCode(of: person, given: attempt.code, now: now, wrong) {
            proofs.insert(.oneTimeCode)
        }
        if isOutdated { try await keep(password, of: person, now: now) }
        throttle.succeeded(account: attempt.login, address: attempt.address, now: now)
        return try await start(person, proofs: proofs, now: now)
    }

    /// Whether the account has an authenticator; then the code was right and is used up.
    private func needsCode(
        of person: PrincipalRecord, given code: String?, now: Timestamp, _ wrong: Problem
    ) async throws -> Bool {
        let scope = try Service.writing(.people, in: person.tenant)
        guard let kept = try await ledger.secret(.oneTimeCode, of: person, in: scope) else {
            return false
        }
        guard var authenticator = Authenticator(kept: kept), let code,
            authenticator.accept(code, now: now)
        else { throw wrong }
        try await ledger.keepSecret(
            authenticator.kept, .oneTimeCode, of: person, now: now, in: scope)
        return true
    }

    func keep(_ password: Password, of person: PrincipalRecord, now: Timestamp) async throws {
        var random = chance.generator
        let verifier = try PasswordVerifier(of: password, cost: cost, using: &random)
        try await ledger.keepSecret(
            Array(verifier.text.utf8), .passwordVerifier, of: person, now: now,
            in: Service.writing(.people, in: person.tenant))
    }

    func start(
        _ person: PrincipalRecord, proofs: Set<Session.Proof>, now: Timestamp
    ) async throws -> Session.Issued {
        _ = try await ledger.tell(
            "signed-in", about: "principal/\(person.id)",
            .object(["proofs": .list(proofs.map(\.rawValue).sorted().map { .text($0) })]),
            of: Ledger.provider, now: now, in: Service.writing(.tokens))
        if sessions.count >= Self.sessionsMax, let oldest = sessions.values.min(by: Self.isOlder) {
            forget(oldest.id)
        }
        var random = chance.generator
        let issued = Session.start(
            for: person.principal, proofs: proofs, now: now, using: &random)
        sessions[issued.session.id] = issued.session
        current[issued.session.digest] = issued.session.id
        return issued
    }

    private static func isOlder(_ left: Session, _ right: Session) -> Bool {
        left.lastSeenAt < right.lastSeenAt
    }

    // MARK: - Sessions

    struct Seen: Sendable {
        let session: Session
        /// What the cookie must be now; nil where it stays.
        let renewed: SecretToken?
    }

    /// The session of a token; nil where there is none, or it has ended.
    func session(of token: SecretToken, now: Timestamp) -> Seen? {
        guard let id = current[token.digest], var session = sessions[id] else { return nil }
        switch session.judge(token, now: now) {
        case .end:
            forget(id)
            return nil
        case .proceed:
            sessions[id] = session
            return Seen(session: session, renewed: nil)
        case .proceedAndRotate:
            var random = chance.generator
            if let retired = session.retiredDigest { current[retired] = nil }
            let token = session.rotate(now: now, using: &random)
            sessions[id] = session
            current[session.digest] = id
            return Seen(session: session, renewed: token)
        }
    }

    func sessions(of principal: PrincipalID) -> [Session] {
        sessions.values.filter { $0.principal == principal }.sorted { $0.startedAt < $1.startedAt }
    }

    /// False where the principal has no such session.
    func end(_ id: SessionID, of principal: PrincipalID) -> Bool {
        guard sessions[id]?.principal == principal else { return false }
        forget(id)
        return true
    }

    func endAll(of principal: PrincipalID) {
        for session in sessions(of: principal) { forget(session.id) }
    }

    private func forget(_ id: SessionID) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        current[session.digest] = nil
        if let retired = session.retiredDigest { current[retired] = nil }
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

    static func writing(
        _ resource: Permission.Resource, in tenant: TenantID = Ledger.provider
    ) throws -> TenantScope {
        try Policy().authorize(principal, to: Permission(.update, resource), in: [tenant])
    }
}

extension Authenticator {
    /// Secret in hex, and the last step used.
    init?(kept bytes: [UInt8]) {
        guard let json = try? CanonicalJSON(reading: String(decoding: bytes, as: UTF8.self)),
            let secret = json["secret"]?.list
        else { return nil }
        self.init(
            secret: secret.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } },
            lastStep: json["step"]?.integer)
    }

    var kept: [UInt8] {
        let json = CanonicalJSON.object([
            "secret": .list(secret.map { .integer(Int64($0)) }),
            "step": lastStep.map { .integer($0) } ?? .null,
        ])
        return Array(json.string.utf8)
    }
}
