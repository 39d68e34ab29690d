internal import CLinux
internal import Glibc

/// Runs another program of the system to its end, with a fixed environment and bounded output.
enum Tool {
    struct Result {
        var code: Int32
        var output: [UInt8]
        var complaint: String
    }

    static let outputBytesMax = 16 << 20
    static let patienceMilliseconds: Int32 = 20_000
    private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// Nil where the program is not installed.
    static func path(of name: String) -> String? {
        folders.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }

    /// - Throws: `missing` where it is not installed; `system` where it does not start or does not end in time.
    static func run(_ words: [String], input: [UInt8] = []) throws(ActFailure) -> Result {
        guard let name = words.first, let program = path(of: name) else {
            throw ActFailure(.missing, "\(words.first ?? "") is not installed; install its package")
        }
        let ends = try (stdin: memory(), stdout: memory(), stderr: memory())
        try ends.stdin.write(input[...])
        lseek(ends.stdin.number, 0, SEEK_SET)
        let pid = try spawn(
            program, words, [ends.stdin.number, ends.stdout.number, ends.stderr.number])
        let code = try wait(for: pid, name)
        let complaint = try ends.stderr.readAll(bytesMax: outputBytesMax)
        return Result(
            code: code, output: try ends.stdout.readAll(bytesMax: outputBytesMax),
            complaint: String(decoding: complaint.prefix(1_000), as: UTF8.self))
    }

    /// Files in memory take what is said, so that neither side ever waits for the other to read.
    private static func memory() throws(ActFailure) -> Descriptor {
        guard let file = Descriptor(unsafe kagari_scratch_memory("act")) else {
            throw SystemProblem.failure("cannot make a file in memory")
        }
        return file
    }

    private static func spawn(
        _ program: String, _ words: [String], _ ends: [Int32]
    ) throws(ActFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (target, end) in ends.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, end, Int32(target))
        }
        let environment = ["PATH=" + folders.joined(separator: ":"), "LC_ALL=C"]
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe arguments.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var pid: pid_t = 0
        let problem = unsafe posix_spawn(&pid, program, &actions, nil, arguments, variables)
        guard problem == 0 else { throw SystemProblem.failure("cannot start \(program)", problem) }
        return pid
    }

    private static func wait(for pid: pid_t, _ name: String) throws(ActFailure) -> Int32 {
        var ready = pollfd(fd: -1, events: Int16(POLLIN), revents: 0)
        if let handle = Descriptor(kagari_pidfd_open(pid)) {
            ready.fd = handle.number
            if unsafe poll(&ready, 1, patienceMilliseconds) == 0 {
                _ = kagari_pidfd_send_signal(handle.number, SIGKILL)
                waitpid(pid, nil, 0)
                throw ActFailure(.system, "\(name) did not end within \(patienceMilliseconds) ms")
            }
        }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}
