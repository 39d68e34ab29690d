internal import Engine
internal import FoundationEssentials
internal import Link
internal import NIOCore
internal import Synchronization
package import Wire

/// The agent: keeps what it is given, and brings it to the server, until it is cancelled.
///
///     records ─▶ SpoolLane ─fsync─▶ UplinkSession ─▶ server
///                    ▲────── acknowledged ───────────┘
package final class AgentService: Sendable {
    private let setting: AgentSetting
    package let spool: SpoolLane
    private let state = Mutex(AgentState())
    private let memory: Mutex<Memory>
    private let previousEnd: WirePreviousEnd
    private let run: [UInt8]
    /// One agent at a time works with a folder.
    private let hold: StateFile
    private let fresh = Mutex<AsyncStream<WireOrderReceipt>.Continuation?>(nil)

    /// What outlives a connection.
    struct Memory {
        var identity: AgentIdentity
        var policy: PolicyBook
        var orders: OrderBook
        var backoff = Backoff()
        var clock: ClockWatch
        /// Set when the last one was refused for good.
        var refusal: String?
    }

    /// - Throws: ``AgentFailure`` where the host is not enrolled, another agent runs with this folder, or its files cannot be used.
    package init(_ setting: AgentSetting) throws(AgentFailure) {
        self.setting = setting
        hold = try StateFile(setting.folder.file("lock"))
        guard hold.lock() else {
            throw AgentFailure(
                .locked,
                "another agent works with \(setting.folder.path); stop it, or name another folder")
        }
        let identity = try AgentIdentity.load(from: setting.folder)
        let policy = try PolicyBook(
            setting.folder, tenant: identity.tenant, signingKey: identity.signingKey)
        let draw: @Sendable (Int) -> [UInt8] = { count in
            (0..<count).map { _ in UInt8(truncatingIfNeeded: setting.random()) }
        }
        let bytes = policy.policy?.limits.spoolBytes ?? 0
        let opened = try Spool(
            in: setting.folder.file("spool"),
            bytesMax: bytes == 0 ? SpoolLimits.bytesMax : Int(clamping: bytes), newName: draw(16))
        spool = SpoolLane(opened, loop: setting.group.next())
        previousEnd = try RunMark(setting.folder, boot: setting.boot).previousEnd
        run = draw(16)
        memory = Mutex(
            Memory(
                identity: identity, policy: policy,
                orders: try OrderBook(setting.folder, signingKey: identity.signingKey),
                clock: ClockWatch(wall: setting.wall(), steady: .now)))
    }

    package var status: AgentState { state.withLock { $0 } }
    package var identity: AgentIdentity { memory.withLock { $0.identity } }
    package var policy: WirePolicy? { memory.withLock { $0.policy.policy } }

    func remember<Value>(_ body: (inout Memory) throws -> sending Value) rethrows -> sending Value {
        try memory.withLock { try body(&$0) }
    }

    func tell(_ change: (inout AgentState) -> Void) { state.withLock { change(&$0) } }

    /// Keeps what comes, and sends it, until the task is cancelled; then says goodbye.
    package func work() async {
        if let policy { await spool.detect(by: policy, as: identity.agent) }
        let containing = Task { await contain() }
        var chance = Chance(draw: setting.random)
        while !Task.isCancelled {
            let end = await session()
            tell {
                $0.isConnected = false
                $0.connection = end
            }
            guard !Task.isCancelled else { break }
            let wait = remember { $0.backoff.wait(using: &chance) }
            try? await Task.sleep(for: wait)
        }
        containing.cancel()
        await containing.value
        try? RunMark.end(setting.folder)
    }

    /// Does what the policy lets the host do by itself, connected or not, one after another; each receipt waits until the server has it.
    private func contain() async {
        let orders = await spool.standingOrders()
        let interrupted = (try? remember { try $0.orders.interrupted() }) ?? []
        for order in interrupted { await contain(order) }
        for await order in orders { await contain(order) }
    }

    private func contain(_ order: StandingOrder) async {
        do throws(AgentFailure) {
            let book = remember { $0.orders }
            guard try book.judge(order) else { return }
            try book.begin(order)
            var receipt = await setting.contain(order, policy)
            receipt.orderBody = Data(order.body)
            try book.keep(receipt)
            fresh.withLock { _ = $0?.yield(receipt) }
            setting.log("by itself, as the policy says: \(order.name) (order \(order.id))")
        } catch { setting.log("\(error)") }
    }

    /// Receipts of standing orders as they are made, to one at a time. None is lost: each is on the disk, and sent at the next welcome.
    func receipts() -> AsyncStream<WireOrderReceipt> {
        let (receipts, continuation) = AsyncStream<WireOrderReceipt>.makeStream(
            bufferingPolicy: .bufferingNewest(OrderBook.waitingMax))
        fresh.withLock { last in
            last?.finish()
            last = continuation
        }
        return receipts
    }

    /// One connection, from beginning to end.
    ///
    /// - Returns: why it ended, for people.
    private func session() async -> String {
        let identity = identity
        let setting = setting
        let dialler = LinkDialler(group: setting.group, now: { setting.date })
        let link: Link
        do throws(LinkTLS.Failure) {
            link = try await dialler.connect(
                identity.server.host, port: identity.server.port, as: .agent,
                identity: identity.link, trust: .authority(identity.authority)
            ).link
        } catch { return error.description }
        let session = UplinkSession(self, link, setting, identity)
        return await session.run(hello())
    }

    private func hello() async -> WireHello {
        let figures = await spool.figures
        var hello = WireHello()
        hello.versionMin = WireLimits.version
        hello.versionMax = WireLimits.version
        hello.program = setting.program
        hello.spool = Data(spool.name)
        hello.first = figures.first
        hello.last = figures.last
        hello.run = Data(run)
        hello.previousEnd = previousEnd
        hello.policyVersion = remember { $0.policy.version }
        hello.wallNanoseconds = setting.wall().nanoseconds
        hello.boot = setting.boot
        hello.host = setting.host
        return hello
    }
}

private struct Chance: RandomNumberGenerator {
    let draw: @Sendable () -> UInt64
    mutating func next() -> UInt64 { draw() }
}

/// Notices steps of the machine's clock against the one that only goes forward.
struct ClockWatch: Sendable {
    /// What a time service corrects little by little is no step.
    static let toleranceMilliseconds: Int64 = 2_000

    private var wall: Timestamp
    private var steady: WireMoment

    init(wall: Timestamp, steady: WireMoment) {
        self.wall = wall
        self.steady = steady
    }

    /// - Returns: the step since it was asked last, in milliseconds; 0 where there was none.
    mutating func look(wall now: Timestamp, steady moment: WireMoment) -> Int64 {
        let step =
            ((now.nanoseconds - wall.nanoseconds) - (moment.nanoseconds - steady.nanoseconds))
            / 1_000_000
        wall = now
        steady = moment
        return abs(step) >= Self.toleranceMilliseconds ? step : 0
    }
}
