import Console
import Engine
import Foundation
import Listen
import Logging
import NIOCore
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
        Machine.raiseDescriptorLimit()
        let opened = try await OpenedWatch.open(
            plan.data, plan.folders, plan.keeping, plan.content, logger)
        let (ledger, store, watch) = (opened.ledger, opened.store, opened.watch)
        let first = FirstStart(ledger: ledger)
        try await first.run(demo: plan.demo, intake: plan.intakeAddress)
        try await first.keepLocalKey(in: plan.data.localKey)
        try await watch.open()
        try await bindListeners(watch)
        try plan.tls?.prepare(now: Machine.now)
        let server = try await startListeners(for: watch)
        tellContent(of: watch)
        let agents = try await plan.agents.map { AgentsPlan(address: $0, data: plan.data) }?.start(
            opened, logger)
        Machine.tell("kagari: \(opened.reason)\nkagari: Ctrl-C stops\n")
        // Services end in reverse: what is counted to the last is kept last.
        var services: [any Service] = [
            UsageKeeper(watch: watch, ledger: ledger, scopes: opened.scopes, logger: logger),
            watch,
            Listeners(server: server),
        ]
        if let agents { services.append(AgentListeners(hub: agents)) }
        let fetched = FetchFigures(
            followed: try followers(watch, opened.setting),
            pulled: try plan.pull.pullers(watch, opened.setting, logger))
        services += fetched.followed.map { Followers(lane: $0.lane) }
        services += fetched.pulled.map { Pullers(puller: $0.puller) }
        var bell: LiveBell?
        if let console = plan.console {
            let console = try ConsoleService(
                console, ledger: ledger, events: store,
                desk: ConsoleDesk(
                    watch: watch, server: server, fetched: fetched, events: opened.writer,
                    data: plan.data, techniques: plan.content.techniques(), started: Machine.now,
                    agents: agents),
                logger: logger)
            bell = console.bell
            services.append(console)
            try await console.welcome(to: ledger)
        }
        services.append(
            LiveTeller(feed: opened.feed, ledger: ledger, scopes: opened.scopes, bell: bell))
        if plan.demo { services.append(DemoPlayer(watch: watch, content: plan.content)) }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .ignore)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        try await opened.close()
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

    private func followers(
        _ watch: Watch, _ setting: WatchSetting
    ) throws -> [(plan: FollowPlan, lane: FollowLane)] {
        try plan.follow.map { follow in
            let tenant = follow.binding.tenant
            guard watch.tenant(tenant) != nil else {
                throw UserError("follow: there is no tenant `\(tenant)`; make it first")
            }
            let lane = try FollowLane(
                follow,
                FollowLane.Setting(
                    folder: plan.data.follow(tenant),
                    take: { delivery throws(IntakeRefusal) in try await watch.take(delivery) },
                    cadence: setting.cadence, loop: setting.writeLoops.next(), logger: logger,
                    chance: { UInt64.random(in: .min ... .max) }))
            let names = follow.patterns.joined(separator: ", ")
            Machine.tell("kagari: following \(names) as \(tenant)/\(follow.binding.source)\n")
            return (follow, lane)
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

/// Follows the files of one source until the service stops.
struct Followers: Service {
    let lane: FollowLane

    func run() async throws {
        await cancelWhenGracefulShutdown { await lane.run() }
    }
}
