import Crypto
import Engine
import TestKit
import Testing

@testable import Tenancy

/// An authenticator in the test, that can also say what is wrong.
struct MadeAuthenticator {
    var key = P256.Signing.PrivateKey()
    var id: [UInt8] = Array(repeating: 3, count: 32)
    var relyingParty = "soc.example.com"
    var origin = "https://soc.example.com"
    var flags: UInt8 = 0x05
    var counter: UInt32 = 0
    var cross = false
    var tail: [UInt8] = []

    func client(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
        Array(
            """
            {"type":"\(type)","challenge":"\(Base64URL.text(challenge))","origin":"\(origin)",\
            "crossOrigin":\(cross)}
            """.utf8)
    }

    func data(flags more: UInt8 = 0) -> [UInt8] {
        Array(SHA256.hash(data: Array(relyingParty.utf8))) + [flags | more]
            + (0..<4).map { UInt8(truncatingIfNeeded: counter >> UInt32(24 - 8 * $0)) }
    }

    var cose: CBOR {
        let point = Array(key.publicKey.rawRepresentation)
        return .map([
            .unsigned(1): .unsigned(2), .unsigned(3): .negative(6), .negative(0): .unsigned(1),
            .negative(1): .bytes(Array(point[..<32])), .negative(2): .bytes(Array(point[32...])),
        ])
    }

    func attestation(form: String = "none", key: CBOR? = nil) -> [UInt8] {
        let credential =
            [UInt8](repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 255)] + id
            + CBORWriter.bytes(key ?? cose)
        return CBORWriter.bytes(
            .map([
                .text("fmt"): .text(form), .text("attStmt"): .map([:]),
                .text("authData"): .bytes(data(flags: 0x40) + credential + tail),
            ]))
    }

    func signature(_ data: [UInt8], _ client: [UInt8]) throws -> [UInt8] {
        Array(
            try key.signature(for: data + Array(SHA256.hash(data: client))).derRepresentation)
    }
}

@Suite struct `Passkeys` {
    private var random = SplitMix64(seed: 81)
    private let maria: PrincipalID
    private let party: RelyingParty

