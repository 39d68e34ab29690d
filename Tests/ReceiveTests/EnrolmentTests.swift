import Engine
import FoundationEssentials
import Link
import Store
import Tenancy
import Testing
import Wire

@testable import Agent
@testable import Receive

@Suite struct `Letting a host in` {
    @Test func `lets one host in, once`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let token = try await server.token()
            let dialler = LinkDialler(group: server.group, now: { Date.now })
            func enrol(_ name: String) async throws -> AgentIdentity {
                try await Enrolment(
                    server: server.address, token: token, host: name, program: "test"
                ).run(in: StateFolder(kit.folder + "/" + name), over: dialler)
            }
            let identity = try await enrol("one")
            let record = try await server.record(identity.agent).value
            #expect(record.name == "one")
            #expect(record.tenant == ReceiveKit.acme)
            #expect(identity.authority == server.hub.setting.authority.issuer.authority)
            #expect(try AgentIdentity.load(from: StateFolder(kit.folder + "/one")) == identity)
            await #expect(throws: AgentFailure.self) { try await enrol("two") }
            #expect(server.hub.counts.refused[.token] == 1)
        }
    }

    @Test func `gives the same host its answer again where it was lost`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let token = try await server.token()
            let dialler = LinkDialler(group: server.group, now: { Date.now })
            let key = AgentKey()
            for name in ["first", "second"] {
                let folder = try StateFolder(kit.folder + "/" + name)
                try folder.write(Array(key.pem.utf8), as: Enrolment.keyFile)
                _ = try await Enrolment(
                    server: server.address, token: token, host: "web-1", program: "test"
                ).run(in: folder, over: dialler)
            }
            let first = try AgentIdentity.load(from: StateFolder(kit.folder + "/first"))
            let second = try AgentIdentity.load(from: StateFolder(kit.folder + "/second"))
            #expect(first.agent == second.agent)
            let record = try await server.record(first.agent).value
            #expect(record.certificate == LedgerDigest(of: second.certificate))
        }
    }

    @Test func `refuses a token of no known kind`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let real = try await server.token()
            let dialler = LinkDialler(group: server.group, now: { Date.now })
            for secret in ["", "kgj_x", String(repeating: "a", count: 62)] {
                let token = JoinToken(secret: secret, fingerprint: real.fingerprint)
                await #expect(throws: AgentFailure.self) {
                    try await Enrolment(
                        server: server.address, token: token, host: "h", program: "test"
                    ).run(in: StateFolder(kit.folder + "/a"), over: dialler)
                }
            }
            #expect(server.hub.counts.refused[.token] == 3)
            #expect(server.hub.counts.enrolled == 0)
        }
    }

    @Test func `refuses a server that is not the one that the token names`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let token = try await server.token()
            let other = JoinToken(
                secret: token.secret, fingerprint: Array(repeating: 1, count: 32))
            let dialler = LinkDialler(group: server.group, now: { Date.now })
            let failure = await #expect(throws: AgentFailure.self) {
                try await Enrolment(
                    server: server.address, token: other, host: "h", program: "test"
                ).run(in: StateFolder(kit.folder + "/a"), over: dialler)
            }
            #expect(failure?.cause?.contains("not the one that is trusted") == true)
            #expect(server.hub.counts.refused.isEmpty, "the secret was not shown to it")
        }
    }

    @Test func `reads a token only as a whole`() {
        let token = JoinToken(secret: "kgj_abc", fingerprint: Array(repeating: 9, count: 32))
        #expect(JoinToken(token.text)?.text == token.text)
        for text in [
            "", ".", "a.b", String(token.text.dropLast()), token.text + "0", "+" + token.text + ".",
        ] {
            #expect(JoinToken(text) == nil)
        }
    }
}

@Suite struct `A certificate` {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `is judged by authority, time and purpose`() throws {
        let issuer = try #require(LinkIssuer(now: now))
        let other = try #require(LinkIssuer(now: now))
        let key = AgentKey()
        let request = try #require(key.request().flatMap { KeyRequest(der: $0) })
        #expect(request.fingerprint == key.fingerprint)
        let leaf = try #require(
            issuer.certify(request, agent: "h-1", tenant: "acme", seconds: 1_000, now: now))
        let found = try issuer.authority.judge(agent: leaf, now: now)
        #expect(found.agent == "h-1" && found.tenant == "acme")
        #expect(throws: CertificateRefusal.authority) {
            try other.authority.judge(agent: leaf, now: now)
        }
        #expect(throws: CertificateRefusal.expired) {
            try issuer.authority.judge(agent: leaf, now: now.addingTimeInterval(1_000))
        }
        #expect(throws: CertificateRefusal.notYet) {
            try issuer.authority.judge(agent: leaf, now: now.addingTimeInterval(-200))
        }
        #expect(throws: CertificateRefusal.purpose) {
            try issuer.authority.judge(server: leaf, now: now)
        }
        let server = try #require(issuer.serverLeaf(now: now))
        #expect(throws: CertificateRefusal.purpose) {
            try issuer.authority.judge(agent: server.der, now: now)
        }
        try issuer.authority.judge(server: server.der, now: now)
        #expect(throws: CertificateRefusal.purpose) {
            try issuer.authority.judge(agent: issuer.authority.der, now: now)
        }
    }

    @Test func `request that is damaged is refused or of the same key`() throws {
        let request = try #require(AgentKey().request())
        let fingerprint = try #require(KeyRequest(der: request)).fingerprint
        for place in request.indices {
            var damaged = request
            damaged[place] ^= 0x41
            if let read = KeyRequest(der: damaged) { #expect(read.fingerprint == fingerprint) }
        }
        #expect(KeyRequest(der: []) == nil)
    }
}
