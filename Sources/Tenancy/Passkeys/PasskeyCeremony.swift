import Crypto
package import Engine

/// Who asks for passkeys: this installation.
package struct RelyingParty: Hashable, Sendable {
    package static let originsMax = 8

    /// A host name, as `soc.example.com`: passkeys are bound to it.
    package let id: String
    /// As browsers send them, `https://soc.example.com`.
    package let origins: Set<String>
    /// Whether the authenticator must have asked for a finger, face or PIN.
    package let requiresVerification: Bool

    /// Nil unless `id` is a lower-case name of 1 to 253 bytes and there are 1 to ``originsMax`` origins.
    package init?(id: String, origins: [String], requiresVerification: Bool = true) {
        let isName = id.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
        }
        guard (1...253).contains(id.utf8.count), isName,
            (1...Self.originsMax).contains(origins.count)
        else { return nil }
        self.id = id
        self.origins = Set(origins)
        self.requiresVerification = requiresVerification
    }
}

/// One question to an authenticator, and the judgement of its answer. It is asked once and answered once.
///
/// - Source: WebAuthn level 2 §7.1 (registration) and §7.2 (assertion); the numbers in comments are their steps.
package struct PasskeyCeremony: Sendable {
    package enum Purpose: Hashable, Sendable {
        /// A new passkey for an account; `existing` are its own so far.
        case registration(PrincipalID, existing: [[UInt8]])
        /// A sign-in. `allowed` are the account's passkeys; empty lets the authenticator choose.
        case assertion(allowed: [[UInt8]])
    }

    package enum Refusal: Error, Hashable, Sendable {
        case expired, answered, wrongPurpose
        case clientRecord, type, challenge, origin, crossOrigin
        case attestationForm, authenticatorData, relyingParty, notPresent, notVerified
        case key, algorithm
        /// Another credential than was allowed, than was looked up, or one that exists already.
        case credential
        case signature
        /// The counter did not grow: there may be a copy. The credential should be looked at.
        case counter(seen: UInt32, kept: UInt32)
        case tooLong
    }

    package static let lifetime = Duration.seconds(300)
    package static let challengeBytes = 32
    package static let answerBytesMax = 65_536
    /// What the browser is told to take, best first.
    package static let algorithms = [-7, -8, -257]

    package let purpose: Purpose
    package let challenge: [UInt8]
    package let expiresAt: Timestamp
    private let relyingParty: RelyingParty
    private var isAnswered = false

    package init(
        _ purpose: Purpose, for relyingParty: RelyingParty, now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) {
        self.purpose = purpose
        self.relyingParty = relyingParty
        challenge = random.bytes(Self.challengeBytes)
        expiresAt = now.adding(Self.lifetime)
    }

    /// Judges the answer to a registration. Attestation of any form is read and none is trusted: which model it is
    /// proves nothing we ask for, so `none` is what to ask the browser for.
    package mutating func register(
        clientRecord: [UInt8], attestation: [UInt8], now: Timestamp
    ) throws(Refusal) -> PasskeyCredential {
        guard case .registration(_, let existing) = purpose else { throw .wrongPurpose }
        try answer(now: now)
        guard attestation.count <= Self.answerBytesMax else { throw .tooLong }
        try judge(clientRecord, type: "webauthn.create")
        // 7.1.12: the attestation object.
        guard let object = try? CBOR.value(attestation), case .text? = object["fmt"],
            case .map? = object["attStmt"], let bytes = object["authData"]?.byteString
        else { throw .attestationForm }
        let authenticator = try judge(authenticatorData: bytes)
        guard let fresh = authenticator.credential else { throw .authenticatorData }
        // 7.1.17: only what was asked for.
        do throws(PasskeyKey.Failure) {
            _ = try PasskeyKey(fresh.key)
        } catch {
            throw error == .algorithm ? .algorithm : .key
        }
        // 7.1.22; that no other account has it is for the ledger to hold, by a unique index.
        guard !existing.contains(fresh.id), existing.count < PasskeyCredential.perAccountMax else {
            throw .credential
        }
        return PasskeyCredential(
            id: fresh.id, keyBytes: fresh.keyBytes, model: fresh.model, createdAt: now,
            isBackupEligible: authenticator.isBackupEligible,
            isBackedUp: authenticator.isBackedUp, counter: authenticator.counter)
    }

    /// Judges the answer to a sign-in.
    ///
    /// - Parameters:
    ///   - id: of the credential that the browser named, which `credential` was looked up by.
    ///   - userHandle: what the authenticator says whose it is; must be the owner's, where it is given.
    /// - Returns: the credential with what was learned; the caller keeps it before it lets anybody in.
    package mutating func assert(
        id: [UInt8], clientRecord: [UInt8], authenticatorData: [UInt8], signature: [UInt8],
        userHandle: [UInt8]?, against credential: PasskeyCredential, of owner: PrincipalID,
        now: Timestamp
    ) throws(Refusal) -> PasskeyCredential {
        guard case .assertion(let allowed) = purpose else { throw .wrongPurpose }
        try answer(now: now)
        guard authenticatorData.count + signature.count <= Self.answerBytesMax else {
            throw .tooLong
        }
        // 7.2.5, 7.2.6
        guard id == credential.id, allowed.isEmpty || allowed.contains(id),
            userHandle.map({ $0 == Array(owner.text.utf8) }) ?? !allowed.isEmpty
        else { throw .credential }
        try judge(clientRecord, type: "webauthn.get")
        let authenticator = try judge(authenticatorData: authenticatorData)
        guard let cose = try? CBOR.value(credential.keyBytes), let key = try? PasskeyKey(cose)
        else { throw .key }
        // 7.2.19, 7.2.20
        let message = authenticatorData + Array(SHA256.hash(data: clientRecord))
        guard key.isValid(signature, for: message) else { throw .signature }
        // 7.2.21: an authenticator that counts never says the same number twice.
        let counter = authenticator.counter
        guard counter > credential.counter || (counter == 0 && credential.counter == 0) else {
            throw .counter(seen: counter, kept: credential.counter)
        }
        var learned = credential
        learned.counter = counter
        learned.isBackedUp = authenticator.isBackedUp
        return learned
    }

    private mutating func answer(now: Timestamp) throws(Refusal) {
        guard !isAnswered else { throw .answered }
        isAnswered = true
        guard now < expiresAt else { throw .expired }
    }

    /// 7.1.6 to 7.1.11, 7.2.10 to 7.2.14.
    private func judge(_ json: [UInt8], type: String) throws(Refusal) {
        guard let record = ClientRecord(json) else { throw .clientRecord }
        guard record.type == type else { throw .type }
        guard isEqualInConstantTime(record.challenge, challenge) else { throw .challenge }
        guard relyingParty.origins.contains(record.origin) else { throw .origin }
        // Nothing of ours is shown in a frame of others.
        guard !record.isCrossOrigin else { throw .crossOrigin }
    }

    /// 7.1.13 to 7.1.15, 7.2.15 to 7.2.17.
    private func judge(authenticatorData bytes: [UInt8]) throws(Refusal) -> AuthenticatorData {
        guard let authenticator = try? AuthenticatorData(bytes) else { throw .authenticatorData }
        let expected = Array(SHA256.hash(data: Array(relyingParty.id.utf8)))
        guard authenticator.relyingPartyHash == expected else { throw .relyingParty }
        guard authenticator.isUserPresent else { throw .notPresent }
        guard authenticator.isUserVerified || !relyingParty.requiresVerification else {
            throw .notVerified
        }
        return authenticator
    }
}