    init() throws {
        maria = try #require(PrincipalID("maria"))
        party = try #require(
            RelyingParty(id: "soc.example.com", origins: ["https://soc.example.com"]))
    }

    private mutating func register(
        _ device: MadeAuthenticator, type: String = "webauthn.create",
        existing: [[UInt8]] = [], challenge: [UInt8]? = nil, attestation: [UInt8]? = nil,
        now: Timestamp = Made.start
    ) throws(PasskeyCeremony.Refusal) -> PasskeyCredential {
        var ceremony = PasskeyCeremony(
            .registration(maria, existing: existing), for: party, now: Made.start, using: &random)
        return try ceremony.register(
            clientRecord: device.client(type, challenge ?? ceremony.challenge),
            attestation: attestation ?? device.attestation(), now: now)
    }

    private mutating func signIn(
        _ device: MadeAuthenticator, _ kept: PasskeyCredential, allowed: [[UInt8]]? = nil,
        handle: String? = "maria", type: String = "webauthn.get"
    ) throws -> PasskeyCredential {
        var ceremony = PasskeyCeremony(
            .assertion(allowed: allowed ?? [kept.id]), for: party, now: Made.start, using: &random)
        let client = device.client(type, ceremony.challenge)
        let data = device.data()
        return try ceremony.assert(
            id: device.id, clientRecord: client, authenticatorData: data,
            signature: try device.signature(data, client),
            userHandle: handle.map { Array($0.utf8) }, against: kept, of: maria,
            now: Made.after(1))
    }

    @Test mutating func `sign in once registered, also when the authenticator chooses`() throws {
        let device = MadeAuthenticator()
        let kept = try register(device)
        #expect(throws: Never.self) { try signIn(device, kept) }
        #expect(throws: Never.self) { try signIn(device, kept, handle: nil) }
        #expect(throws: Never.self) { try signIn(device, kept, allowed: []) }
    }

    @Test mutating func `are not registered where something is another than was asked`() throws {
        typealias Refusal = PasskeyCeremony.Refusal
        let changes: [(Refusal, (inout MadeAuthenticator) -> Void)] = [
            (.origin, { $0.origin = "https://soc.example.com.evil.com" }),
            (.origin, { $0.origin = "http://soc.example.com" }),
            (.crossOrigin, { $0.cross = true }),
            (.relyingParty, { $0.relyingParty = "example.com" }),
            (.notPresent, { $0.flags = 0x04 }), (.notVerified, { $0.flags = 0x01 }),
            (.authenticatorData, { $0.tail = [0] }), (.authenticatorData, { $0.id = [] }),
            (.authenticatorData, { $0.id = Array(repeating: 1, count: 1_024) }),
            (.authenticatorData, { $0.flags = 0x85 }),
        ]
        for (refusal, change) in changes {
            var device = MadeAuthenticator()
            change(&device)
            #expect(throws: refusal) { try register(device) }
        }
        let device = MadeAuthenticator()
        #expect(throws: Refusal.type) { try register(device, type: "webauthn.get") }
        #expect(throws: Refusal.challenge) {
            try register(device, challenge: Array(repeating: 0, count: 32))
        }
        #expect(throws: Refusal.credential) { try register(device, existing: [device.id]) }
        #expect(throws: Refusal.expired) { try register(device, now: Made.after(300)) }
        #expect(throws: Never.self) { try register(device, now: Made.after(299)) }
        #expect(throws: Refusal.attestationForm) { try register(device, attestation: [0xA0]) }
        #expect(throws: Refusal.tooLong) {
            try register(device, attestation: Array(repeating: 0, count: 65_537))
        }
    }

    @Test mutating func `are 20 for an account, with ids of up to 1023 bytes`() throws {
        var device = MadeAuthenticator()
        device.id = Array(repeating: 1, count: 1_023)
        let others = (0..<20).map { [UInt8($0)] }
        #expect(throws: Never.self) { try register(device, existing: Array(others.dropLast())) }
        #expect(throws: PasskeyCeremony.Refusal.credential) {
            try register(device, existing: others)
        }
    }

    @Test mutating func `have keys of the kinds that were asked for`() throws {
        let device = MadeAuthenticator()
        func changed(_ key: CBOR, _ value: CBOR?) throws -> [UInt8] {
            guard case .map(var map) = device.cose else { throw PasskeyCeremony.Refusal.key }
            map[key] = value
            return device.attestation(key: .map(map))
        }
        typealias Refusal = PasskeyCeremony.Refusal
        let cases: [(Refusal, CBOR, CBOR?)] = [
            (.algorithm, .unsigned(3), .negative(34)), (.algorithm, .unsigned(3), .unsigned(5)),
            (.algorithm, .unsigned(1), .unsigned(1)), (.algorithm, .negative(0), .unsigned(2)),
            (.key, .unsigned(3), nil), (.key, .negative(1), .bytes([1])),
            (.key, .negative(1), .bytes(Array(repeating: 0xFF, count: 32))),
            (.key, .negative(2), nil),
        ]
        for (refusal, key, value) in cases {
            let attestation = try changed(key, value)
            #expect(throws: refusal) { try register(device, attestation: attestation) }
        }
    }

    @Test mutating func `do not sign in where something is another than was asked`() throws {
        typealias Refusal = PasskeyCeremony.Refusal
        let device = MadeAuthenticator()
        let kept = try register(device)
        let changes: [(Refusal, (inout MadeAuthenticator) -> Void)] = [
            (.origin, { $0.origin = "https://evil.example.com" }),
            (.relyingParty, { $0.relyingParty = "evil.example.com" }),
            (.notPresent, { $0.flags = 0x04 }), (.notVerified, { $0.flags = 0x01 }),
            (.signature, { $0.key = P256.Signing.PrivateKey() }),
            (.credential, { $0.id = [9] }),
        ]
        for (refusal, change) in changes {
            var wrong = device
            change(&wrong)
            #expect(throws: refusal) { try signIn(wrong, kept) }
        }
        #expect(throws: Refusal.type) { try signIn(device, kept, type: "webauthn.create") }
        #expect(throws: Refusal.credential) { try signIn(device, kept, allowed: [[1]]) }
        #expect(throws: Refusal.credential) { try signIn(device, kept, handle: "mallory") }
        #expect(throws: Refusal.credential) { try signIn(device, kept, allowed: [], handle: nil) }
    }

    @Test mutating func `that count must count up`() throws {
        var device = MadeAuthenticator()
        device.counter = 5
        var kept = try register(device)
        for counter: UInt32 in [5, 4, 0] {
            device.counter = counter
            #expect(throws: PasskeyCeremony.Refusal.counter(seen: counter, kept: 5)) {
                try signIn(device, kept)
            }
        }
        device.counter = 6
        kept = try signIn(device, kept)
        #expect(kept.counter == 6)
    }

    @Test mutating func `answer a question once, and only the one that was asked`() throws {
        let device = MadeAuthenticator()
        var ceremony = PasskeyCeremony(
            .registration(maria, existing: []), for: party, now: Made.start, using: &random)
        let client = device.client("webauthn.create", ceremony.challenge)
        let kept = try ceremony.register(
            clientRecord: client, attestation: device.attestation(), now: Made.start)
        #expect(throws: PasskeyCeremony.Refusal.answered) {
            try ceremony.register(
                clientRecord: client, attestation: device.attestation(), now: Made.start)
        }
        #expect(throws: PasskeyCeremony.Refusal.wrongPurpose) {
            try ceremony.assert(
                id: kept.id, clientRecord: client, authenticatorData: [], signature: [],
                userHandle: nil, against: kept, of: maria, now: Made.start)
        }
    }

    @Test func `are asked for by a name and 1 to 8 origins`() {
        #expect(RelyingParty(id: "localhost", origins: ["http://localhost:8080"]) != nil)
        for id in ["", "https://soc.example.com", "SOC.example.com", "a/b"] {
            #expect(RelyingParty(id: id, origins: ["https://a"]) == nil)
        }
        #expect(RelyingParty(id: "a", origins: []) == nil)
        #expect(RelyingParty(id: "a", origins: (0...8).map { "https://\($0)" }) == nil)
    }

    @Test func `are given a browser's word of at most 4 KiB`() {
        func record(_ bytes: Int) -> ClientRecord? {
            let start = #"{"type":"a","challenge":"AA","origin":"b","x":""#
            let fill = String(repeating: "y", count: bytes - start.utf8.count - 2)
            return ClientRecord(Array((start + fill + "\"}").utf8))
        }
        #expect(record(4_096) != nil)
        #expect(record(4_097) == nil)
        #expect(ClientRecord(Array(#"{"type":"a","origin":"b"}"#.utf8)) == nil)
        #expect(ClientRecord(Array("[]".utf8)) == nil)
    }
}
