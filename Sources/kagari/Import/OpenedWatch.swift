import Engine
import Foundation
import Logging
import NIOPosix
import Store
import Tenancy
import Watch

/// A data folder with everything that a watch over it works with.
struct OpenedWatch {
    let ledger: Ledger
    let store: any EventStore
    /// One sentence: which engine keeps events for search, and why.
    let reason: String
    private let hold: DataLock
    let scopes: ServiceScopes
    let feed: Feed
    let writer: EventWriter
    let setting: WatchSetting
    let watch: Watch

    static func open(
        _ data: DataFolder, _ folders: ContentShelf.Folders, _ keeping: KeepingPlan,
        _ content: Content, _ logger: Logger
    ) async throws -> OpenedWatch {
        try data.make()
        let hold = try DataLock(data)
        var random = SystemRandomNumberGenerator()
        let ledger = try await Ledger.open(
            in: data.ledger,
            keys: LedgerKeys.load(from: data.keys + "/ledger.key", using: &random),
            now: Machine.now, random: SystemRandomNumberGenerator())
        let events = try await keeping.eventStores(in: data, content: content).open()
        let scopes = ServiceScopes()
        let pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        let feed = Feed(first: UInt64(Machine.now.nanoseconds / 1_000))
        let writer = EventWriter(store: events.store, pause: pause)
        let setting = WatchSetting(
            data: data, folders: folders,
            content: ContentShelf(path: data.content, programVersion: ServiceHost.programVersion),
            outlets: .init(
                findings: FindingDesk(ledger: ledger, scopes: scopes),
                events: writer, feed: feed),
            cadence: .init(clock: { Machine.now }, pause: pause),
            writeLoops: MultiThreadedEventLoopGroup(numberOfThreads: 2),
            detectLoops: MultiThreadedEventLoopGroup(
                numberOfThreads: max(1, ProcessInfo.processInfo.activeProcessorCount)),
            logger: logger, house: keeping.house)
        return OpenedWatch(
            ledger: ledger, store: events.store, reason: events.reason, hold: hold, scopes: scopes,
            feed: feed, writer: writer,
            setting: setting, watch: Watch(setting, ledger: ledger, scopes: scopes))
    }

    func close() async throws {
        try await store.close()
        try await ledger.close(now: Machine.now)
        hold.release()
    }
}
