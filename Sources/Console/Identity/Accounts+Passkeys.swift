import Engine
import Store
import Tenancy

/// Questions to authenticators that wait for their answer, each answered once.
///
/// When ``countMax`` wait, the oldest goes: whoever was asked then asks again.
struct CeremonyPool {
    static let countMax = 10_000

    private var waiting: [String: PasskeyCeremony] = [:]
    private var order: [String] = []

    mutating func add(_ ceremony: PasskeyCeremony, as name: String) {
        forget(name)
        while order.count >= Self.countMax { waiting[order.removeFirst()] = nil }
        waiting[name] = ceremony
        order.append(name)
    }

    mutating func take(_ name: String) -> PasskeyCeremony? {
        let found = waiting[name]
        forget(name)
        return found
    }

    mutating func forget(_ name: String) {
        guard waiting.removeValue(forKey: name) != nil else { return }
        order.removeAll { $0 == name }
    }
}

extension Accounts {
    /// What a browser sends back of an assertion.
    struct Assertion: Sendable {
        /// As ``beginAssertion(now:)`` named it.
        var ceremony: String
        var credential: [UInt8]
        var clientRecord: [UInt8]
        var authenticatorData: [UInt8]
        var signature: [UInt8]
        /// Nil where the authenticator told none.
        var userHandle: [UInt8]?
    }

    func passkeys(of person: PrincipalRecord) async throws -> [Registered<PasskeyRecord>] {
        try await ledger.belongings(
            PasskeyRecord.self, of: person.principal, tenant: person.tenant,
            in: Service.reading(.people, in: person.tenant))
    }

    /// - Throws: `missing` where the person has no such passkey.
    func removePasskey(
        _ id: String, of person: PrincipalRecord, now: Timestamp
    ) async throws {
        guard try await passkeys(of: person).contains(where: { $0.value.id == id }) else {
            throw Problem(.missing, "There is no such passkey.")
        }
        try await ledger.remove(
            PasskeyRecord.self, id, of: person.tenant, now: now,
            in: Service.writing(.people, in: person.tenant))
    }

    private func party() throws(Problem) -> RelyingParty {
        guard let relyingParty else {
            throw Problem(
                .conflict,
                "Passkeys need a host name; say it with console-origin, as https://soc.example.com."
            )
        }
        return relyingParty
    }

    // MARK: - Registration

    func beginRegistration(
        for session: Session, now: Timestamp
    ) async throws -> (PasskeyCeremony, RelyingParty, PrincipalRecord) {
        let party = try party()
        let person = try await record(of: session.principal)
        let existing = try await passkeys(of: person).map(\.value.credential)
        guard existing.count < PasskeyCredential.perAccountMax else {
            throw Problem(
                .conflict,
                "An account has at most \(PasskeyCredential.perAccountMax) passkeys.")
        }
        var random = chance.generator
        let ceremony = PasskeyCeremony(
            .registration(person.principal, existing: existing), for: party, now: now,
            using: &random)
        ceremonies.add(ceremony, as: session.id.text)
        return (ceremony, party, person)
    }

    func register(
        clientRecord: [UInt8], attestation: [UInt8], name: String, for session: Session,
        now: Timestamp
    ) async throws -> PasskeyRecord {
        guard var ceremony = ceremonies.take(session.id.text) else {
            throw Problem(.conflict, "No passkey was asked for; begin anew.")
        }
        let credential: PasskeyCredential
        do {
            credential = try ceremony.register(
                clientRecord: clientRecord, attestation: attestation, now: now)
        } catch { throw Problem(.invalid, "The passkey is not taken (\(error)).") }
        let person = try await record(of: session.principal)
        let record = PasskeyRecord(
            principal: person.principal, tenant: person.tenant, credential: credential.id,
            publicKey: credential.keyBytes, name: name)
        let scope = try Service.writing(.people, in: person.tenant)
        try await ledger.create(record, now: now, in: scope)
        try await ledger.note(
            [Mark(.passkeyCount, record.id, of: record.tenant, Int64(credential.counter))],
            in: scope)
        return record
    }

    // MARK: - Signing in

    func beginAssertion(
        now: Timestamp
    ) throws(Problem) -> (name: String, PasskeyCeremony, RelyingParty) {
        let party = try party()
        var random = chance.generator
        let ceremony = PasskeyCeremony(
            .assertion(allowed: []), for: party, now: now, using: &random)
        let name = chance.name()
        ceremonies.add(ceremony, as: "sign-in " + name)
        return (name, ceremony, party)
    }

    /// - Throws: ``Problem`` of kind `unauthenticated`, with the same words whatever was wrong.
    func signIn(with answer: Assertion, now: Timestamp) async throws -> Session.Issued {
        let wrong = Problem(.unauthenticated, "This passkey lets nobody in; try again.")
        guard var ceremony = ceremonies.take("sign-in " + answer.ceremony) else { throw wrong }
        let found = try await ledger.find(
            PasskeyRecord.self, by: LedgerDigest(of: answer.credential),
            in: Service.reading(.people))
        guard let found else { throw wrong }
        let key = found.value
        let scope = try Service.writing(.people, in: key.tenant)
        let seen = try await ledger.mark(
            .passkeyCount, key.id, of: key.tenant, in: Service.reading(.people, in: key.tenant))
        let credential = PasskeyCredential(
            id: key.credential, keyBytes: key.publicKey, model: [], createdAt: found.created,
            isBackupEligible: false, isBackedUp: false, counter: UInt32(clamping: seen ?? 0))
        let learned: PasskeyCredential
        do {
            learned = try ceremony.assert(
                id: answer.credential, clientRecord: answer.clientRecord,
                authenticatorData: answer.authenticatorData, signature: answer.signature,
                userHandle: answer.userHandle, against: credential, of: key.principal, now: now)
        } catch {
            if case .counter(let said, let kept) = error {
                _ = try await ledger.tell(
                    "passkey-may-be-copied", about: "passkey/\(key.id)",
                    .object(["seen": .integer(Int64(said)), "kept": .integer(Int64(kept))]),
                    of: key.tenant, now: now, in: scope)
            }
            throw wrong
        }
        let person = try await record(of: key.principal)
        guard !person.isDisabled else { throw wrong }
        // Kept before anybody is let in: the same answer is worth nothing twice.
        try await ledger.note(
            [Mark(.passkeyCount, key.id, of: key.tenant, Int64(learned.counter))], in: scope)
        return try await start(person, proofs: [.passkey], now: now)
    }
}
