internal import Glibc
internal import Synchronization

/// The engine's process: started, started again where it ended, and ended with the service.
///
/// The two sides talk over pairs of sockets that the process is born with; they have no name that anybody else could
/// open. The engine ends when its sockets close, so also when the service is killed.
final class EngineProcess: Sendable {
    /// What is started: a program, and what comes before the engine's own arguments.
    let program: String
    let arguments: [String]
    let links: Int
    private let state = Mutex(State())
    /// Told without waiting for `state`, which is held while a process starts.
    private let current = Atomic<pid_t>(0)

    private struct State {
        var pid: pid_t = 0
        /// Of how many processes this is the last; each ends with its sockets.
        var generation = 0
        /// Those that no link has taken yet.
        var sockets: [Int32?] = []
        /// Losses since the last answer.
        var losses = 0
        var isClosed = false
    }

    /// The first socket of the engine; those after it follow.
    static let firstSocket: Int32 = 3
    private static let longestPauseMilliseconds: UInt32 = 5_000

    init(program: String, arguments: [String], links: Int) {
        self.program = program
        self.arguments = arguments
        self.links = links
    }

    deinit { end() }

    /// The process at work; 0 where there is none.
    var pid: pid_t { current.load(ordering: .relaxed) }

    /// A socket that the link owns from now on. Blocks while the process starts.
    ///
    /// - Parameter lost: the generation of the link's last socket, where it was lost.
    func socket(
        of link: Int, after lost: Int?
    ) throws(StoreFailure) -> (socket: Int32, generation: Int) {
        try state.withLock { state throws(StoreFailure) in
            guard !state.isClosed else {
                throw StoreFailure(.refused, "the event store is closed")
            }
            if lost == state.generation {
                stop(&state)
                state.losses += 1
                let pause = UInt32(50) << UInt32(min(state.losses, 8))
                usleep(min(pause, Self.longestPauseMilliseconds) * 1_000)
            }
            if state.pid == 0 { try start(&state) }
            guard let socket = state.sockets[link] else {
                throw StoreFailure(.refused, "the store engine's link is taken")
            }
            state.sockets[link] = nil
            return (socket, state.generation)
        }
    }

    func answered() { state.withLock { $0.losses = 0 } }

    /// Waits until the engine has ended by itself, its sockets being closed.
    func waitForEnd() {
        state.withLock { state in
            state.isClosed = true
            for socket in state.sockets { if let socket { Glibc.close(socket) } }
            state.sockets = []
            guard state.pid != 0 else { return }
            waitpid(state.pid, nil, 0)
            note(0, &state)
        }
    }

    func end() {
        state.withLock { state in
            state.isClosed = true
            stop(&state)
        }
    }

    private func stop(_ state: inout State) {
        for socket in state.sockets { if let socket { Glibc.close(socket) } }
        state.sockets = []
        guard state.pid != 0 else { return }
        kill(state.pid, SIGKILL)
        waitpid(state.pid, nil, 0)
        note(0, &state)
    }

    private func note(_ pid: pid_t, _ state: inout State) {
        state.pid = pid
        current.store(pid, ordering: .relaxed)
    }

    private func start(_ state: inout State) throws(StoreFailure) {
        var ours: [Int32?] = []
        var theirs: [Int32] = []
        defer { for socket in theirs { Glibc.close(socket) } }
        for _ in 0..<links {
            var pair: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0 else {
                for socket in ours { if let socket { Glibc.close(socket) } }
                throw StoreFailure(errno: errno, "the store engine cannot be started")
            }
            ours.append(pair[0])
            // Above all places that the engine's sockets take, so that none is overwritten while they are moved.
            theirs.append(fcntl(pair[1], F_DUPFD_CLOEXEC, 64))
            Glibc.close(pair[1])
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (index, socket) in theirs.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(
                &actions, socket, Self.firstSocket + Int32(index))
        }
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) }
        defer { unsafe words.forEach { unsafe free($0) } }
        unsafe words.append(nil)
        var pid: pid_t = 0
        let failed = unsafe posix_spawn(&pid, program, &actions, nil, words, environ)
        guard failed == 0 else {
            for socket in ours { if let socket { Glibc.close(socket) } }
            throw StoreFailure(errno: failed, "the store engine cannot be started")
        }
        note(pid, &state)
        state.generation += 1
        state.sockets = ours
    }
}
