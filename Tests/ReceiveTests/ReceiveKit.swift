import Engine
import FoundationEssentials
import Link
import Listen
import Logging
import NIOCore
import NIOPosix
import Store
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Tenancy
import Watch
import Wire

@testable import Agent
@testable import Receive

/// A server with a watch, a ledger and an agent listener, in a folder of its own.
struct ReceiveKit {
    static let acme = TenantID("acme")!

    let folder: String
    var certificateSeconds = 14.0 * 86_400
    var silentSeconds: Int64 = 30

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.path
            + "/kagari-receive-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder + "/rules", withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    static let mappings =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/Content/mappings"

    var data: DataFolder { DataFolder(path: folder + "/server") }

    static var now: Timestamp {
        Timestamp(nanoseconds: Int64(Date.now.timeIntervalSince1970 * 1e9))
    }

    struct Server: Sendable {
        let hub: AgentHub
        let watch: Watch
        let ledger: Ledger
        let port: Int
        let group: any EventLoopGroup

        func scope(
            _ action: Permission.Action, _ resource: Permission.Resource
        ) throws -> TenantScope {
            let admin = Principal(
                id: PrincipalID("admin")!, name: "Admin", grants: [.init(.providerAdmin, in: .all)])
            return try Policy().authorize(
                admin, to: Permission(action, resource), in: [ReceiveKit.acme])
        }

        func token(hours: Int = 1) async throws -> JoinToken {
            var random = SystemRandomNumberGenerator()
            return try await hub.makeJoinToken(
                "t\(UInt32.random(in: .min ... .max))", of: ReceiveKit.acme, hours: hours,
                using: &random, now: ReceiveKit.now, in: scope(.create, .agents))
        }

        var address: ServerAddress { ServerAddress(host: "127.0.0.1", port: port) }

        /// Lets a host in, with its state in `folder`.
        func enrol(_ folder: String, host: String = "web-1") async throws -> AgentIdentity {
            try await Enrolment(
                server: address, token: try await token(), host: host, program: "test"
            ).run(
                in: StateFolder(folder), over: LinkDialler(group: group, now: { Date.now }))
        }

        func record(_ agent: String) async throws -> Registered<AgentRecord> {
            try #require(
                try await ledger.value(
                    AgentRecord.self, agent, of: ReceiveKit.acme, in: scope(.read, .agents)))
        }

        func key(_ agent: String) -> AgentHub.Key {
            AgentHub.Key(ReceiveKit.acme, LogSourceID(agent)!)
        }

        /// The contents of an agent's records in the log, in its order.
        func contents(of agent: String) throws -> [String] {
            try records().compactMap { record in
                guard case .record = record.content, record.source.text == agent else {
                    return nil
                }
                return String(decoding: record.bytes, as: UTF8.self)
            }
        }

        /// All there is in the log, in order.
        private func records() throws -> [ArchivedRecord] {
            let archive = try #require(watch.tenant(ReceiveKit.acme)).archive
            let reader = try archive.reader(from: 1)
            var found: [ArchivedRecord] = []
            while true {
                let batch = try reader.next()
                guard !batch.isEmpty else { return found }
                found += batch.records
            }
        }

