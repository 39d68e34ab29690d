import Engine
import FoundationEssentials
import Link
import Store
import SwiftProtobuf
import Tenancy
import Testing
import Watch
import Wire

@testable import Agent
@testable import Receive

extension SpoolRecord {
    static func line(_ number: Int) -> SpoolRecord {
        SpoolRecord(
            content: Array("{\"n\":\(number)}".utf8),
            time: Timestamp(nanoseconds: 1_800_000_000_000_000_000))
    }
}

func lines(_ numbers: ClosedRange<Int>) -> [String] { numbers.map { "{\"n\":\($0)}" } }

/// A connection of an agent that says what it is told to, with the certificate of a real one.
struct RawAgent {
    let link: Link

    static func connect(
        _ server: ReceiveKit.Server, _ identity: AgentIdentity, last: UInt64 = 0,
        previousEnd: WirePreviousEnd = .none, run: UInt8 = 6
    ) async throws -> (RawAgent, WireMessage?) {
        let dialler = LinkDialler(group: server.group, now: { Date.now })
        let link = try await dialler.connect(
            "127.0.0.1", port: server.port, as: .agent, identity: identity.link,
            trust: .authority(identity.authority)
        ).link
        let raw = RawAgent(link: link)
        await link.send(
            .hello(
                .with {
                    $0.versionMin = 1
                    $0.versionMax = 1
                    $0.spool = Data(repeating: 5, count: 16)
                    $0.run = Data(repeating: run, count: 16)
                    $0.first = 1
                    $0.last = last
                    $0.previousEnd = previousEnd
                    $0.wallNanoseconds = ReceiveKit.now.nanoseconds
                }))
        return (raw, await raw.next { $0.kind == .welcome })
    }

    /// The next message for which it holds; nil where the connection ended before.
    func next(_ holds: (WireMessage) -> Bool) async -> WireMessage? {
        for await event in link.events {
            switch event {
            case .message(let message, let charge):
                link.consumed(charge)
                if holds(message) { return message }
            case .room: continue
            case .ended(.wire(.refused(let refusal))): return .refusal(refusal)
            case .ended: return nil
            }
        }
        return nil
    }

    /// Sends records, and waits for their acknowledgement.
    func send(first: UInt64, _ range: ClosedRange<Int>) async -> UInt64? {
        await link.send(
            .records(
                .with {
                    $0.first = first
                    $0.records = range.map { number in
                        .with { $0.content = Data("{\"n\":\(number)}".utf8) }
                    }
                }))
        guard case .acknowledgement(let ack)? = await next({ $0.kind == .acknowledgement }) else {
            return nil
        }
        return ack.through
    }
}

