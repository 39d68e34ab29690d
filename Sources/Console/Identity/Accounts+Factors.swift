import Engine
import Store
import Tenancy

/// What somebody signs in with beside the password, and changing it.
extension Accounts {
    struct Factors: Sendable {
        let hasPassword: Bool
        let hasAuthenticator: Bool
        let recoveryCodesLeft: Int
        let passkeys: [Registered<PasskeyRecord>]
    }

    func record(of principal: PrincipalID) async throws -> PrincipalRecord {
        guard
            let found = try await ledger.person(principal, in: Service.reading(.people))
        else { throw Problem(.missing, "There is no such account.") }
        return found.value
    }

    func factors(of person: PrincipalRecord) async throws -> Factors {
        let scope = try Service.writing(.people, in: person.tenant)
        let codes = try await ledger.secret(.recoveryCodes, of: person, in: scope)
        return Factors(
            hasPassword: try await ledger.secret(.passwordVerifier, of: person, in: scope) != nil,
            hasAuthenticator: try await ledger.secret(.oneTimeCode, of: person, in: scope) != nil,
            recoveryCodesLeft: codes.flatMap { RecoveryCodes(kept: $0) }?.remaining ?? 0,
            passkeys: try await passkeys(of: person))
    }

    /// A new authenticator, which counts from the first code that proves the app has it. Ten minutes; the one before is forgotten.
    func beginAuthenticator(
        for session: Session, now: Timestamp
    ) async throws -> Authenticator {
        let person = try await record(of: session.principal)
        guard try await !factors(of: person).hasAuthenticator else {
            throw Problem(.conflict, "There is an authenticator; remove it first.")
        }
        var random = chance.generator
        let authenticator = Authenticator(using: &random)
        unproved[session.id] = (
            authenticator, Timestamp(nanoseconds: now.nanoseconds + 600_000_000_000)
        )
        return authenticator
    }

    /// - Returns: recovery codes, told once.
    func confirmAuthenticator(
        _ code: String, for session: Session, now: Timestamp
    ) async throws -> [String] {
        guard let (started, until) = unproved[session.id], now < until else {
            throw Problem(.conflict, "No authenticator waits for its first code; begin anew.")
        }
        var authenticator = started
        guard authenticator.accept(code, now: now) else {
            throw Problem(
                .invalid, "That is not the code; look at the clocks of both.", pointer: "/code")
        }
        unproved[session.id] = nil
        let person = try await record(of: session.principal)
        let codes = try await renewRecoveryCodes(of: person, now: now)
        try await ledger.keepSecret(
            authenticator.kept, .oneTimeCode, of: person, now: now,
            in: Service.writing(.people, in: person.tenant))
        try await endAll(of: person.principal, but: session.id, now: now)
        return codes
    }

    func removeAuthenticator(of person: PrincipalRecord, now: Timestamp) async throws {
        let scope = try Service.writing(.people, in: person.tenant)
        try await ledger.removeSecret(.oneTimeCode, of: person, now: now, in: scope)
        do {
            try await ledger.removeSecret(.recoveryCodes, of: person, now: now, in: scope)
        } catch  where error.code == .missing {
            // All were used up, or there never were any.
        }
    }

    func renewRecoveryCodes(of person: PrincipalRecord, now: Timestamp) async throws -> [String] {
        var random = chance.generator
        let issued = RecoveryCodes.issue(using: &random)
        try await ledger.keepSecret(
            issued.kept.kept, .recoveryCodes, of: person, now: now,
            in: Service.writing(.people, in: person.tenant))
        return issued.codes
    }

    /// Sets a password and signs out everywhere else.
    func changePassword(
        _ text: String, of person: PrincipalRecord, session: SessionID, now: Timestamp
    ) async throws {
        try await keep(
            Password(chosen: text, by: person), of: person, now: now)
        try await endAll(of: person.principal, but: session, now: now)
    }
}

extension Password {
    /// - Throws: ``Problem`` at `/password` where it is not good enough.
    init(chosen text: String, by person: PrincipalRecord) throws(Problem) {
        do { try self.init(choosing: text, names: [person.name, person.login]) } catch {
            throw Problem(
                .invalid,
                "The password has at least \(Password.bytesMin) letters and is not one that "
                    + "everybody tries (\(error.rawValue)).", pointer: "/password")
        }
    }
}

extension Authenticator {
    /// The secret's bytes, and the last step used.
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

extension RecoveryCodes {
    init?(kept bytes: [UInt8]) {
        guard let json = try? CanonicalJSON(reading: String(decoding: bytes, as: UTF8.self)),
            let digests = json["digests"]?.texts
        else { return nil }
        self.init(digests: digests)
    }

    var kept: [UInt8] {
        Array(CanonicalJSON.object(["digests": .list(digests.map { .text($0) })]).string.utf8)
    }
}
