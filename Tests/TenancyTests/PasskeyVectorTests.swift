import Engine
import TestKit
import Testing

@testable import Tenancy

/// A registration and its assertions, made by software that is not ours.
struct PasskeyVector: Decodable {
    struct Assertion: Decodable {
        var challenge: String
        var client: String
        var data: String
        var signature: String
        var handle: String
    }

    var name: String
    var rp: String
    var origin: String
    var owner: String
    var verified: Bool
    var credential: String
    var challenge: String
    var client: String
    var attestation: String
    var assertions: [Assertion]

    static func all() throws -> [PasskeyVector] {
        try Made.vectors(
            "passkeys", variable: "KAGARI_PASSKEY_VECTORS", as: [PasskeyVector].self
        ).flatMap { $0 }
    }

    func relyingParty() throws -> RelyingParty {
        try #require(RelyingParty(id: rp, origins: [origin], requiresVerification: verified))
    }

    func person() throws -> PrincipalID { try #require(PrincipalID(owner)) }

    func ceremony(
        _ purpose: PasskeyCeremony.Purpose, challenge: String, relyingParty: RelyingParty? = nil
    ) throws -> PasskeyCeremony {
        var random = ReplayedBytes(try Made.base64URL(challenge))
        return PasskeyCeremony(
            purpose, for: try relyingParty ?? self.relyingParty(), now: Made.start, using: &random)
    }

    func registered() throws -> PasskeyCredential {
        var ceremony = try ceremony(
            .registration(try person(), existing: []), challenge: challenge)
        return try ceremony.register(
            clientRecord: try Made.base64URL(client),
            attestation: try Made.base64URL(attestation), now: Made.start)
    }
}

@Suite struct `Passkey vectors` {
    @Test func `register and sign in`() throws {
        let vectors = try PasskeyVector.all()
        #expect(vectors.count >= 7)
        for vector in vectors {
            var credential = try vector.registered()
            #expect(credential.idText == vector.credential)
            for assertion in vector.assertions {
                var ceremony = try vector.ceremony(
                    .assertion(allowed: [credential.id]), challenge: assertion.challenge)
                let before = credential.counter
                credential = try ceremony.assert(
                    id: credential.id, clientRecord: try Made.base64URL(assertion.client),
                    authenticatorData: try Made.base64URL(assertion.data),
                    signature: try Made.base64URL(assertion.signature),
                    userHandle: try Made.base64URL(assertion.handle), against: credential,
                    of: try vector.person(), now: Made.after(5))
                #expect(credential.counter == before + 1)
            }
            #expect(vector.assertions.count == 3)
        }
    }

    @Test func `are refused after any damage to what is signed`() throws {
        var random = SplitMix64(seed: 71)
        for vector in try PasskeyVector.all() {
            let credential = try vector.registered()
            let assertion = vector.assertions[0]
            let parts = try [assertion.client, assertion.data, assertion.signature].map(
                Made.base64URL)
            for _ in 0..<200 {
                var damaged = parts
                let part = Int.random(in: 0..<3, using: &random)
                let index = Int.random(in: 0..<damaged[part].count, using: &random)
                damaged[part][index] ^= UInt8.random(in: 1...255, using: &random)
                var ceremony = try vector.ceremony(
                    .assertion(allowed: [credential.id]), challenge: assertion.challenge)
                #expect(throws: PasskeyCeremony.Refusal.self) {
                    try ceremony.assert(
                        id: credential.id, clientRecord: damaged[0], authenticatorData: damaged[1],
                        signature: damaged[2], userHandle: nil, against: credential,
                        of: try vector.person(), now: Made.after(5))
                }
            }
        }
    }

    @Test func `of a damaged attestation never trap`() throws {
        var random = SplitMix64(seed: 72)
        for vector in try PasskeyVector.all() {
            let bytes = try Made.base64URL(vector.attestation)
            for _ in 0..<300 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let index = Int.random(in: 0..<damaged.count, using: &random)
                    if Bool.random(using: &random) {
                        damaged[index] = UInt8.random(in: 0...255, using: &random)
                    } else {
                        damaged.removeSubrange(index...)
                    }
                    if damaged.isEmpty { damaged = [0] }
                }
                var ceremony = try vector.ceremony(
                    .registration(try vector.person(), existing: []), challenge: vector.challenge)
                let made = try? ceremony.register(
                    clientRecord: try Made.base64URL(vector.client), attestation: damaged,
                    now: Made.start)
                #expect(made.map { $0.id.count <= PasskeyCredential.idBytesMax } ?? true)
            }
        }
    }
}
