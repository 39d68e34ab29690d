internal import Engine
internal import Glibc
package import NIOCore
package import Store
package import Tenancy
internal import Watch

/// How far each agent of one tenant got, on the disk: what is noted survives a crash before anything is acknowledged.
///
/// A file `progress` of frames: u32 length, u32 CRC-32C, then one agent's whole state; the last one of an agent counts. A torn end is cut off. The file
/// is written anew when it is opened, and when it has grown beyond ``bytesMax``. Notes that come while the disk is at work are the next write.
package actor ProgressBook {
    package static let bytesMax = 8 << 20
    package static let agentsMax = 100_000

    private let folder: String
    private let loop: any EventLoop
    private var agents: [LogSourceID: AgentProgress] = [:]
    /// As the disk has them: what could not be written did not happen.
    private var durable: [LogSourceID: AgentProgress] = [:]
    private var file: Int32 = -1
    private var size = 0
    private var waiting: [(LogSourceID, CheckedContinuation<Bool, Never>)] = []
    private var isScheduled = false
    /// What the disk said last; nil while it takes what it is given.
    package private(set) var failure: StoreFailure?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    package init(_ folder: String, loop: any EventLoop) throws(StoreFailure) {
        self.folder = folder
        self.loop = loop
        try StateFiles.makeFolder(folder)
        agents = Self.read(StateFiles.read(folder + "/progress", bytesMax: 1 << 30) ?? [])
        durable = agents
        try Self.rewrite(agents, in: folder)
        (file, size) = try Self.reopen(folder)
    }

    deinit { if file >= 0 { close(file) } }

    package var all: [AgentProgress] { agents.values.sorted { $0.agent < $1.agent } }

    package func progress(of agent: LogSourceID) -> AgentProgress {
        agents[agent] ?? AgentProgress(agent: agent)
    }

    /// Changes what is known of an agent, and makes it durable.
    ///
    /// - Returns: what the change gave; nil where the disk refused, and then nothing may be acknowledged.
    package func note<Value: Sendable>(
        _ agent: LogSourceID, _ change: @Sendable (inout AgentProgress) -> Value
    ) async -> Value? {
        guard agents[agent] != nil || agents.count < Self.agentsMax else { return nil }
        let value = change(&agents[agent, default: AgentProgress(agent: agent)])
        let isDurable = await withCheckedContinuation { answer in
            waiting.append((agent, answer))
            schedule()
        }
        return isDurable ? value : nil
    }

    /// Lets go of an agent that was removed.
    package func forget(_ agent: LogSourceID) throws(StoreFailure) {
        agents[agent] = nil
        durable[agent] = nil
        try compact()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        Task { self.commit() }
    }

    private func commit() {
        isScheduled = false
        let group = waiting
        waiting = []
        var bytes: [UInt8] = []
        for agent in Set(group.map(\.0)) {
            if let progress = agents[agent] { Self.frame(progress, to: &bytes) }
        }
        var isDurable = false
        do throws(StoreFailure) {
            if size + bytes.count > Self.bytesMax {
                try compact()
            } else {
                try append(bytes)
            }
            failure = nil
            isDurable = true
            for (agent, _) in group { durable[agent] = agents[agent] }
        } catch {
            failure = error
            for (_, answer) in waiting { answer.resume(returning: false) }
            waiting = []
            agents = durable
        }
        for (_, answer) in group { answer.resume(returning: isDurable) }
    }

    private func append(_ bytes: [UInt8]) throws(StoreFailure) {
        var done = 0
        while done < bytes.count {
            // The storage of the array, from a place within it.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(
                    file, $0.baseAddress.map { unsafe $0 + done }, $0.count - done, size + done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw StoreFailure(.diskFull, "Cannot write \(folder)/progress; free space there.")
            }
            done += count
        }
        guard fdatasync(file) == 0 else {
            throw StoreFailure(.damaged, "Cannot sync \(folder)/progress; look at the disk.")
        }
        size += bytes.count
    }

    private func compact() throws(StoreFailure) {
        try Self.rewrite(agents, in: folder)
        close(file)
        file = -1
        (file, size) = try Self.reopen(folder)
    }

    private static func reopen(_ folder: String) throws(StoreFailure) -> (Int32, Int) {
        let file = unsafe open(folder + "/progress", O_RDWR | O_CLOEXEC)
        var status = stat()
        guard file >= 0, unsafe fstat(file, &status) == 0 else {
            throw StoreFailure(.readOnly, "Cannot open \(folder)/progress; check its rights.")
        }
        return (file, Int(status.st_size))
    }

    private static func rewrite(
        _ agents: [LogSourceID: AgentProgress], in folder: String
    ) throws(StoreFailure) {
        var bytes: [UInt8] = []
        for (_, progress) in agents.sorted(by: { $0.key < $1.key }) { frame(progress, to: &bytes) }
        try StateFiles.write(bytes, as: "progress", in: folder)
    }

    private static func frame(_ progress: AgentProgress, to bytes: inout [UInt8]) {
        var body = StateWriter()
        progress.write(to: &body)
        for number in [UInt32(body.bytes.count), CRC32C.of(body.bytes)] {
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
            }
        }
        bytes += body.bytes
    }

    static func read(_ bytes: [UInt8]) -> [LogSourceID: AgentProgress] {
        func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
        var agents: [LogSourceID: AgentProgress] = [:]
        var at = 0
        while bytes.count - at >= 8 {
            let length = number(at)
            guard bytes.count - at - 8 >= length else { break }
            let body = Array(bytes[(at + 8)..<(at + 8 + length)])
            guard Int(CRC32C.of(body)) == number(at + 4) else { break }
            var reader = StateReader(body)
            if let progress = try? AgentProgress(from: &reader) {
                agents[progress.agent] = progress
            }
            at += 8 + length
        }
        return agents
    }
}
