import Act
import Agent
import Engine
import Glibc
import NIOCore
import NIOPosix

/// Copies of files before programs that are not trusted open them, while the agent runs; one mount, on a thread of its own.
///
/// The kernel holds each opener until this thread answered, so nothing else is done on it.
actor CopyKeeper {
    private static let turnMilliseconds: Int32 = 250
    private static let saySeconds: Int64 = 60
    /// What this program gives back it need not copy again.
    private static let own = getpid()

    private let loop: any EventLoop
    private let mount: String
    private let trusted: Set<String>
    private var files: FileGuard?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    /// - Parameter loop: of a group with a single thread.
    init(_ mount: String, trusted: [String], loop: any EventLoop) {
        self.mount = mount
        self.trusted = Set(trusted)
        self.loop = loop
    }

    /// - Throws: ``ActFailure`` where the mount cannot be marked.
    func start(_ desk: ActionDesk) throws(ActFailure) {
        files = try FileGuard(mount: mount, desk: desk)
        Host.say("copies of \(mount) are made before damage")
    }

    /// Answers until its task is cancelled. Where it fails the kernel lets every open through, and the log says so.
    func run() async {
        guard var files else { return }
        self.files = nil
        let trusted = trusted
        var (said, saidAt) = (files.counts.uncovered, Self.now)
        while !Task.isCancelled {
            let now = Self.now
            do throws(ActFailure) {
                try files.turn(timeoutMilliseconds: Self.turnMilliseconds, at: now) {
                    process, program in
                    process.pid == Self.own || program.map(trusted.contains) ?? false
                }
                guard now >= saidAt + Self.saySeconds else { continue }
                saidAt = now
                try files.ageOut(at: now)
            } catch {
                Host.say("no more copies of \(mount) are made: \(error.message)")
                return
            }
            guard files.counts.uncovered != said else { continue }
            Host.say("\(files.counts.uncovered - said) opens in \(mount) had no copy made before")
            said = files.counts.uncovered
        }
    }

    private static var now: Int64 { Host.now.nanoseconds / 1_000_000_000 }
}

/// All mounts whose files are copied, each on a thread of its own.
struct CopyKeepers {
    private let threads: MultiThreadedEventLoopGroup
    private let keepers: [CopyKeeper]

    init(_ mounts: [String], trusted: [String], desk: OrderDesk) async throws {
        threads = MultiThreadedEventLoopGroup(numberOfThreads: max(1, mounts.count))
        var keepers: [CopyKeeper] = []
        for mount in mounts {
            let keeper = CopyKeeper(mount, trusted: trusted, loop: threads.next())
            try await desk.start(keeper)
            keepers.append(keeper)
        }
        self.keepers = keepers
    }

    /// Until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for keeper in keepers { group.addTask { await keeper.run() } }
        }
        try? await threads.shutdownGracefully()
    }
}
