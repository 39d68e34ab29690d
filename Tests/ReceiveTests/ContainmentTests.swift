import Act
import Engine
import FoundationEssentials
import Link
import Store
import SwiftProtobuf
import Synchronization
import Tenancy
import Testing
import Watch
import Wire

@testable import Agent
@testable import Receive

@Suite struct `What hosts may do by themselves` {
    private static func policy(_ containment: String) -> AgentPolicyRecord {
        AgentPolicyRecord(
            tenant: ReceiveKit.acme, version: 3, text: "{\"containment\":[\(containment)]}",
            owner: Ledger.service)
    }

    @Test func `is read as it is written`() throws {
        let record = Self.policy(
            #"{"name":"Stop it.","rules":["r1","r2"],"level":"critical","action":"kill_processes","lease_seconds":60,"per_hour":3}"#
        )
        let one = try #require(try AgentPolicyText.policy(of: record).containment.first)
        #expect(one.name == "Stop it." && one.rules == ["r1", "r2"] && one.level == "critical")
        #expect(one.action == "kill_processes" && one.leaseSeconds == 60 && one.perHour == 3)
    }

    @Test(arguments: [
        ("1", ""), (#"{"name":"a","action":"isolate_host"}"#, ""),
        (#"{"name":"","rules":["r"],"action":"isolate_host"}"#, "/name"),
        (#"{"name":"a\nb","rules":["r"],"action":"isolate_host"}"#, "/name"),
        (#"{"name":"a","rules":["r"],"action":"revoke_keys"}"#, "/action"),
        (#"{"name":"a","rules":["r"]}"#, "/action"),
        (#"{"name":"a","rules":[""],"action":"isolate_host"}"#, "/rules/0"),
        (#"{"name":"a","level":"dire","action":"isolate_host"}"#, "/level"),
        (
            #"{"name":"a","level":"low","action":"isolate_host","lease_seconds":59}"#,
            "/lease_seconds"
        ),
        (#"{"name":"a","level":"low","action":"isolate_host","per_hour":101}"#, "/per_hour"),
        (#"{"name":"a","level":"low","action":"isolate_host","tree":true}"#, "/tree"),
    ])
    func `is refused with its place`(text: String, pointer: String) {
        let failure = #expect(throws: AgentPolicyText.Failure.self) {
            try AgentPolicyText.policy(of: Self.policy(text))
        }
        #expect(failure?.pointer == "/containment/0" + pointer)
    }

    @Test func `has each name once, and at most a hundred`() {
        func entry(_ name: String) -> String {
            #"{"name":"\#(name)","level":"low","action":"isolate_host"}"#
        }
        #expect(throws: AgentPolicyText.Failure.self) {
            try AgentPolicyText.policy(of: Self.policy(entry("a") + "," + entry("a")))
        }
        let many = (0...100).map { entry("n\($0)") }.joined(separator: ",")
        #expect(throws: AgentPolicyText.Failure.self) {
            try AgentPolicyText.policy(of: Self.policy(many))
        }
    }

    @Test func `is what agents know, and no more`() {
        let known = Set(Action.Kind.allCases.map(\.rawValue))
        #expect(Set(AgentPolicyText.actionKinds) == known)
        let alone = Set(ContainmentAction.Kind.allCases.map(\.rawValue))
        #expect(Set(AgentPolicyText.containmentKinds) == alone && alone.isSubset(of: known))
    }

    private static let rule = """
        title: Ember
        id: 5d2a6f0e-7f6e-4c0e-9a37-0f5a2b1c3d4e
        logsource:
            product: linux
            category: process_creation
        detection:
            selection:
                Image|endswith: '/ember'
            condition: selection
        level: high
        """

    private static func text(action: String) throws -> String {
        let path = ReceiveKit.mappings + "/kagari-endpoint.yml"
        let mapping = String(
            decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let rules: [(String, String)] = [
            ("ember.yml", rule), ("mappings/kagari-endpoint.yml", mapping),
        ]
        return CanonicalJSON.object([
            "rules": .list(
                rules.map { .object(["name": .text($0.0), "text": .text($0.1)]) }),
            "containment": .list([
                .object([
                    "name": .text("stop embers"), "action": .text(action),
                    "rules": .list([.text("5d2a6f0e-7f6e-4c0e-9a37-0f5a2b1c3d4e")]),
                ])
            ]),
        ]).string
    }

    private static let start = SpoolRecord(
        content: Array(
            #"{"kagari_event":"process_start","version":1,"time":"2026-11-28T12:00:00.000000000Z","host":"web-1","sequence":7,"process":{"id":"8c5fcb624fd24385-12287-4377350","pid":12287,"executable":"/tmp/ember","command_line":"/tmp/ember","user":"eve","uid":1000,"packaged":false}}"#
                .utf8), time: Timestamp(nanoseconds: 1_800_000_000_000_000_000))

    /// A service whose containments are told, and answered as done.
    private static func service(
        _ kit: ReceiveKit, _ server: ReceiveKit.Server, _ told: Told
    ) throws -> AgentService {
        try kit.service(
            server,
            contain: { order in
                told.add(order)
                return .with {
                    $0.order = order.id
                    $0.body = Data(#"{"outcome":"done"}"#.utf8)
                }
            })
    }

    @Test func `is done cut off, and written down when the server is there again`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            _ = try await server.enrol(kit.agentFolder)
            _ = try await server.hub.setPolicy(
                Self.text(action: "suspend_processes"), of: ReceiveKit.acme, after: nil,
                now: ReceiveKit.now, in: server.scope(.update, .agents))
            let first = try kit.service(server)
            let work = Task { await first.work() }
            try await eventually("the policy is there") { first.policy?.version == 1 }
            work.cancel()
            await work.value
        }
        // The server is away: nobody listens at its port.
        let told = Told()
        try await kit.run { server in
            let away = try Self.service(kit, server, told)
            let work = Task { await away.work() }
            try await eventually("it looks for rules") { await away.spool.ruleCount == 1 }
            try await away.spool.append([Self.start])
            try await eventually("it is done") { told.orders.count == 1 }
            work.cancel()
            await work.value
            #expect(try away.remember { try $0.orders.waiting() }.count == 1)
        }
        let order = try #require(told.orders.first)
        #expect(order.name == "stop embers")
        try await kit.run { server in
            let identity = try AgentIdentity.load(from: StateFolder(kit.agentFolder))
            let (agent, _) = try await RawAgent.connect(server, identity)
            let receipt = WireOrderReceipt.with {
                $0.order = order.id
                $0.body = Data(#"{"outcome":"done"}"#.utf8)
                $0.orderBody = Data(order.body)
            }
            for _ in 1...2 {
                await agent.link.send(.receipt(receipt))
                _ = await agent.next { $0.kind == .receiptTaken }
            }
            let kept = try #require(
                try await server.ledger.value(
                    OrderRecord.self, order.id, of: ReceiveKit.acme,
                    in: server.scope(.read, .orders))?.value)
            #expect(kept.state == .answered && kept.owner.text == "admin")
            #expect(kept.action.contains("suspend_processes"))
            let notices = try server.notices().filter { $0.kind == .contained }
            #expect(notices.count == 1)
            #expect(notices.first?.detail.contains("policy/1/stop embers/") ?? false)
            await agent.link.close()
        }
    }

    @Test func `is not what an agent makes up`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let identity = try await server.enrol(kit.agentFolder)
            let (agent, _) = try await RawAgent.connect(server, identity)
            let good =
                #"{"order":"standing-1-a","host":"\#(identity.agent)","audit_receipt":"policy/1/a/b","action":{"kind":"isolate_host"}}"#
            for (id, body) in [
                ("standing-1-a", good.replacing(identity.agent, with: "other")),
                ("standing-1-b", good), ("o7", good.replacing("standing-1-a", with: "o7")),
                ("standing-1-a", good.replacing("isolate_host", with: "revoke_keys")),
                ("standing-1-a", "{"),
            ] {
                await agent.link.send(
                    .receipt(
                        .with {
                            $0.order = id
                            $0.body = Data(#"{"outcome":"done"}"#.utf8)
                            $0.orderBody = Data(body.utf8)
                        }))
                // It need not tell it again.
                #expect(await agent.next { $0.kind == .receiptTaken } != nil)
            }
            let orders = try await server.ledger.values(
                OrderRecord.self, in: server.scope(.read, .orders))
            #expect(orders.isEmpty)
            #expect(try server.notices().filter { $0.kind == .contained }.isEmpty)
            await agent.link.close()
        }
    }
}

/// Standing orders that were done.
private final class Told: Sendable {
    private let state = Mutex<[StandingOrder]>([])
    var orders: [StandingOrder] { state.withLock { $0 } }
    func add(_ order: StandingOrder) { state.withLock { $0.append(order) } }
}