        /// Control records of agents in the log.
        func notices() throws -> [AgentNotice] {
            try records().compactMap { record in
                guard case .control(let kind) = record.content,
                    case .agent(let notice)? = Control(kind, record.bytes)
                else { return nil }
                return notice
            }
        }
    }

    /// Starts a server, runs `body`, and stops it as a service does.
    func run<Result: Sendable>(
        port: Int = 0, _ body: @Sendable @escaping (Server) async throws -> Result
    ) async throws -> Result {
        try data.make()
        var random = SystemRandomNumberGenerator()
        let ledger = try await Ledger.open(
            in: data.ledger, keys: LedgerKeys.load(from: data.ledgerKeys, using: &random),
            now: Self.now, random: SystemRandomNumberGenerator())
        let scopes = ServiceScopes()
        try await makeTenant(ledger)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteEventStore(folder: data.events)
        let watch = watch(ledger, scopes, store, loops, logger)
        try await watch.open()
        var setting = AgentHubSetting(
            address: ListenAddress(port: port),
            authority: try AgentAuthority.open(
                data.agentKeys, now: Date.now,
                chance: { (0..<32).map { _ in UInt8.random(in: 0...255) } }), ledger: ledger,
            scopes: scopes,
            take: { delivery in
                do throws(IntakeRefusal) { return .success(try await watch.take(delivery)) } catch {
                    return .failure(error)
                }
            },
            notice: { notice, tenant in
                await watch.tenant(tenant)?.commit.write(.agent(notice), source: WatchNames.watch)
            }, folder: { data.agents($0) }, group: loops, diskLoops: loops, clock: { Self.now },
            random: { UInt64.random(in: .min ... .max) }, log: logger)
        setting.certificateSeconds = certificateSeconds
        setting.silentSeconds = silentSeconds
        let hub = AgentHub(setting)
        try await hub.open()
        let server = Server(
            hub: hub, watch: watch, ledger: ledger, port: try await hub.start(), group: loops)
        let beat = Task { await hub.run() }
        let result = try await run(watch) { try await body(server) }
        beat.cancel()
        await hub.stop()
        try await store.close()
        try await ledger.close(now: Self.now)
        try await loops.shutdownGracefully()
        return result
    }

    private func run<Result: Sendable>(
        _ watch: Watch, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        let (stop, stopper) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch.run(until: { for await _ in stop {} }) }
            do {
                let result = try await body()
                stopper.finish()
                try await group.waitForAll()
                return result
            } catch {
                stopper.finish()
                try? await group.waitForAll()
                throw error
            }
        }
    }

    private func watch(
        _ ledger: Ledger, _ scopes: ServiceScopes, _ store: SQLiteEventStore,
        _ loops: MultiThreadedEventLoopGroup, _ logger: Logger
    ) -> Watch {
        let rules = folder + "/rules"
        let pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        return Watch(
            WatchSetting(
                data: data,
                folders: .init(rules: [rules], mappings: Self.mappings),
                content: ContentShelf(path: data.content, programVersion: "test"),
                outlets: .init(
                    findings: FindingDesk(ledger: ledger, scopes: scopes),
                    events: EventWriter(store: store, pause: pause), feed: Feed(first: 0)),
                cadence: .init(clock: { Self.now }, pause: pause), writeLoops: loops,
                detectLoops: loops, logger: logger), ledger: ledger, scopes: scopes)
    }

    private func makeTenant(_ ledger: Ledger) async throws {
        let admin = Principal(
            id: PrincipalID("admin")!, name: "Admin", grants: [.init(.providerAdmin, in: .all)])
        let reading = try Policy().authorize(
            admin, to: Permission(.read, .tenants), in: [Ledger.provider])
        let known = try await ledger.values(TenantRecord.self, in: reading).map(\.value.tenantID)
        guard !known.contains(Self.acme) else { return }
        let scope = try Policy().authorize(
            admin, to: Permission(.create, .tenants), in: [Ledger.provider])
        try await ledger.create(
            TenantRecord(id: Self.acme, name: "Acme"), now: Self.now, in: scope)
    }

    // MARK: an agent

    var agentFolder: String { folder + "/agent" }

    func service(
        _ server: Server,
        perform: @escaping @Sendable (WireSignedOrder) async -> WireOrderReceipt = {
            order in
            var receipt = WireOrderReceipt()
            receipt.order = order.order
            receipt.body = Data("done".utf8)
            return receipt
        },
        contain: @escaping @Sendable (StandingOrder) async -> WireOrderReceipt = { order in
            .with { $0.order = order.id }
        }
    ) throws -> AgentService {
        try AgentService(
            AgentSetting(
                folder: StateFolder(agentFolder), program: "test 1", host: "web-1", boot: "boot",
                group: server.group, wall: { Self.now },
                random: { UInt64.random(in: .min ... .max) },
                perform: { order, _ in await perform(order) },
                contain: { order, _ in await contain(order) }, log: { _ in }))
    }
}

/// Asks again until it holds; an issue where it never does.
func eventually(
    _ what: Comment, seconds: Int = 60, _ holds: @Sendable () async throws -> Bool
) async throws {
    for _ in 0..<(seconds * 10) {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record(what)
}
