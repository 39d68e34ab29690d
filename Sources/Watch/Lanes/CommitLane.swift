internal import Engine
package import Listen
internal import NIOCore
package import Store
package import Tenancy

/// Makes one tenant's deliveries durable, and only then answers.
///
/// Deliveries that come while the disk is at work are written together by the next write: the group grows with the load and no delivery waits for a
/// timer. It waits for the disk, so it runs on an event loop of its own kind, never on the threads that serve people.
package actor CommitLane {
    /// Bytes of deliveries that wait to be written.
    package static let waitingBytesMax = 64 << 20
    /// Records written at once; the rest waits for the next write.
    static let groupRecordsMax = 20_000
    static let groupBytesMax = 16 << 20

    private struct Waiting {
        var records: [PendingRecord]
        var byteCount: Int
        var answer: CheckedContinuation<Result<[IntakeOutcome], IntakeRefusal>, Never>?
    }

    private let loop: any EventLoop
    private let writer: ArchiveWriter
    private let clock: @Sendable () -> Timestamp
    private var waiting: [Waiting] = []
    private var isScheduled = false
    private var isClosed = false
    /// Never goes back, whatever the machine's clock does.
    private var lastReceived: Timestamp
    private nonisolated let gauge = IntakeGauge(bytesMax: waitingBytesMax)
    private nonisolated let handoff: Handoff
    /// What the disk said last; nil while it takes what it is given.
    package private(set) var failure: StoreFailure?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    /// - Parameter lastReceived: of the last record in the archive.
    init(
        writer: sending ArchiveWriter, handoff: Handoff, loop: any EventLoop,
        lastReceived: Timestamp, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.writer = writer
        self.handoff = handoff
        self.loop = loop
        self.lastReceived = lastReceived
        self.clock = clock
    }

    package nonisolated var waitingBytes: Int { gauge.waitingBytes }

    /// See ``IntakeDesk/take(_:)``.
    package nonisolated func take(
        _ delivery: Delivery
    ) async throws(IntakeRefusal) -> [IntakeOutcome] {
        let size = delivery.records.reduce(0) { $0 + $1.bytes.count + $1.labels.count + 96 }
        guard gauge.enter(size) else { throw .busy(retryAfterSeconds: 1) }
        defer { gauge.leave(size) }
        return try await enqueue(delivery, size).get()
    }

    private func enqueue(
        _ delivery: Delivery, _ size: Int
    ) async -> Result<[IntakeOutcome], IntakeRefusal> {
        guard !isClosed else { return .failure(.closed) }
        let records = delivery.records.map { record in
            PendingRecord(
                received: lastReceived, source: delivery.binding.source,
                content: .record(record.format), key: record.key,
                envelope: .init(time: record.time, host: record.host, labels: record.labels),
                bytes: record.bytes)
        }
        return await withCheckedContinuation { answer in
            waiting.append(Waiting(records: records, byteCount: size, answer: answer))
            schedule()
        }
    }

    /// Writes down something that changes findings from here on.
    package func write(_ control: Control, source: LogSourceID) {
        guard !isClosed else { return }
        let record = PendingRecord(
            received: lastReceived, source: source, content: .control(control.kind),
            bytes: control.bytes)
        waiting.append(
            Waiting(records: [record], byteCount: record.bytes.count, answer: nil))
        schedule()
    }

    /// Writes what waits, and takes nothing more.
    package func close() throws(StoreFailure) {
        isClosed = true
        while !waiting.isEmpty { commit() }
        try writer.close()
    }

    /// Lets go of what retention says; see ``ArchiveWriter/retain(_:at:)``.
    package func retain(_ retention: Retention) throws(StoreFailure) -> [Removal] {
        guard !isClosed else { return [] }
        return try writer.retain(retention, now: clock())
    }

    /// See ``ArchiveWriter/removedThrough()``.
    var removedThrough: UInt64 {
        get throws(StoreFailure) { isClosed ? 0 : try writer.removedThrough() }
    }

    /// Where the archive's chain ends; what is not durable is not in it.
    var head: ChainHead { writer.head }

    private func schedule() {
        guard !isScheduled, !isClosed else { return }
        isScheduled = true
        Task { self.commitScheduled() }
    }

    private func commitScheduled() {
        isScheduled = false
        commit()
        if !waiting.isEmpty { schedule() }
    }

    private func commit() {
        var group: [Waiting] = []
        var records = 0
        var bytes = 0
        for one in waiting {
            records += one.records.count
            bytes += one.byteCount
            let isBeyond = records > Self.groupRecordsMax || bytes > Self.groupBytesMax
            if !group.isEmpty, isBeyond { break }
            group.append(one)
        }
        waiting.removeFirst(group.count)
        guard !group.isEmpty else { return }
        let now = max(clock(), lastReceived)
        lastReceived = now
        do throws(StoreFailure) {
            try append(group, at: now)
        } catch {
            // One of them may be what the archive refuses; the others shall not suffer for it.
            guard group.count > 1 else { return refuse(group[0], error) }
            for one in group {
                do throws(StoreFailure) { try append([one], at: now) } catch { refuse(one, error) }
            }
        }
    }

    private func append(_ group: [Waiting], at now: Timestamp) throws(StoreFailure) {
        var pending: [PendingRecord] = []
        for one in group {
            for record in one.records {
                var record = record
                record.received = now
                pending.append(record)
            }
        }
        let outcomes = try writer.append(pending, at: now)
        failure = nil
        var durable: [ArchivedRecord] = []
        durable.reserveCapacity(outcomes.count)
        for (record, outcome) in zip(pending, outcomes) {
            if case .stored(let sequence) = outcome {
                durable.append(ArchivedRecord(record, sequence: sequence))
            }
        }
        if !durable.isEmpty { handoff.offer(durable) }
        var at = 0
        for one in group {
            let own = outcomes[at..<at + one.records.count].map { outcome -> IntakeOutcome in
                outcome == .duplicate ? .duplicate : .stored
            }
            at += one.records.count
            one.answer?.resume(returning: .success(own))
        }
    }

    private func refuse(_ one: Waiting, _ error: StoreFailure) {
        failure = error
        one.answer?.resume(returning: .failure(.storage))
    }
}

extension ArchivedRecord {
    init(_ pending: PendingRecord, sequence: UInt64) {
        self.init(
            sequence: sequence, received: pending.received, source: pending.source,
            content: pending.content, key: pending.key, envelope: pending.envelope,
            bytes: pending.bytes)
    }
}
