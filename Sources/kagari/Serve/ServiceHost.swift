import Console
import Engine
import Foundation
import Listen
import Logging
import NIOPosix
import ServiceLifecycle
import Store
import Tenancy
import UnixSignals
import Watch

/// Puts the service together and runs it until it is asked to stop.
struct ServiceHost {
    private let plan: ServePlan
    private let logger = Logger(label: "kagari")

    init(_ plan: ServePlan) { self.plan = plan }

    func run() async throws {
        try plan.data.make()
        let hold = try DataLock(plan.data)
        defer { hold.release() }
        var random = SystemRandomNumberGenerator()
        let ledger = try await Ledger.open(
            in: plan.data.ledger,
            keys: LedgerKeys.load(from: plan.data.keys + "/ledger.key", using: &random),
            now: Machine.now, random: SystemRandomNumberGenerator())
        let opened = try await plan.keeping.eventStores(in: plan.data, content: plan.content).open()
        let store = opened.store
        let scopes = ServiceScopes()
        let pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        let feed = Feed(first: UInt64(Machine.now.nanoseconds / 1_000))
        let writer = EventWriter(store: store, pause: pause)
        let setting = WatchSetting(
            data: plan.data, folders: plan.folders,
            content: ContentShelf(path: plan.data.content, programVersion: Self.programVersion),
            outlets: .init(
                findings: FindingDesk(ledger: ledger, scopes: scopes),
                events: writer, feed: feed),
            cadence: .init(clock: { Machine.now }, pause: pause),
            writeLoops: MultiThreadedEventLoopGroup(numberOfThreads: 2),
            detectLoops: MultiThreadedEventLoopGroup(
                numberOfThreads: max(1, ProcessInfo.processInfo.activeProcessorCount)),
            logger: logger, house: plan.keeping.house)
        let watch = Watch(setting, ledger: ledger, scopes: scopes)
        let first = FirstStart(ledger: ledger)
        try await first.run(demo: plan.demo, intake: plan.intakeAddress)
        try await first.keepLocalKey(in: plan.data.localKey)
        try await watch.open()
        try await bindListeners(watch)
        let server = try await startListeners(for: watch)
        tellContent(of: watch)
        Machine.tell("kagari: \(opened.reason)\nkagari: Ctrl-C stops\n")
        // Services end in reverse: what is counted to the last is kept last.
        var services: [any Service] = [
            UsageKeeper(watch: watch, ledger: ledger, scopes: scopes, logger: logger), watch,
            Listeners(server: server),
        ]
        var bell: LiveBell?
        if let console = plan.console {
            let console = try ConsoleService(
                console, ledger: ledger, events: store,
                desk: ConsoleDesk(watch: watch, server: server, events: writer),
                logger: logger)
            bell = console.bell
            services.append(console)
            try await console.welcome(to: ledger)
        }
        services.append(LiveTeller(feed: feed, ledger: ledger, scopes: scopes, bell: bell))
        if plan.demo { services.append(DemoPlayer(watch: watch, content: plan.content)) }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .ignore)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        try await store.close()
        try await ledger.close(now: Machine.now)
        Machine.tell("kagari: stopped; everything received is kept\n")
    }

    private func startListeners(for watch: Watch) async throws -> IntakeServer {
        let server = IntakeServer(
            http: plan.http, streams: plan.streams, desk: watch, log: logger)
        for one in try await server.start() {
            Machine.tell("kagari: \(one.name) listens on \(one.address.host):\(one.address.port)\n")
        }
        return server
    }

    private func tellContent(of watch: Watch) {
        for (tenant, loaded) in watch.loaded.sorted(by: { $0.key < $1.key }) {
            Machine.tell(
                "kagari: tenant \(tenant): \(loaded.rules.ruleCount) rules, content "
                    + "\(loaded.name.prefix(8)), \(loaded.problems.count) problems\n")
        }
    }

    private func bindListeners(_ watch: Watch) async throws {
        for stream in plan.streams {
            guard let source = LogSourceID(stream.name) else { continue }
            watch.bind(
                listener: stream.name,
                to: SourceBinding(tenant: plan.openTenant, source: source))
        }
    }

    /// Which form of compiled content this program reads: its own size and time tell builds apart.
    static var programVersion: String {
        FileWalk.identity(of: "/proc/self/exe") ?? "unknown"
    }
}

/// Stops the listeners first, so that nothing comes in that could not be kept.
struct Listeners: Service {
    let server: IntakeServer

    func run() async throws {
        try await gracefulShutdown()
        await server.stop()
    }
}