@Suite struct `An agent's session` {
    @Test func `brings every record into the log, once and in order`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let service = try kit.service(server)
            let work = Task { await service.work() }
            for start in stride(from: 1, through: 4_501, by: 500) {
                try await service.spool.append((start..<(start + 500)).map { .line($0) })
            }
            try await eventually("all is acknowledged") {
                await service.spool.figures.waiting == 0
            }
            #expect(try server.contents(of: identity.agent) == lines(1...5_000))
            work.cancel()
            await work.value
            let progress = await server.hub.progress(of: server.key(identity.agent))
            #expect(progress.through == 5_000 && progress.gaps.isEmpty)
            try await eventually("its goodbye is noticed") {
                try server.notices().map(\.kind) == [.stopped]
            }
        }
    }

    @Test func `goes on where it was over restarts of both sides`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        let (agent, port) = try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let service = try kit.service(server)
            let work = Task { await service.work() }
            try await service.spool.append((1...300).map { .line($0) })
            try await eventually("the first are acknowledged") {
                await service.spool.figures.waiting == 0
            }
            work.cancel()
            await work.value
            return (identity.agent, server.port)
        }
        try await kit.run(port: port) { server in
            let service = try kit.service(server)
            try await service.spool.append((301...600).map { .line($0) })
            let work = Task { await service.work() }
            try await eventually("the rest is acknowledged") {
                await service.spool.figures.waiting == 0
            }
            #expect(try server.contents(of: agent) == lines(1...600))
            let progress = await server.hub.progress(of: server.key(agent))
            #expect(progress.through == 600 && progress.gaps.isEmpty)
            work.cancel()
            await work.value
        }
    }

    @Test func `takes nothing twice, however it comes again`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let (agent, _) = try await RawAgent.connect(server, identity)
            #expect(await agent.send(first: 1, 1...10) == 10)
            #expect(await agent.send(first: 1, 1...10) == 10)
            #expect(await agent.send(first: 6, 6...15) == 15)
            await agent.link.close()
            let (again, _) = try await RawAgent.connect(server, identity)
            #expect(await again.send(first: 3, 3...20) == 20)
            #expect(try server.contents(of: identity.agent) == lines(1...20))
            await again.link.close()
        }
    }

    @Test func `names exactly what is missing, and who said so`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let (agent, _) = try await RawAgent.connect(server, identity)
            #expect(await agent.send(first: 1, 1...5) == 5)
            await agent.link.send(
                .gap(
                    .with {
                        $0.first = 6
                        $0.last = 9
                        $0.reason = .full
                    }))
            let told = await agent.next { $0.kind == .acknowledgement }
            #expect(told == .acknowledgement(.with { $0.through = 9 }))
            #expect(await agent.send(first: 20, 20...22) == 22)
            await agent.link.close()
            let progress = await server.hub.progress(of: server.key(identity.agent))
            #expect(progress.gaps.map(\.first) == [6, 10])
            #expect(progress.gaps.map(\.last) == [9, 19])
            #expect(progress.gaps.map(\.reason) == [.full, .unexplained])
            #expect(progress.missing == 14)
            try await eventually("each is an alert") {
                try server.notices().filter { $0.kind == .gap }.count == 2
            }
        }
    }

    @Test func `is refused with its reason once the agent is revoked, also while it is open`()
        async throws
    {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let (agent, welcome) = try await RawAgent.connect(server, identity)
            #expect(welcome?.kind == .welcome)
            _ = try await server.hub.revoke(
                server.record(identity.agent), reason: "stolen", now: ReceiveKit.now,
                in: server.scope(.update, .agents))
            guard case .refusal(let live)? = await agent.next({ _ in false }) else {
                Issue.record("the open connection was not refused")
                return
            }
            #expect(live.reason == .revoked)
            let (_, answer) = try await RawAgent.connect(server, identity)
            guard case .refusal(let refusal)? = answer else {
                Issue.record("it was let in again")
                return
            }
            #expect(refusal.reason == .revoked)
            #expect(refusal.detail.contains("revoked"))
        }
    }

    @Test func `of another authority's certificate, or of none, is refused`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let other = try #require(LinkIssuer(now: Date.now))
            let key = AgentKey()
            let request = try #require(key.request().flatMap { KeyRequest(der: $0) })
            let forged = try #require(
                other.certify(
                    request, agent: identity.agent, tenant: "acme", seconds: 9_999, now: Date.now))
            var liar = identity
            liar.keyPEM = key.pem
            liar.certificate = forged
            let answer = try? await RawAgent.connect(server, liar).1
            #expect(answer ?? nil == nil)
            let dialler = LinkDialler(group: server.group, now: { Date.now })
            let bare = try? await dialler.connect(
                "127.0.0.1", port: server.port, as: .agent, identity: nil,
                trust: .authority(identity.authority)
            ).link
            if let bare {
                let (raw, _) = (RawAgent(link: bare), 0)
                await bare.send(.hello(.with { $0.first = 1 }))
                #expect(await raw.next { _ in true } == nil)
            }
            #expect(server.hub.counts.sessions == 0)
        }
    }

    @Test func `of a certificate that was renewed away is refused`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            var record = try await server.record(identity.agent).value
            record.certificate = LedgerDigest(of: [1])
            await server.hub.changed(record)
            let (_, answer) = try await RawAgent.connect(server, identity)
            guard case .refusal(let refusal)? = answer else {
                Issue.record("it was let in")
                return
            }
            #expect(refusal.reason == .unknownAgent)
        }
    }

    @Test func `of an agent that comes again takes the place of the one before`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let (first, _) = try await RawAgent.connect(server, identity)
            let (second, _) = try await RawAgent.connect(server, identity)
            guard case .refusal(let refusal)? = await first.next({ _ in false }) else {
                Issue.record("both stayed")
                return
            }
            #expect(refusal.reason == .replaced)
            #expect(await second.send(first: 1, 1...2) == 2)
            await second.link.close()
        }
    }

    @Test func `renews the certificate of a live agent`() async throws {
        var kit = try ReceiveKit()
        defer { kit.remove() }
        kit.certificateSeconds = 8
        try await kit.run { [kit] server in
            let identity = try await server.enrol(kit.agentFolder)
            let service = try kit.service(server)
            let work = Task { await service.work() }
            try await eventually("there is another certificate, in force alone") {
                let record = try await server.record(identity.agent).value
                let shown = LedgerDigest(of: service.identity.certificate)
                return record.certificate == shown && record.nextCertificate == nil
                    && service.identity.certificate != identity.certificate
            }
            try await service.spool.append([.line(1)])
            try await eventually("it goes on") { await service.spool.figures.waiting == 0 }
            #expect(try AgentIdentity.load(from: StateFolder(kit.agentFolder)) != identity)
            work.cancel()
            await work.value
        }
    }

    @Test func `that falls silent is told of, and so is an agent that was killed`() async throws {
        var kit = try ReceiveKit()
        defer { kit.remove() }
        kit.silentSeconds = 1
        try await kit.run { [kit] server in
            let identity = try await server.enrol(kit.agentFolder)
            let (agent, _) = try await RawAgent.connect(server, identity)
            await agent.link.close()
            try await eventually("silence is noticed") {
                try server.notices().map(\.kind) == [.silent]
            }
            let (again, _) = try await RawAgent.connect(
                server, identity, previousEnd: .killed, run: 7)
            try await eventually("the kill is noticed") {
                try server.notices().map(\.kind) == [.silent, .killed]
            }
            let reader = Principal(
                id: PrincipalID("reader")!, name: "R", grants: [.init(.auditor, in: .all)])
            let scope = try Policy().authorize(
                reader, to: Permission(.read, .incidents), in: [ReceiveKit.acme])
            try await eventually("each is an incident") {
                try await server.ledger.incidents(matching: IncidentQuery(), in: scope).incidents
                    .count == 2
            }
            await again.link.close()
        }
    }
}

