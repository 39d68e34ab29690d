package import Engine
package import NIOCore
package import Wire

/// The one that works on the spool. It waits for the disk, so it runs on an event loop of its own.
package actor SpoolLane {
    package struct Figures: Hashable, Sendable {
        package var first: UInt64 = 1
        package var last: UInt64 = 0
        package var waiting: UInt64 = 0
        package var bytes = 0
        package var bytesMax = 0
        package var evicted: UInt64 = 0
        package var damaged: UInt64 = 0
        /// Of the oldest record that waits; nil where none does.
        package var oldest: Timestamp?

        package init() {}
    }

    private let loop: any EventLoop
    private var spool: Spool
    private var engine: HostEngine?
    private var containment: ContainmentBook?
    private var standing: AsyncStream<StandingOrder>.Continuation?
    private var changed: AsyncStream<Void>.Continuation?
    /// What the disk said last; nil while it takes what it is given.
    package private(set) var failure: AgentFailure?
    package nonisolated let name: [UInt8]

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    package init(_ spool: Spool, loop: any EventLoop) {
        self.spool = spool
        self.loop = loop
        name = spool.name
    }

    /// Tells when something was added, from now on, to one at a time. Of many changes only the last is told.
    package func follow() -> AsyncStream<Void> {
        changed?.finish()
        let (changes, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        changed = continuation
        return changes
    }

    /// See ``Spool/append(_:)``.
    package func append(_ records: [SpoolRecord]) throws(AgentFailure) {
        guard !records.isEmpty else { return }
        do throws(AgentFailure) {
            let last = try spool.append(records)
            failure = nil
            // Behind what they were found in, so that an alert is never kept without its record.
            let found = engine?.look(at: records, first: last - UInt64(records.count) + 1) ?? []
            if !found.isEmpty { try take(found, at: records.last?.time ?? found[0].time) }
        } catch {
            failure = error
            throw error
        }
        changed?.yield()
    }

    /// Keeps alerts, and what shall be done about them, before it is done.
    private func take(_ alerts: [HostAlert], at now: Timestamp) throws(AgentFailure) {
        var kept = alerts.map { $0.record(at: now) }
        var orders: [StandingOrder] = []
        for alert in alerts {
            for verdict in containment?.judge(alert, at: now) ?? [] {
                kept.append(verdict.record(of: alert, at: now))
                if case .act(let order) = verdict { orders.append(order) }
            }
        }
        try spool.append(kept)
        for order in orders { standing?.yield(order) }
    }

    /// Orders that the host gives itself, from now on, to one at a time; at most ``ContainmentBook/allPerHourMax`` an hour, so none is ever let go.
    package func standingOrders() -> AsyncStream<StandingOrder> {
        standing?.finish()
        let (orders, continuation) = AsyncStream<StandingOrder>.makeStream()
        standing = continuation
        return orders
    }

    package func next(
        after sequence: UInt64, bytesMax: Int, recordsMax: Int
    ) throws(AgentFailure) -> Spool.Piece? {
        try spool.next(after: sequence, bytesMax: bytesMax, recordsMax: recordsMax)
    }

    @discardableResult
    package func acknowledge(through sequence: UInt64) throws(AgentFailure) -> Bool {
        let isKnown = try spool.acknowledge(through: sequence)
        return isKnown
    }

    /// Looks for a policy's rules from the next record on.
    ///
    /// - Parameter agent: whom standing orders are for.
    package func detect(by policy: WirePolicy, as agent: String) {
        engine = HostEngine(policy)
        containment = ContainmentBook(policy, agent: agent)
    }

    /// Of the engine on the host, since its rules were taken.
    package var alertCount: UInt64 { engine?.alertCount ?? 0 }
    package var ruleCount: Int { engine?.ruleCount ?? 0 }
    package var ruleProblemCount: Int { engine?.problemCount ?? 0 }
    /// Entries of the policy that this host does not do by itself.
    package var containmentProblemCount: Int { containment?.unknownCount ?? 0 }

    package func bound(bytesMax: Int) { spool.bytesMax = max(SpoolLimits.bytesMin, bytesMax) }

    package var figures: Figures {
        var figures = Figures()
        figures.first = spool.first
        figures.last = spool.last
        figures.waiting = spool.waitingCount
        figures.bytes = spool.byteCount
        figures.bytesMax = spool.bytesMax
        figures.evicted = spool.evicted
        figures.damaged = spool.damaged
        figures.oldest = try? spool.oldestTime()
        return figures
    }

    package var acknowledged: UInt64 { spool.acknowledged }
}
