package import Engine
internal import FoundationEssentials
package import Link
internal import Listen
internal import Logging
internal import NIOCore
package import Store
internal import Synchronization
internal import Tenancy
internal import Watch
package import Wire

/// All agents of a server: lets them in, takes what they send, tells them what to do, and notices when one is gone.
package actor AgentHub {
    package typealias Key = AgentDirectory.Key

    /// How an agent does, as it last said.
    package struct Live: Hashable, Sendable {
        package var connected: Timestamp
        package var address: String
        package var health: WireHealth?
        /// When it last told how it does; nil before it did.
        package var heard: Timestamp?
    }

    package static let refreshSeconds = 60
    static let beatSeconds = 5

    nonisolated let setting: AgentHubSetting
    package nonisolated let directory = AgentDirectory()
    private nonisolated let listener = Mutex<LinkListener?>(nil)
    private nonisolated let tally = Mutex(Tally())
    private var books: [TenantID: ProgressBook] = [:]
    private var sessions: [Key: AgentSession] = [:]
    private var live: [Key: Live] = [:]
    /// Those that are gone without a word, and since when.
    private var away: [Key: Timestamp] = [:]
    /// Orders that are not answered, by agent, oldest first.
    private var orders: [Key: [OrderRecord]] = [:]
    private var policies: [TenantID: AgentPolicyRecord] = [:]
    private var isStopping = false

    package struct Tally: Hashable, Sendable {
        package var sessions = 0
        package var enrolled = 0
        /// By reason.
        package var refused: [WireRefusalReason: Int] = [:]
        package var records = 0
        package var duplicates = 0
    }

    package init(_ setting: AgentHubSetting) { self.setting = setting }

    /// Where agents come to, as it was set.
    package nonisolated var port: Int { setting.address.port }
    package nonisolated var counts: Tally { tally.withLock { $0 } }
    nonisolated func count(_ change: (inout Tally) -> Void) { tally.withLock { change(&$0) } }

    // MARK: beginning and end

    /// Reads what the ledger and the disk know.
    package func open() async throws(StoreFailure) {
        let scope = try setting.scope(.read, .tenants, in: Ledger.provider)
        let tenants = try await all(TenantRecord.self, in: scope).filter { $0.state != .deleted }
        var records: [AgentRecord] = []
        for tenant in tenants.map(\.tenantID) where tenant != Ledger.provider {
            let reading = try setting.scope(.read, .agents, in: tenant)
            let found = try await all(AgentRecord.self, in: reading)
            records += found
            policies[tenant] = try await setting.ledger.value(
                AgentPolicyRecord.self, AgentPolicyRecord.id, of: tenant, in: reading)?.value
            let waiting = try await all(
                OrderRecord.self, in: setting.scope(.read, .orders, in: tenant)
            ).filter { $0.state == .queued || $0.state == .delivered }
            for order in waiting { orders[Key(tenant, order.agent), default: []].append(order) }
            guard !found.isEmpty else { continue }
            let book = try book(of: tenant)
            for progress in await book.all
            where progress.presence == .connected || progress.presence == .away {
                away[Key(tenant, progress.agent)] = setting.clock()
            }
        }
        directory.replace(with: records)
    }

    /// - Returns: the port.
    package func start() async throws(LinkTLS.Failure) -> Int {
        let clock = setting.clock
        let made = LinkListener(
            .init(
                host: setting.address.host, port: setting.address.port,
                connectionsMax: setting.agentsMax), group: setting.group,
            now: { clock().date }
        ) { link, side in
            Task {
                switch side {
                case .registrar: await RegistrarSession(self, link).run()
                default: await AgentSession(self, link).run()
                }
            }
        }
        listener.withLock { $0 = made }
        return try await made.start(setting.authority.server, setting.authority.issuer.authority)
    }

    /// Looks after the agents until it is cancelled.
    package func run() async {
        var beats = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.beatSeconds))
            guard !Task.isCancelled else { break }
            beats += 1
            await beat()
            if beats % (Self.refreshSeconds / Self.beatSeconds) == 0 {
                do throws(StoreFailure) { try await refresh() } catch {
                    setting.log.error("agents cannot be read", metadata: ["cause": "\(error)"])
                }
            }
        }
    }

    package func stop() async {
        isStopping = true
        for session in sessions.values { session.refuse(.stopping, "the server stops") }
        let listening = listener.withLock { $0 }
        await listening?.stop()
    }

    private func refresh() async throws(StoreFailure) {
        let scope = try setting.scope(.read, .tenants, in: Ledger.provider)
        var records: [AgentRecord] = []
        for tenant in try await all(TenantRecord.self, in: scope)
        where tenant.state != .deleted && tenant.tenantID != Ledger.provider {
            records += try await all(
                AgentRecord.self, in: setting.scope(.read, .agents, in: tenant.tenantID))
        }
        directory.replace(with: records)
    }

    private func all<Value: RegistryValue>(
        _ kind: Value.Type, in scope: TenantScope
    ) async throws(StoreFailure) -> [Value] {
        var values: [Value] = []
        var after: (tenant: TenantID, id: String)?
        while true {
            let page = try await setting.ledger.values(kind, after: after, in: scope).map(\.value)
            values += page
            guard page.count == LedgerLimits.pageMax, let last = page.last else { return values }
            after = (last.tenant, last.id)
        }
    }

    func book(of tenant: TenantID) throws(StoreFailure) -> ProgressBook {
        if let book = books[tenant] { return book }
        let book = try ProgressBook(setting.folder(tenant), loop: setting.diskLoops.next())
        books[tenant] = book
        return book
    }

    // MARK: sessions

    /// - Returns: false where the server stops.
    func enter(_ key: Key, _ session: AgentSession, address: String) -> Bool {
        guard !isStopping else { return false }
        sessions[key]?.refuse(.replaced, "another connection of this agent took its place")
        sessions[key] = session
        live[key] = Live(connected: setting.clock(), address: address)
        away[key] = nil
        count { $0.sessions += 1 }
        return true
    }

    func leave(_ key: Key, _ session: AgentSession, isMeant: Bool) async {
        count { $0.sessions -= 1 }
        guard sessions[key] === session else { return }
        sessions[key] = nil
        live[key] = nil
        guard !isMeant, !isStopping else { return }
        away[key] = setting.clock()
    }

    func heard(_ key: Key, _ health: WireHealth) {
        live[key]?.health = health
        live[key]?.heard = setting.clock()
    }

    package func live(_ key: Key) -> Live? { live[key] }

    package func progress(of key: Key) async -> AgentProgress {
        guard let book = try? book(of: key.tenant) else { return AgentProgress(agent: key.agent) }
        return await book.progress(of: key.agent)
    }

    package var connectedCount: Int { sessions.count }

    // MARK: noticing

    private func beat() async {
        let now = setting.clock()
        for (key, session) in sessions { await session.judge(now: now, key) }
        for (key, since) in away where since.adding(seconds: setting.silentSeconds) <= now {
            away[key] = nil
            guard directory.record(key)?.revoked == nil, let record = directory.record(key),
                let book = try? book(of: key.tenant)
            else { continue }
            _ = await book.note(key.agent) { $0.presence = .silent }
            await setting.notice(
                AgentNotice(
                    .silent, agent: key.agent, host: record.name, time: since,
                    detail:
                        "it ended without a word and was not back within \(setting.silentSeconds) s: killed, frozen, or cut off"
                ),
                key.tenant)
        }
        await expire(now)
    }

    private func expire(_ now: Timestamp) async {
        for (key, list) in orders {
            for order in list where order.expires <= now && order.state == .queued {
                var over = order
                over.state = .expired
                await keep(over, key)
            }
        }
    }

    // MARK: what people did

    /// An agent was revoked, renamed or let in: what holds for it, holds at once.
    package func changed(_ record: AgentRecord) async {
        directory.keep(record)
        let key = Key(record.tenant, record.source)
        if record.revoked != nil { away[key] = nil }
        await sessions[key]?.judge(now: setting.clock(), key)
    }

    package func changed(_ policy: AgentPolicyRecord) async {
        policies[policy.tenant] = policy
        for (key, session) in sessions where key.tenant == policy.tenant {
            await session.send(policy: policy)
        }
    }

    func policy(of tenant: TenantID) -> AgentPolicyRecord? { policies[tenant] }

    /// Sends an order as soon as its agent is there.
    package func queue(_ order: OrderRecord) async {
        let key = Key(order.tenant, order.agent)
        orders[key, default: []].append(order)
        await sessions[key]?.send(order: order)
    }

    func orders(of key: Key) -> [OrderRecord] { orders[key] ?? [] }

    package func waitingOrders(of key: Key) -> Int { orders[key]?.count ?? 0 }

    /// Keeps what became of an order.
    ///
    /// - Returns: false where the ledger refused; then it is told again.
    @discardableResult
    func keep(_ order: OrderRecord, _ key: Key) async -> Bool {
        do throws(StoreFailure) {
            let scope = try setting.scope(.update, .orders, in: key.tenant)
            try await setting.ledger.update(order, now: setting.clock(), in: scope)
        } catch {
            setting.log.error("an order cannot be kept", metadata: ["cause": "\(error)"])
            return false
        }
        if order.state == .answered || order.state == .expired {
            orders[key]?.removeAll { $0.id == order.id }
        } else if let place = orders[key]?.firstIndex(where: { $0.id == order.id }) {
            orders[key]?[place] = order
        }
        return true
    }
}