@Suite struct `What agents are to do` {
    @Test func `a policy comes to the agent, signed, and a later one in its place`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            _ = try await server.enrol(kit.agentFolder)
            let service = try kit.service(server)
            let work = Task { await service.work() }
            let scope = try server.scope(.update, .agents)
            let creating = try server.scope(.update, .agents)
            let long = String(repeating: "x", count: 200_000)
            let first = try await server.hub.setPolicy(
                #"{"watched":["/etc"],"rules":[{"name":"a.yml","text":"\#(long)"}]}"#,
                of: ReceiveKit.acme, after: nil, now: ReceiveKit.now, in: creating)
            try await eventually("it is in force") { service.policy?.version == 1 }
            #expect(service.policy?.watched == ["/etc"])
            #expect(service.policy?.rules.first?.text == long)
            let known = try await server.ledger.value(
                AgentPolicyRecord.self, first.id, of: ReceiveKit.acme,
                in: server.scope(.read, .agents))
            _ = try await server.hub.setPolicy(
                #"{"limits":{"spool_mebibytes":2}}"#, of: ReceiveKit.acme, after: known,
                now: ReceiveKit.now, in: scope)
            try await eventually("the later one is in force") { service.policy?.version == 2 }
            try await eventually("its limit holds") {
                await service.spool.figures.bytesMax == 2 << 20
            }
            work.cancel()
            await work.value
        }
    }

    @Test func `a policy that was changed on the host is told of`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            _ = try await server.enrol(kit.agentFolder)
            let service = try kit.service(server)
            let work = Task { await service.work() }
            _ = try await server.hub.setPolicy(
                "{}", of: ReceiveKit.acme, after: nil, now: ReceiveKit.now,
                in: server.scope(.update, .agents))
            try await eventually("it is in force") { service.policy?.version == 1 }
            try StateFolder(kit.agentFolder).write([1, 2, 3], as: PolicyBook.file)
            try await eventually("tampering is noticed") {
                try server.notices().contains { $0.kind == .tampered }
            }
            work.cancel()
            await work.value
        }
    }

    @Test func `an order is done once, and its receipt is kept`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let done = Counted()
            let service = try kit.service(server) { order in
                done.add()
                var receipt = WireOrderReceipt()
                receipt.order = order.order
                receipt.body = Data("done".utf8)
                return receipt
            }
            let order = try await server.hub.order(
                .init(
                    id: "o1", agent: server.key(identity.agent),
                    action: .object(["kind": .text("kill")]), seconds: 600, leaseSeconds: 60,
                    idempotency: "i1"), now: ReceiveKit.now, in: server.scope(.create, .orders))
            #expect(order.state == .queued)
            let work = Task { await service.work() }
            let reading = try server.scope(.read, .orders)
            try await eventually("it is answered") {
                try await server.ledger.value(
                    OrderRecord.self, "o1", of: ReceiveKit.acme, in: reading)?.value.state
                    == .answered
            }
            #expect(done.count == 1)
            let kept = try #require(
                try await server.ledger.value(
                    OrderRecord.self, "o1", of: ReceiveKit.acme, in: reading)?.value)
            #expect(kept.receipt.flatMap { Base64URL.bytes($0) } == Array("done".utf8))
            let body = String(decoding: Base64URL.bytes(kept.body ?? "") ?? [], as: UTF8.self)
            #expect(body.contains("\"audit_receipt\":\"acme/"))
            #expect(body.contains("\"host\":\"\(identity.agent)\""))
            try await eventually("the agent may forget it") {
                try service.remember { try $0.orders.waiting() }.isEmpty
            }
            work.cancel()
            await work.value
        }
    }

    @Test func `a policy that is none is refused with its place`() {
        for (text, pointer) in [
            ("[]", ""), ("{\"x\":1}", "/x"), ("{\"watched\":[1]}", "/watched/0"),
            ("{\"quiet_hours\":[{\"from\":\"25:00\",\"to\":\"06:00\"}]}", "/quiet_hours/0"),
            ("{\"limits\":{\"cpu_percent\":101}}", "/limits/cpu_percent"),
            ("{\"rules\":[{\"name\":\"a\"}]}", "/rules/0"),
        ] {
            let record = AgentPolicyRecord(
                tenant: ReceiveKit.acme, version: 1, text: text, owner: Ledger.service)
            let failure = #expect(throws: AgentPolicyText.Failure.self) {
                try AgentPolicyText.policy(of: record)
            }
            #expect(failure?.pointer == pointer)
        }
    }
}
