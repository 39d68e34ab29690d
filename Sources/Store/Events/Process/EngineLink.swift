internal import Glibc
internal import Synchronization

/// One line to the engine's process, with a thread that waits for its answers.
final class EngineLink: Sendable {
    /// Requests that wait on one link.
    static let waitingMax = 1_024
    /// Processes that one request may lose.
    static let attemptsMax = 3

    private struct Job {
        var kind: EngineFrame.Kind
        var bytes: [UInt8]
        /// How long the engine may be silent.
        var seconds: Int
        /// Processes that it may lose.
        var attempts: Int
        var answer: CheckedContinuation<Result<[UInt8]?, StoreFailure>, Never>
    }

    private struct Queue {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let process: EngineProcess
    private let index: Int
    private let queue = Mutex(Queue())
    /// A byte for each job, and one for the end.
    private let bell: (listener: Int32, rope: Int32)

    init(_ process: EngineProcess, index: Int) throws(StoreFailure) {
        self.process = process
        self.index = index
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else {
            throw StoreFailure(errno: errno, "the store engine cannot be linked")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        bell = (ends[0], ends[1])
        guard EngineThread.start({ [self] in work() }) != nil else {
            throw StoreFailure(.refused, "the system has no more threads")
        }
    }

    deinit {
        Glibc.close(bell.listener)
        Glibc.close(bell.rope)
    }

    /// Asks again where the process was lost: for what may be done twice.
    func ask(
        _ kind: EngineFrame.Kind, _ bytes: [UInt8], seconds: Int
    ) async throws(StoreFailure) -> [UInt8] {
        let answer = try await ask(kind, bytes, seconds: seconds, attempts: Self.attemptsMax)
        guard let answer else { throw Self.lost }
        return answer
    }

    /// - Returns: nil where the process was lost, so that nobody knows whether it was done.
    func askOnce(
        _ kind: EngineFrame.Kind, _ bytes: [UInt8], seconds: Int
    ) async throws(StoreFailure) -> [UInt8]? {
        try await ask(kind, bytes, seconds: seconds, attempts: 1)
    }

    private func ask(
        _ kind: EngineFrame.Kind, _ bytes: [UInt8], seconds: Int, attempts: Int
    ) async throws(StoreFailure) -> [UInt8]? {
        let result = await withCheckedContinuation { answer in
            let job = Job(
                kind: kind, bytes: bytes, seconds: seconds, attempts: attempts, answer: answer)
            let refusal = queue.withLock { queue -> StoreFailure? in
                if queue.isClosed { return StoreFailure(.refused, "the event store is closed") }
                guard queue.jobs.count < Self.waitingMax else {
                    return StoreFailure(.limit, "too many questions wait; ask again later")
                }
                queue.jobs.append(job)
                return nil
            }
            if let refusal { return answer.resume(returning: .failure(refusal)) }
            ring()
        }
        return try result.get()
    }

    /// Answers what waits, then closes the socket, at which the engine ends.
    func close() {
        queue.withLock { $0.isClosed = true }
        ring()
    }

    private func ring() {
        var byte: UInt8 = 1
        _ = unsafe Glibc.write(bell.rope, &byte, 1)
    }

    private func work() {
        var socket: Int32 = -1
        var generation: Int?
        defer { if socket >= 0 { Glibc.close(socket) } }
        while true {
            var byte: UInt8 = 0
            let count = unsafe Glibc.read(bell.listener, &byte, 1)
            if count < 0, errno == EINTR { continue }
            let job = queue.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            guard let job else { return }
            job.answer.resume(returning: answer(job, &socket, &generation))
        }
    }

    private func answer(
        _ job: Job, _ socket: inout Int32, _ generation: inout Int?
    ) -> Result<[UInt8]?, StoreFailure> {
        for _ in 0..<job.attempts {
            if socket < 0 {
                do throws(StoreFailure) {
                    (socket, generation) = try process.socket(of: index, after: generation)
                } catch {
                    return .failure(error)
                }
            }
            if EngineFrame.send(job.kind, job.bytes, to: socket),
                let (kind, bytes) = EngineFrame.receive(from: socket, seconds: job.seconds)
            {
                process.answered()
                return kind == .done
                    ? .success(bytes) : .failure(StoreFailure(engineBytes: bytes.span))
            }
            Glibc.close(socket)
            socket = -1
        }
        return .success(nil)
    }

    static var lost: StoreFailure {
        StoreFailure(
            .refused, "the store engine ended \(attemptsMax) times before it answered")
    }
}
