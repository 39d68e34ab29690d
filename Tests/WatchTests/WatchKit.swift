import Collect
import Engine
import Foundation
import Listen
import Logging
import NIOCore
import NIOPosix
import Sigma
import Store
import Synchronization
import Tenancy

@testable import Watch

/// A watch in a folder of its own, with the content that comes with the program.
struct WatchKit {
    static let acme = TenantID("acme")!
    static let other = TenantID("other")!
    static let source = LogSourceID("windows")!

    let folder: String
    let seals: Bool

    init(seals: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.path + "/kagari-\(UUID().uuidString)"
        self.seals = seals
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    static let content =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    var data: DataFolder { DataFolder(path: folder) }

    /// What a running watch is asked through.
    struct Running {
        let watch: Watch
        let ledger: Ledger
        let events: MemoryEventStore
        let feed: Feed
        let shelf: ContentShelf

        func tenant(_ id: TenantID = WatchKit.acme) throws -> TenantWatch {
            guard let tenant = watch.tenant(id) else { throw KitFailure.noTenant }
            return tenant
        }

        /// Waits until everything that is durable was read and told.
        func settle(_ id: TenantID = WatchKit.acme) async throws {
            let tenant = try tenant(id)
            for _ in 0..<20_000 {
                let end = tenant.archive.lastSequence
                let isRead = await tenant.detection.toldThrough == end
                let isTold = await tenant.detection.isSettled
                if isRead, isTold { return }
                try await Task.sleep(for: .milliseconds(5))
            }
            throw KitFailure.unsettled
        }

        func incidents(
            _ id: TenantID = WatchKit.acme
        ) async throws -> [IncidentSummary] {
            let reader = Principal(
                id: PrincipalID("reader")!, name: "Reader", grants: [.init(.auditor, in: .all)])
            let scope = try Policy().authorize(
                reader, to: Permission(.read, .incidents), in: [id])
            return try await ledger.incidents(matching: IncidentQuery(), in: scope).incidents
        }
    }

    enum KitFailure: Error { case noTenant, unsettled }

    /// Opens, runs `body`, and stops as a service does.
    func run<Result: Sendable>(
        events: MemoryEventStore = MemoryEventStore(),
        _ body: @Sendable @escaping (Running) async throws -> Result
    ) async throws -> Result {
        try data.make()
        var random = SystemRandomNumberGenerator()
        let ledger = try await Ledger.open(
            in: data.ledger, keys: LedgerKeys.load(from: data.ledger + "/keys", using: &random),
            now: Self.now, random: SystemRandomNumberGenerator())
        let scopes = ServiceScopes()
        try await makeTenants(ledger)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let feed = Feed(first: 0)
        let shelf = ContentShelf(path: data.content, programVersion: "test")
        let pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        let writer = EventWriter(store: events, pause: pause)
        let setting = WatchSetting(
            data: data,
            folders: .init(
                rules: [Self.content + "/Content/rules"],
                mappings: Self.content + "/Content/mappings"),
            content: shelf,
            outlets: .init(
                findings: FindingDesk(ledger: ledger, scopes: scopes), events: writer, feed: feed),
            cadence: .init(clock: { Self.now }, pause: pause), writeLoops: loops,
            detectLoops: loops, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            seals: seals)
        let watch = Watch(setting, ledger: ledger, scopes: scopes)
        try await watch.open()
        let running = Running(
            watch: watch, ledger: ledger, events: events, feed: feed, shelf: shelf)
        let stop = StopSignal()
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch.run(until: { await stop.wait() }) }
            do {
                let result = try await body(running)
                stop.send()
                try await group.waitForAll()
                return result
            } catch {
                stop.send()
                try? await group.waitForAll()
                throw error
            }
        }
        try await ledger.close(now: Self.now)
        try await loops.shutdownGracefully()
        return result
    }

    private func makeTenants(_ ledger: Ledger) async throws {
        let admin = Principal(
            id: PrincipalID("admin")!, name: "Admin", grants: [.init(.providerAdmin, in: .all)])
        let scope = try Policy().authorize(
            admin, to: Permission(.create, .tenants), in: [Ledger.provider])
        let reading = try Policy().authorize(
            admin, to: Permission(.read, .tenants), in: [Ledger.provider])
        let known = try await ledger.values(TenantRecord.self, in: reading).map(\.value.tenantID)
        guard !known.contains(Self.acme) else { return }
        for tenant in [Self.acme, Self.other] {
            try await ledger.create(
                TenantRecord(id: tenant, name: tenant.text), now: Self.now, in: scope)
        }
    }

    static var now: Timestamp {
        Timestamp(nanoseconds: Int64(Date.now.timeIntervalSince1970 * 1e9))
    }

    /// The made intrusion as deliveries of one record each line, several lines a delivery.
    static func scenario(_ tenant: TenantID = acme) throws -> [Delivery] {
        var deliveries: [Delivery] = []
        var reader = InputReader(paths: [content + "/examples/scenario"])
        while let block = reader.nextBlock() {
            guard block.format == .json else { continue }
            let lines = block.bytes.split(separator: 0x0A)
            for start in stride(from: 0, to: lines.count, by: 50) {
                let records = lines[start..<min(start + 50, lines.count)].map {
                    Delivery.Record(bytes: Array($0), format: .json)
                }
                deliveries.append(
                    Delivery(
                        binding: SourceBinding(tenant: tenant, source: source), records: records))
            }
        }
        return deliveries
    }
}

/// Says once that it is time to stop.
final class StopSignal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Events in memory: what the lanes write, to be looked at.
final class MemoryEventStore: EventStore {
    private struct Key: Hashable {
        var tenant: TenantID
        var sequence: UInt64
    }

    private let events = Mutex<[Key: StoredEvent]>([:])
    let name = "memory"

    func all(of tenant: TenantID) -> [StoredEvent] {
        events.withLock { events in
            events.values.filter { $0.tenant == tenant }.sorted { $0.sequence < $1.sequence }
        }
    }

    func write(_ some: [StoredEvent]) async throws(StoreFailure) {
        events.withLock { events in
            for event in some {
                events[Key(tenant: event.tenant, sequence: event.sequence)] = event
            }
        }
    }

    func writtenUpTo(_ tenant: TenantID) async throws(StoreFailure) -> UInt64 {
        all(of: tenant).last?.sequence ?? 0
    }

    func events(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> EventPage { throw StoreFailure(.refused, "not asked for") }
    func count(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> UInt64 { throw StoreFailure(.refused, "not asked for") }
    func histogram(
        of query: EventQuery, width: Duration, in scope: TenantScope
    ) async throws(StoreFailure) -> [(start: Timestamp, count: UInt64)] { [] }
    func topValues(
        of field: String, matching query: EventQuery, limit: Int, in scope: TenantScope
    ) async throws(StoreFailure) -> [(value: String, count: UInt64)] { [] }
    func erase(_ tenant: TenantID, before time: Timestamp) async throws(StoreFailure) {}
    func erase(_ tenant: TenantID, through sequence: UInt64) async throws(StoreFailure) {
        events.withLock { events in
            events = events.filter { $0.key.tenant != tenant || $0.key.sequence > sequence }
        }
    }
    func erase(_ tenant: TenantID) async throws(StoreFailure) {
        events.withLock { events in events = events.filter { $0.key.tenant != tenant } }
    }
    func close() async throws(StoreFailure) {}
}
