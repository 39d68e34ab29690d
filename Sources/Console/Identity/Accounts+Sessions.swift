import Engine
import Store
import Tenancy

extension Accounts {
    /// Takes up the sessions that the ledger has, for the first request after a start.
    func restore(now: Timestamp) async throws {
        while try await ledger.purgeExpired(now: now, in: Service.writing(.tokens)) == 1000 {}
        let scope = try Service.reading(.tokens)
        var last: (tenant: TenantID, id: String)?
        while sessions.count < Self.sessionsMax {
            let page = try await ledger.values(SessionRecord.self, after: last, in: scope)
            for record in page.map(\.value) {
                let seen = try await ledger.mark(
                    .sessionUsed, record.id, of: record.tenant, in: scope)
                guard let session = Session(record, seen: seen) else { continue }
                hold(session)
            }
            guard page.count == LedgerLimits.pageMax, let end = page.last else { return }
            last = (end.value.tenant, end.value.id)
        }
    }

    func start(
        _ person: PrincipalRecord, proofs: Set<Session.Proof>, now: Timestamp
    ) async throws -> Session.Issued {
        _ = try await ledger.tell(
            "signed-in", about: "principal/\(person.id)",
            .object(["proofs": .list(proofs.map(\.rawValue).sorted().map { .text($0) })]),
            of: Ledger.provider, now: now, in: Service.writing(.tokens))
        if sessions.count >= Self.sessionsMax, let oldest = sessions.values.min(by: Self.isOlder) {
            try await forget(oldest.id, now: now)
        }
        var random = chance.generator
        let issued = Session.start(
            for: person.principal, proofs: proofs, now: now, using: &random)
        try await ledger.create(
            issued.session.record, now: now, in: Service.writing(.tokens))
        hold(issued.session)
        return issued
    }

    private static func isOlder(_ left: Session, _ right: Session) -> Bool {
        left.lastSeenAt < right.lastSeenAt
    }

    struct Seen: Sendable {
        let session: Session
        /// What the cookie must be now; nil where it stays.
        let renewed: SecretToken?
    }

    /// The session of a token; nil where there is none, or it has ended.
    func session(of token: SecretToken, now: Timestamp) async throws -> Seen? {
        guard let id = current[token.digest], var session = sessions[id] else { return nil }
        switch session.judge(token, now: now) {
        case .end:
            try await forget(id, now: now)
            return nil
        case .proceed:
            sessions[id] = session
            try await note(session)
            return Seen(session: session, renewed: nil)
        case .proceedAndRotate:
            var random = chance.generator
            let before = session.retiredDigest
            let token = session.rotate(now: now, using: &random)
            try await replace(session, before: before, now: now)
            return Seen(session: session, renewed: token)
        }
    }

    /// Somebody proved again who it is, or may do more or less than before: another token.
    ///
    /// - Parameter proofs: empty where nothing was proved.
    func renew(
        _ id: SessionID, with proofs: Set<Session.Proof>, now: Timestamp
    ) async throws -> SecretToken {
        guard var session = sessions[id] else {
            throw Problem(.unauthenticated, "The session has ended; sign in.")
        }
        var random = chance.generator
        let before = session.retiredDigest
        let token =
            proofs.isEmpty
            ? session.renewAfterGrantChange(now: now, using: &random)
            : session.strengthen(with: proofs, now: now, using: &random)
        try await replace(session, before: before, now: now)
        return token
    }

    private func replace(
        _ session: Session, before: TokenDigest?, now: Timestamp
    ) async throws {
        if let before { current[before] = nil }
        // Held before the first wait: a second request with the old token finds it rotated already.
        hold(session)
        try await ledger.update(session.record, now: now, in: Service.writing(.tokens))
    }

    private func hold(_ session: Session) {
        sessions[session.id] = session
        current[session.digest] = session.id
        if let retired = session.retiredDigest { current[retired] = session.id }
    }

    private func note(_ session: Session) async throws {
        let last = noted[session.id] ?? session.issuedAt
        guard session.lastSeenAt.nanoseconds - last.nanoseconds >= Self.seenEvery else { return }
        noted[session.id] = session.lastSeenAt
        try await ledger.note(
            [
                Mark(
                    .sessionUsed, session.id.text, of: Ledger.provider,
                    session.lastSeenAt.nanoseconds)
            ], in: Service.writing(.tokens))
    }

    func sessions(of principal: PrincipalID) -> [Session] {
        sessions.values.filter { $0.principal == principal }.sorted { $0.startedAt < $1.startedAt }
    }

    /// False where the principal has no such session.
    func end(_ id: SessionID, of principal: PrincipalID, now: Timestamp) async throws -> Bool {
        guard sessions[id]?.principal == principal else { return false }
        try await forget(id, now: now)
        return true
    }

    /// - Parameter kept: the one that goes on; nil ends them all.
    func endAll(
        of principal: PrincipalID, but kept: SessionID? = nil, now: Timestamp
    ) async throws {
        for session in sessions(of: principal) where session.id != kept {
            try await forget(session.id, now: now)
        }
    }

    /// Ends in memory first: whatever the disk does, the next request is refused.
    private func forget(_ id: SessionID, now: Timestamp) async throws {
        guard let session = sessions.removeValue(forKey: id) else { return }
        current[session.digest] = nil
        if let retired = session.retiredDigest { current[retired] = nil }
        noted[id] = nil
        unproved[id] = nil
        ceremonies.forget(id.text)
        do {
            try await ledger.remove(
                SessionRecord.self, id.text, of: Ledger.provider, now: now,
                in: Service.writing(.tokens))
        } catch let failure as StoreFailure where failure.code == .missing {
            // Whoever disabled the person ended it in the ledger before.
        }
    }
}

extension Session {
    /// What the ledger keeps of it: digests, no token.
    var record: SessionRecord {
        guard let digest = LedgerDigest(digest.bytes) else {
            preconditionFailure("both are SHA-256")
        }
        return SessionRecord(
            id: id.text, tenant: Ledger.provider, principal: principal, digest: digest,
            retired: retiredDigest.flatMap { LedgerDigest($0.bytes) }, retiredUntil: retiredUntil,
            started: startedAt, proofs: proofs.map(\.rawValue).sorted(),
            authenticated: authenticatedAt, rotated: issuedAt, expires: endsAt())
    }

    /// - Parameter seen: nanoseconds since 1970 of the last use that was noted; nil where there is none.
    init?(_ record: SessionRecord, seen: Int64?) {
        guard let id = SessionID(record.id),
            let digest = TokenDigest(hex: record.digest.description)
        else { return nil }
        let last = seen.map(Timestamp.init(nanoseconds:)) ?? record.rotated
        var retired: (digest: TokenDigest, until: Timestamp)?
        if let old = record.retired.flatMap({ TokenDigest(hex: $0.description) }),
            let until = record.retiredUntil
        {
            retired = (old, until)
        }
        self.init(
            id: id, principal: record.principal, startedAt: record.started,
            proofs: Set(record.proofs.compactMap(Proof.init(rawValue:))), digest: digest,
            issuedAt: record.rotated,
            lastSeenAt: max(last, record.rotated, record.authenticated),
            authenticatedAt: record.authenticated, retired: retired)
    }
}
